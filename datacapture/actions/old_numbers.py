"""Numbers that a draft takes out of a definition while its title or texts still name them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from datacapture.models import DefinitionDraft

LIMITS = ("num", "min", "max", "min_count", "threshold", "per")
UNITS = {
    "d": r"\s*(?:dag|hverdag|day|weekday)",
    "m": r"[\s-]*(?:måned|month)",
    "y": r"[\s-]*(?:år|year)",
    "w": r"[\s-]*(?:uge|week)",
}
LARGER = {"m": (12, "y"), "d": (7, "w")}  # 24 months are two years to a reader


@dataclass(frozen=True)
class OldNumber:
    """A number that the texts still name. field: "da" and "en" of the title, else a text's name ("actions" for proposals)."""

    number: str
    field: str
    text: str


def old_numbers(draft: DefinitionDraft) -> tuple[OldNumber, ...]:
    """Where the draft's title and texts name a number of the version it was made from that it no longer holds."""
    return left_behind(draft.base.definition.get("indicator", {}), draft.definition, draft.texts)


def left_behind(before: Mapping[str, Any], after: Mapping[str, Any], texts: Mapping[str, Any]) -> tuple[OldNumber, ...]:
    """As `old_numbers`, for two definitions as a version stores them."""
    gone = set(_numbers(before)) - set(_numbers(after))
    patterns = [(_shown(number), _pattern(number, unit)) for number, unit in sorted(gone)]
    said = [(name, str(after.get(name, ""))) for name in ("da", "en")] + list(_said(texts))
    return tuple(OldNumber(number, field, text) for field, text in said for number, pattern in patterns if pattern.search(text))


def _numbers(node: Any, name: str = "") -> Iterator[tuple[float, str]]:
    """Limits with the unit "", and the steps of windows and the period with theirs."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key == "period" and isinstance(value, int):
                yield from _step(value, "m")
            elif key == "steps":
                for amount, unit in value:
                    yield from _step(abs(amount), unit)
            else:
                yield from _numbers(value, str(key))
    elif isinstance(node, list):
        for value in node:
            yield from _numbers(value, name)
    elif name in LIMITS and isinstance(node, int | float) and not isinstance(node, bool):
        yield abs(float(node)), ""


def _step(amount: int, unit: str) -> Iterator[tuple[float, str]]:
    yield float(amount), unit
    size, larger = LARGER.get(unit, (0, ""))
    if size and amount % size == 0:
        yield float(amount // size), larger


def _shown(number: float) -> str:
    return f"{number:g}".replace(".", ",")


def _pattern(number: float, unit: str) -> re.Pattern[str]:
    """The number as either language writes it, and not as a part of another one."""
    plain = f"{number:g}"
    grouped = f"{number:,.0f}" if number >= 1000 and number == int(number) else plain
    written = {plain, plain.replace(".", ","), grouped, grouped.replace(",", ".")}
    either = "|".join(re.escape(text) for text in sorted(written))
    return re.compile(rf"(?<![\d.,])(?:{either}){UNITS.get(unit, '')}(?!\d|[.,]\d)", re.IGNORECASE)


def _said(texts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in texts.items():
        if isinstance(value, str):
            yield name, value
    for item in texts.get("actions", ()):
        yield "actions", str(item.get("da", ""))
        yield "actions", str(item.get("en", ""))
