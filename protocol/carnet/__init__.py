"""Carnet: a privacy-preserving travel-rule protocol."""
