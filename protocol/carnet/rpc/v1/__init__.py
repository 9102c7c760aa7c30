"""Version 1 of the binding; written by proto/generate.sh, never edited."""
