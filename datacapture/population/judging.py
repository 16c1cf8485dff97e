"""From counts to stored numbers: values with intervals, the adjustment for age and sex, and verdicts against similar practices.

A verdict asks whether chance alone (exact, two-sided, 99.8 %) explains the distance to what the practice's own ages and sexes
would have at similar practices. The limit is strict because many numbers are looked at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from datacapture.population.counting import Cell, Group
from datacapture.results.cube import Place
from kip.stats.arrays import FloatArray
from kip.stats.disclosure import Rule, publish, publish_row
from kip.stats.intervals import newcombe, poisson_exact, wilson
from kip.stats.overdispersion import Kind
from kip.stats.standardise import indirect
from kip.stats.tails import binomial_two_sided, poisson_two_sided

LEVEL = 0.998
LEAST = 10  # patients behind a verdict
PEOPLE, AVOIDABLE, SAME = "people", "avoidable", "same"
AGES = ((1, 2), (3, 3), (4, 4), (5, 6))  # the engine's age bands together: below 40, 40-64, 65-74, 75 and more
Peers = tuple[str, int]  # profession and size class
Strata = tuple[int, int]  # sex and decade


@dataclass(frozen=True)
class Line:
    """One stored row; names and units are those of PopulationResult."""

    practice_id: int
    section: str
    key: str
    n: int
    x: int
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    adjusted: float | None = None
    adjusted_lower: float | None = None
    adjusted_upper: float | None = None
    similar: float | None = None
    verdict: str = ""


def people_lines(cells: Iterable[Cell], places: Mapping[int, Place], rule: Rule) -> list[Line]:
    """Share of the practice's patients in each sex and decade, with that of similar practices together."""
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    for cell in cells:
        if cell.section == PEOPLE:
            counts[cell.practice_id][cell.key] = cell.x
    similar = {peers: _shares([counts[one] for one in members], rule) for peers, members in _peers(counts, places).items()}
    found = []
    for practice_id, own in counts.items():
        whole, others = sum(own.values()), similar[_kind(places[practice_id])]
        found += [
            Line(practice_id, PEOPLE, key, whole, own.get(key, 0), own.get(key, 0) / whole, similar=others.get(key))
            for key in sorted(set(own) | set(others))
        ]
    return found


def _shares(members: Sequence[Mapping[str, int]], rule: Rule) -> dict[str, float | None]:
    """Shares of all members together after the gate; nothing where too few practices, or one of nearly all, stand behind."""
    sizes = [sum(own.values()) for own in members]
    if len(members) < rule.min_units or max(sizes) > rule.dominance * sum(sizes):
        return {}
    keys = sorted({key for own in members for key in own})
    row = publish_row([[sum(own.get(key, 0) for own in members) for key in keys]], rule)
    whole = float(row.total[0])
    return {key: None if np.isnan(part) else float(part) / whole for key, part in zip(keys, row.cells[0], strict=True)}


def judged_lines(cells: Iterable[Cell], places: Mapping[int, Place], per: int, rule: Rule) -> list[Line]:
    """All sections but `people` and `same`, each question within each kind of similar practices."""
    groups: dict[tuple[str, str, Peers], list[Cell]] = defaultdict(list)
    for cell in cells:
        if cell.section != PEOPLE:
            groups[cell.section, cell.key, _kind(places[cell.practice_id])].append(cell)
    found: list[Line] = []
    for (section, _key, _peers_kind), own in groups.items():
        found += _question(own, per if section == AVOIDABLE else 1, "rate" if section == AVOIDABLE else "proportion", rule)
    return found


def _question(cells: Sequence[Cell], per: int, kind: Kind, rule: Rule) -> list[Line]:
    """One question about the practices of one kind."""
    ids = sorted({cell.practice_id for cell in cells})
    strata = sorted({(cell.sex, cell.band) for cell in cells})
    x, n = (np.zeros((len(ids), len(strata)), dtype=np.int64) for _ in range(2))
    for cell in cells:
        at = (ids.index(cell.practice_id), strata.index((cell.sex, cell.band)))
        x[at], n[at] = cell.x, cell.n
    total_x, total_n = x.sum(axis=1), n.sum(axis=1)
    limits = wilson(total_x, total_n) if kind == "proportion" else poisson_exact(total_x, total_n)
    shown = publish(x.sum(), n.sum(), rule=rule, kind=kind, units=int((total_n > 0).sum()), largest=int(total_n.max()))
    similar = None if np.isnan(shown.value[0]) else float(shown.value[0]) * per
    lines = [
        Line(
            practice_id, cells[0].section, cells[0].key, int(total_n[row]), int(total_x[row]),
            _scaled(total_x[row] / total_n[row], per), _scaled(limits.lower[row], per), _scaled(limits.upper[row], per),
            similar=similar,
        )
        for row, practice_id in enumerate(ids)
    ]  # fmt: skip
    return lines if similar is None else _judged(lines, x, n, per, kind)


