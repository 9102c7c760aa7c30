"""What the tests of the proofs notice: `make mutants`."""
