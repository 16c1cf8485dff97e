"""Explanations as lists in lists, from the flat lines that a version stores and a patient is explained with."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from datacapture.models import IndicatorVersion
from kip.core.numbers import danish


@dataclass
class Line:
    """A sentence and what stands under it. event, day: what decided it, where a patient is explained."""

    text: str
    event: str = ""
    day: date | None = None
    below: list["Line"] = field(default_factory=list)


def nested(lines: Iterable[tuple[Line, int]]) -> tuple[Line, ...]:
    """Lines with their depth, in reading order, as a tree; a step of more than one deeper counts as one."""
    top: list[Line] = []
    open_lists = [top]
    for line, depth in lines:
        del open_lists[min(depth, len(open_lists) - 1) + 1 :]
        open_lists[-1].append(line)
        open_lists.append(line.below)
    return tuple(top)


def sentences(method: Sequence[Sequence[Any]]) -> tuple[Line, ...]:
    """The explanation that a version stores (role, text, depth) as a tree."""
    return nested((Line(text), depth) for _role, text, depth in method)


def method_of(version: IndicatorVersion, language: str = "") -> tuple[Line, ...]:
    """How this very version is calculated; language: da or en, by default the reader's."""
    return sentences(version.texts["method"][language or ("da" if danish() else "en")])
