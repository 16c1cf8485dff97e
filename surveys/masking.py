"""Takes out of free text what shows who somebody is, before any person reads it. A person reads it afterwards all the same.

Detectors: civil registration numbers with a plausible date, telephone numbers, e-mail and web addresses, practice numbers, and
names after a title or a word that a name follows. Each hit becomes [a word for it] in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from kip.core.forms import CPR

CPR_WORD, PHONE_WORD, MAIL_WORD, NAME_WORD, NUMBER_WORD = "[cpr-nummer]", "[telefonnummer]", "[adresse]", "[navn]", "[nummer]"
_MAIL = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b|\bhttps?://\S+|\bwww\.\S+", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w-])(?:(?:\+|00)45[ -]?)?\d{2}(?:[ .-]?\d{2}){3}(?!\d)")
_NUMBER = re.compile(r"(?<!\d)\d{5,7}(?!\d)")
_WORD = r"[A-ZÆØÅÉÜÖ][a-zæøåéüöA-ZÆØÅ'’-]+"
_TITLES = (
    "dr", "doktor", "læge", "lægen", "overlæge", "sygeplejerske", "sygeplejersken", "sekretær", "sekretæren", "tandlæge",
    "tandlægen", "fysioterapeut", "kiropraktor", "psykolog", "fodterapeut", "tandplejer", "hr", "fru", "frk", "professor",
    "mr", "mrs", "ms", "nurse", "jeg hedder", "mit navn er", "hilsen", "hilsner", "mvh", "my name is", "regards",
)  # fmt: skip
_NAMED = re.compile(rf"(?P<title>\b(?i:{'|'.join(map(re.escape, _TITLES))})\b[.,:]?\s+)(?P<name>{_WORD}(?:\s+{_WORD})*)")


class Masked(NamedTuple):
    """The text as it may be read, and how many places were masked."""

    text: str
    hits: int


def mask(text: str, names: Iterable[str] = ()) -> Masked:
    """The text without what shows a person. names: words known to be names here, such as those of the practice's own people."""
    text, hits = _sub(CPR, CPR_WORD, text, _is_date)
    for pattern, word in ((_MAIL, MAIL_WORD), (_PHONE, PHONE_WORD), (_NUMBER, NUMBER_WORD)):
        text, more = _sub(pattern, word, text)
        hits += more
    text, more = _NAMED.subn(lambda found: found["title"] + NAME_WORD, text)
    hits += more
    known = sorted({part for name in names for part in name.split() if len(part) > 2}, key=len, reverse=True)
    if known:
        text, more = re.subn(rf"\b(?:{'|'.join(map(re.escape, known))})(?=s?\b)", NAME_WORD, text, flags=re.IGNORECASE)
        hits += more
    return Masked(text, hits)


def _sub(pattern: re.Pattern[str], word: str, text: str, counts: object = None) -> tuple[str, int]:
    hits = 0

    def put(found: re.Match[str]) -> str:
        nonlocal hits
        if callable(counts) and not counts(found):
            return found[0]
        hits += 1
        return word

    return pattern.sub(put, text), hits


def _is_date(found: re.Match[str]) -> bool:
    return 1 <= int(found[1]) <= 31 and 1 <= int(found[2]) <= 12
