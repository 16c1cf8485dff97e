"""The portal's own words: reference/microcopy.yaml, one text for each key, in Danish and English.

A text has placeholders {name}; the caller gives exactly those. Whole numbers and dates are written for the active
language here, so a caller passes `n=1234`, not "1.234"; other figures arrive as text from `kip.core.numbers`.
"""

import datetime as dt
import string
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import yaml

from kip.core.numbers import danish, integer, long_date, month, percent, percent_figure

LANGUAGES = ("da", "en")
DIRECTIONS = {"higher": "higher_better", "lower": "lower_better"}  # an indicator's word -> the library's word


class Text(NamedTuple):
    """One text: forms by language, each a string or {one, other}, and the placeholders both languages share."""

    forms: Mapping[str, Any]
    placeholders: frozenset[str]


def _placeholders(form: Any) -> frozenset[str]:
    whole = form if isinstance(form, str) else " ".join(form.values())
    return frozenset(name for _, name, _, _ in string.Formatter().parse(whole) if name)


@cache
def library() -> Mapping[str, Any]:
    """The parsed microcopy.yaml, read once per process."""
    parsed: Mapping[str, Any] = yaml.safe_load((files("kip.core") / "reference" / "microcopy.yaml").read_text("utf-8"))
    return parsed


def _walk(path: str, node: Any) -> Iterator[tuple[str, Text]]:
    if isinstance(node, list):
        node = {str(item.get("id", index)): item for index, item in enumerate(node)}
    if not isinstance(node, dict):
        return
    if set(node) == set(LANGUAGES):
        yield path, Text(node, _placeholders(node["da"]))
        return
    for key, child in node.items():
        if (path, key) not in {("", "placeholders"), ("verdict", "examples")}:
            yield from _walk(f"{path}.{key}" if path else str(key), child)


@cache
def texts() -> Mapping[str, Text]:
    """All texts by dotted key; an item of a list has its `id`, or else its place counted from 0, in the key."""
    return dict(_walk("", library()))


def placeholders(key: str) -> frozenset[str]:
    """Names a caller of `text(key)` must give. Raises KeyError for an unknown key."""
    return texts()[key].placeholders


def _written(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | dt.date):
        raise TypeError(f"{value!r} must be written by kip.core.numbers before it is put into a text")
    return integer(value) if isinstance(value, int) else long_date(value)


def text(key: str, **values: Any) -> str:
    """The text `key` in the active language.

    Values are strings, ints (written with thousands) or dates (written long). Raises KeyError for an unknown key and
    when the names given are not exactly the text's placeholders; TypeError for a float, or for a text with singular
    and plural when `n` is no int.
    """
    entry = texts()[key]
    if entry.placeholders != values.keys():
        raise KeyError(f"{key} takes {sorted(entry.placeholders)}, not {sorted(values)}")
    form = entry.forms["da" if danish() else "en"]
    if not isinstance(form, str):
        if not isinstance(values["n"], int):
            raise TypeError(f"{key} is chosen by n, which must be an int")
        form = form["one" if values["n"] == 1 else "other"]
    return str(form).format_map({name: _written(value) for name, value in values.items()})


def text_or_none(key: str, **values: Any) -> str | None:
    """As `text`, from more values than needed; None when the key is unknown or one of its values is missing."""
    entry = texts().get(key)
    if entry is None or not entry.placeholders <= values.keys():
        return None
    return text(key, **{name: values[name] for name in entry.placeholders})


def _side(direction: str, position: str) -> str:
    return text(f"verdict.side_word.{library()['verdict']['side'][direction][position]}")


def _after(tier: str, position: str, trend: str) -> str | None:
    if tier == "as_expected":
        return "watch" if trend == "worsening" else None
    return {("worse", "improving"): "right_way", ("better", "worsening"): "watch"}.get((position, trend))


def verdict_sentence(
    *, audience: str, tier: str, direction: str, position: str, trend: str,
    since: dt.date | str | None, n: int, min_n: int,
) -> str:  # fmt: skip
    """The verdict in words, put together after the rules in microcopy.yaml (head, judgement, trend, after).

    audience own|region; tier insufficient|as_expected|information|attention|signal; direction higher|lower|neutral;
    position better|worse, or "" where there is none; trend improving|worsening|stable|too_short, or "" for none;
    since: first month of the change, as a date or already in words. Raises KeyError when a word is not one of these.
    """
    if tier == "insufficient":
        return text(f"verdict.head.{audience}.{tier}", n=n, min_n=min_n)
    direction = DIRECTIONS.get(direction, direction)
    side = {} if tier == "as_expected" else {"side": _side(direction, position)}
    parts = [text(f"verdict.head.{audience}.{tier}", **side)]
    neutral = direction == "neutral"
    judgement = f"verdict.judgement.{audience}.{'neutral' if neutral else position}.{tier}"
    if judgement in texts():
        parts.append(text(judgement))
    if trend:
        key = f"verdict.trend.{'neutral' if neutral else 'judged'}.{trend}"
        when = month(since) if isinstance(since, dt.date) else since
        parts.append(text(key, **({"since": when} if placeholders(key) else {})))
    after = None if neutral else _after(tier, position, trend)
    if after:
        parts.append(text(f"verdict.after.{after}"))
    return " ".join(parts)


def interval_words(lower: float, upper: float, n: int | None = None) -> str:
    """ "Tallet ligger sandsynligvis mellem 70 % og 87 %." from two shares 0-1."""
    return text("uncertainty.interval", lower=percent(lower, n), upper=percent(upper, n))


def interval_short(lower: float, upper: float, n: int | None = None) -> str:
    """ "sandsynligvis 70-87 %" from two shares 0-1."""
    return text("uncertainty.interval_short", lower=percent_figure(lower, n), upper=percent(upper, n))
