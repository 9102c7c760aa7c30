"""Commitments, and proofs about what is committed, that show nothing else (spec/threshold-proofs.md)."""
