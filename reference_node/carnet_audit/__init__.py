"""The auditors' command, which shares nothing with the node but the protocol."""
