"""The demo: a fictional cast, its nodes on loopback, and six acts."""
