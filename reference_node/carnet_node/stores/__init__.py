"""Where the node keeps what must survive: one SQLite file, and its tables."""
