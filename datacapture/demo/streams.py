"""Independent random streams, one per (entity, purpose), so that adding a practice changes no other."""

import hashlib

import numpy as np

GOLDEN = 0.6180339887498949


def stream(seed: int, entity: str, purpose: str) -> np.random.Generator:
    """Return the generator seeded by SHA-256 of 'seed|entity|purpose'."""
    digest = hashlib.sha256(f"{seed}|{entity}|{purpose}".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))


def spread(seed: int, entity: str, purpose: str, ordinal: int) -> float:
    """Return point `ordinal` of an evenly spread sequence in [0, 1).

    Used where a handful of practices must show the whole range of a distribution: each point depends on
    its own ordinal only.
    """
    offset = float(stream(seed, entity, purpose).random())
    return (offset + ordinal * GOLDEN) % 1.0
