"""What a region may read of its practices: all of them pass the disclosure gate together. Their totals: results.areas."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kip.stats.disclosure import Published, Rule, publish_parts


@dataclass(frozen=True)
class Shown:
    """One number as others may see it. state: shown, too_few (a count, never a rate), suppressed or no_data."""

    state: str
    n: int | None
    x: int | None
    value: float | None
    lower: float | None
    upper: float | None


def publish_region(x: Sequence[int], n: Sequence[int], *, rate: bool = False, per: int = 1, rule: Rule) -> tuple[Shown, ...]:
    """The practices of one region, indicator and profession in the order given; values are shares, or events per `per`."""
    parts = publish_parts([list(x)], [list(n)], rule=rule, kind="rate" if rate else "proportion")
    return tuple(_shown(parts.cells, place, float(per) if rate else 1.0) for place in range(len(x)))


def _shown(cells: Published, place: int, scale: float) -> Shown:
    x, n, value, lower, upper = (float(getattr(cells, name)[0, place]) for name in ("x", "n", "value", "lower", "upper"))
    return Shown(
        state=str(cells.state[0, place]),
        n=_whole(n),
        x=_whole(x),
        value=_number(value * scale),
        lower=_number(lower * scale),
        upper=_number(upper * scale),
    )


def _number(value: float) -> float | None:
    return None if np.isnan(value) else value


def _whole(value: float) -> int | None:
    return None if np.isnan(value) else int(value)
