"""What a region may read: every number about others goes through the disclosure gate, once, for cells and total together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kip.stats.bands import bands
from kip.stats.disclosure import Rule, publish, publish_parts


@dataclass(frozen=True)
class Shown:
    """One number as others may see it. state: shown, too_few (a count, never a rate), suppressed or no_data."""

    state: str
    n: int | None
    x: int | None
    value: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class RegionCells:
    """The practices of one region, indicator and profession in the order given, with their total."""

    cells: tuple[Shown, ...]
    total: Shown
    practices: int
    median: float | None
    p10: float | None
    p90: float | None


def publish_region(
    x: Sequence[int], n: Sequence[int], *, rate: bool = False, per: int = 1, min_n: int = 10, rule: Rule | None = None
) -> RegionCells:
    """Cells and total of one region, indicator and profession; values are shares, or events per `per` for a rate.

    The total goes as well where fewer than three practices, or one that dominates, stand behind it.
    """
    rule = rule or Rule()
    kind = "rate" if rate else "proportion"
    scale = float(per) if rate else 1.0
    parts = publish_parts([list(x)], [list(n)], rule=rule, kind=kind)  # type: ignore[arg-type]  # a literal of funnel.Kind
    few = publish(sum(x), sum(n), rule=rule, kind=kind, units=sum(1 for size in n if size), largest=max(n, default=0))  # type: ignore[arg-type]
    total = Shown("suppressed", None, None, None, None, None)
    if str(few.state[0]) != "suppressed":
        total = _shown(parts.total, 0, scale)
    values = [top / size if size >= max(min_n, rule.min_denominator) else np.nan for top, size in zip(x, n, strict=True)]
    peers = bands(values, [0] * len(values))
    middle = [_number(part[0] * scale) if total.state == "shown" else None for part in (peers.median, peers.p10, peers.p90)]
    return RegionCells(
        cells=tuple(_shown(parts.cells, (0, place), scale) for place in range(len(x))),
        total=total,
        practices=sum(1 for size in n if size),
        median=middle[0],
        p10=middle[1],
        p90=middle[2],
    )


def _shown(part: object, place: int | tuple[int, int], scale: float) -> Shown:
    x, n, value, lower, upper, state = (getattr(part, name)[place] for name in ("x", "n", "value", "lower", "upper", "state"))
    return Shown(
        state=str(state),
        n=_whole(n),
        x=_whole(x),
        value=_number(value * scale),
        lower=_number(lower * scale),
        upper=_number(upper * scale),
    )


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _whole(value: float) -> int | None:
    return None if np.isnan(value) else int(value)
