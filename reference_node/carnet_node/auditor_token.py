"""The command that lets an auditor in: a token for the auditor, and its hash for the node."""

import secrets
from hashlib import sha256
from typing import Final

from carnet_node.cli import AsJson, put

TOKEN_SIZE: Final = 32


def auditor_token(as_json: AsJson = False) -> None:
    """Make a token for an entitled auditor, and its hash for http.auditors in carnet.toml; nothing is kept."""
    token = secrets.token_urlsafe(TOKEN_SIZE)
    put({"token": token, "sha256": sha256(token.encode()).hexdigest()}, as_json)
