"""How a transfer goes from draft to record: states, and what moves them; no clock, no socket, no disk."""
