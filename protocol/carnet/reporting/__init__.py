"""What a VASP reports of an epoch, and how an auditor holds it against the log and against others (spec/audit.md)."""
