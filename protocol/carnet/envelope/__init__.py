"""Personal data, sealed to its one recipient, and the commitments that stand for it (spec/envelope.md)."""
