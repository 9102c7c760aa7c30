"""The reference node: it serves a VASP's side of the exchange, keeps its log, and shows how to use the library."""

import os

# gRPC offers no way to ask for TLS 1.3 alone. Its list of cipher suites is one for TLS 1.2, so with a suite that no
# certificate of ours can serve (they are P-256, this one is RSA's) every handshake below 1.3 fails. It is read once, at
# the first connection of the process.
os.environ["GRPC_SSL_CIPHER_SUITES"] = "ECDHE-RSA-AES128-GCM-SHA256"

# What gRPC itself prints goes to stderr past our logs, a line for each failed handshake; set the variable to see it.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")