def _judged(lines: Sequence[Line], x: np.ndarray, n: np.ndarray, per: int, kind: Kind) -> list[Line]:
    total_x, total_n = x.sum(axis=1), n.sum(axis=1)
    rates = x.sum(axis=0) / np.maximum(n.sum(axis=0), 1)
    found = indirect(total_x, n, rates, float(x.sum() / n.sum()), proportion=kind == "proportion")
    expected = np.clip(found.expected, 0, total_n if kind == "proportion" else None)
    p = (
        binomial_two_sided(total_x, total_n, expected / np.maximum(total_n, 1))
        if kind == "proportion"
        else poisson_two_sided(total_x, expected)
    )
    return [
        replace(
            line,
            adjusted=_scaled(found.value[row], per),
            adjusted_lower=_scaled(found.lower[row], per),
            adjusted_upper=_scaled(found.upper[row], per),
            verdict=_verdict(line.n, float(total_x[row] - expected[row]), p[row] < 1 - LEVEL),
        )
        for row, line in enumerate(lines)
    ]


def _verdict(n: int, distance: float, clear: bool) -> str:
    if n < LEAST:
        return "few"
    return ("higher" if distance > 0 else "lower") if clear else "expected"


def same_lines(groups: Sequence[Group], places: Mapping[int, Place], rule: Rule) -> list[Line]:
    """Each group of a practice's patients against its other patients, measure by measure, by sex, age and deprivation."""
    found: list[Line] = []
    sums: dict[tuple[str, str], dict[int, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for group in groups:
        for key in _keys(group):
            at = sums[group.code, key][group.practice_id]
            at[0], at[1] = at[0] + group.x, at[1] + group.n
    for (code, key), own in sums.items():
        similar = {kind: _pooled([own[one] for one in members], rule) for kind, members in _peers(own, places).items()}
        for practice_id, (x, n) in own.items():
            rest_x, rest_n = (
                sum(other[practice_id][part] for (name, label), other in sums.items() if _beside(name, label, code, key))
                for part in (0, 1)
            )
            if n:
                found.append(
                    _group_line(practice_id, f"{code}|{key}", (x, n), (rest_x, rest_n), similar[_kind(places[practice_id])])
                )
    return found


def _beside(name: str, label: str, code: str, key: str) -> bool:
    """Another group of the same measure and the same division."""
    return name == code and label != key and label.partition("|")[0] == key.partition("|")[0]


def _keys(group: Group) -> list[str]:
    keys = [f"sex|{group.sex}"]
    keys += [f"age|{place}" for place, (low, high) in enumerate(AGES) if low <= group.band <= high]
    return keys + ([f"quintile|{group.quintile}"] if group.quintile else [])


def _group_line(practice_id: int, key: str, own: tuple[int, int], rest: tuple[int, int], similar: float | None) -> Line:
    x, n = own
    limits = wilson(x, n)
    verdict = "few"
    if min(n, rest[1]) >= LEAST:
        gap = newcombe(x, n, *rest, level=LEVEL)
        verdict = "higher" if gap.lower[0] > 0 else "lower" if gap.upper[0] < 0 else "expected"
    return Line(
        practice_id, SAME, key, n, x, x / n, float(limits.lower[0]), float(limits.upper[0]), similar=similar, verdict=verdict
    )  # fmt: skip


def _pooled(counts: Sequence[Sequence[int]], rule: Rule) -> float | None:
    x, n = sum(own[0] for own in counts), [own[1] for own in counts]
    shown = publish(x, sum(n), rule=rule, units=sum(1 for size in n if size), largest=max(n, default=0))
    return None if np.isnan(shown.value[0]) else float(shown.value[0])


def _peers(known: Iterable[int], places: Mapping[int, Place]) -> dict[Peers, list[int]]:
    found: dict[Peers, list[int]] = defaultdict(list)
    for practice_id in known:
        found[_kind(places[practice_id])].append(practice_id)
    return found


def _kind(place: Place) -> Peers:
    return place.profession, place.size_class


def _scaled(value: float | FloatArray, per: int) -> float | None:
    return None if np.isnan(value) else float(value) * per
