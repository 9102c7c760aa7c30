"""The demo: a fictional cast, its nodes on loopback, and five acts."""
