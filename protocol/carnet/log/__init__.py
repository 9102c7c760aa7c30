"""An append-only log in the C2SP formats: trees, tiles, checkpoints, witnesses, entries (spec/log.md)."""
