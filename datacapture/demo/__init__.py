"""Deterministic generator of a synthetic Danish primary-care sector (demo, training, tests)."""
