"""Who is who: a VASP's own keys, the bundles it signs, and the directories that say whom to believe."""
