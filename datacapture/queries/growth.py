"""When a measure with too few patients will have enough, judged by how its number of patients has grown."""

from collections.abc import Sequence
from datetime import date
from math import ceil
from statistics import linear_regression

from kip.core.workdays import add_months

LOOK_BACK = 13  # months that the growth is read from: one year of steps
FEWEST = 7  # below half a year of steps nothing is promised
FURTHEST = 36  # months ahead; later than that is no promise


def enough_on(counts: Sequence[int], min_n: int, month_end: date) -> date | None:
    """The month end when `min_n` is reached if the latest year's straight-line growth goes on; None = nobody can say.

    counts: number of patients by month, oldest first, the last one at `month_end`. The line must grow, and its rise over
    the year must be larger than its largest miss, so that a number which only wavers promises nothing.
    """
    known = [float(count) for count in counts[-LOOK_BACK:]]
    if len(known) < FEWEST or known[-1] >= min_n:
        return None
    places = [float(place) for place in range(len(known))]
    slope, start = linear_regression(places, known)
    miss = max(abs(count - (start + slope * place)) for place, count in zip(places, known, strict=True))
    if slope <= 0 or slope * places[-1] <= miss:
        return None
    months = ceil((min_n - known[-1]) / slope)
    return add_months(month_end, months) if months <= FURTHEST else None
