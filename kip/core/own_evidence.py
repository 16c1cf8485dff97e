"""What the portal already knows of a practice and can show for it, by kind (figures, patient_answers, learning).

An app that knows something registers a reader in its module `offers`, which is imported when the portal starts. A kind that
nobody reads has no offers, and pages say so by leaving it out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class Offer:
    """One thing to show, in the reader's words. key: names it within its kind; at: the day it is true for.

    standards: numbers of the standards that it says something about; url: the page it comes from.
    """

    key: str
    title: str
    sentence: str
    at: date
    source: str
    url: str = ""
    standards: frozenset[str] = field(default_factory=frozenset)


Reader = Callable[[int], Sequence[Offer]]
_readers: dict[str, Reader] = {}


def offers(kind: str) -> Callable[[Reader], Reader]:
    """Register `read(practice_id)` for a kind. Raises ValueError when the kind has a reader."""

    def register(read: Reader) -> Reader:
        if kind in _readers:
            raise ValueError(f"the kind {kind} has a reader already")
        _readers[kind] = read
        return read

    return register


def offered(kind: str, practice_id: int) -> tuple[Offer, ...] | None:
    """What can be shown of a kind now; None when nothing in the portal reads that kind."""
    read = _readers.get(kind)
    return None if read is None else tuple(read(practice_id))
