"""THE disclosure gate: every number about others passes here, whether page, chart, CSV, PDF or API.

Rules, in this order:
1. primary: a numerator, complement or denominator of 1..threshold-1 persons is hidden; 0 is shown;
2. a denominator below min_denominator is never shown as a rate;
3. secondary: in a row that is published with its total, further cells are hidden until the hidden ones
   cannot be computed back; if no cell is left to hide, the total is hidden too;
4. against the previous release: a numerator or complement that moved by 1..threshold-1 persons keeps its earlier
   number, so that two releases differ by nothing or by threshold persons or more;
5. everything that is shown is rounded to `base`, totals as well, and every rate and interval is computed
   from the rounded numbers. The stored exact value, interval, p and q would give the count away: publish
   none of them. The verdict (tier, position, trend) may be shown without numbers. A practice reading about
   itself is exempt.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from kip.stats.arrays import BoolArray, FloatArray, IntArray, Numbers, TextArray, counts, floats, ratio
from kip.stats.intervals import poisson_exact, wilson
from kip.stats.overdispersion import Kind

STATES = ("shown", "too_few", "suppressed", "no_data")


@dataclass(frozen=True)
class Rule:
    """Thresholds of one tenant. threshold: smallest count shown (3 is the lowest allowed, default 5)."""

    threshold: int = 5
    min_denominator: int = 10
    base: int = 5
    min_units: int = 3
    dominance: float = 0.85

    def __post_init__(self) -> None:
        if self.threshold < 3 or self.base < 3 or self.min_denominator < self.threshold:
            raise ValueError("threshold and base must be 3 or more, min_denominator not below threshold")


DEFAULT = Rule()


class Published(NamedTuple):
    """What may leave, one entry per cell. NaN = hidden. state: shown, too_few (count but never a rate),
    suppressed or no_data (nobody in the population)."""

    x: FloatArray
    n: FloatArray
    value: FloatArray
    lower: FloatArray
    upper: FloatArray
    state: TextArray


class Counts(NamedTuple):
    """Numerator and denominator of cells, before rounding."""

    x: IntArray
    n: IntArray


class PublishedParts(NamedTuple):
    """Cells and their totals; a total has the shape of the cells without the last axis."""

    cells: Published
    total: Published


class PublishedRow(NamedTuple):
    """Rounded counts with NaN for hidden cells, and the rounded total (NaN when it had to be hidden)."""

    cells: FloatArray
    total: FloatArray


def round_to(values: Numbers, base: int = 5) -> FloatArray:
    """Nearest multiple of base, halves up; NaN stays NaN."""
    return np.floor(floats(values) / base + 0.5) * base


def small(values: Numbers, rule: Rule = DEFAULT) -> BoolArray:
    """True where a count is 1..threshold-1."""
    number = counts(values)
    return (number > 0) & (number < rule.threshold)


def primary(x: Numbers, n: Numbers, rule: Rule = DEFAULT, kind: Kind = "proportion") -> BoolArray:
    """True where numerator, complement or denominator is too small; a rate of events has no complement."""
    top, size = np.broadcast_arrays(counts(x, "x"), counts(n, "n"))
    hidden = small(top, rule) | small(size, rule)
    return hidden | small(size - top, rule) if kind == "proportion" else hidden


def held(
    x: Numbers, n: Numbers, previous_x: Numbers, previous_n: Numbers, rule: Rule = DEFAULT, kind: Kind = "proportion"
) -> Counts:
    """Counts to publish when the same cells were published before: no difference of 1..threshold-1 persons is left.

    previous_x, previous_n: what this function returned (or the counts, the first time) for the release before; NaN where
    there was none. Numerator and complement (a rate: numerator and exposure) are held one by one, each less than threshold
    from the truth; x <= n still holds for a proportion.
    """
    top, size = np.broadcast_arrays(counts(x, "x"), counts(n, "n"))
    before, whole_before = np.broadcast_arrays(floats(previous_x), floats(previous_n))
    known = np.isfinite(before) & np.isfinite(whole_before)

    def kept(now: IntArray, earlier: FloatArray) -> IntArray:
        old = np.where(known, earlier, now).astype(np.int64)
        return np.where(np.abs(now - old) < rule.threshold, old, now)

    numerator = kept(top, before)
    if kind != "proportion":
        return Counts(numerator, kept(size, whole_before))
    return Counts(numerator, numerator + kept(size - top, whole_before - before))


def held_part(x: Numbers, n: Numbers, previous_x: Numbers, previous_n: Numbers, rule: Rule = DEFAULT) -> IntArray:
    """Numerators to publish within wholes that are published already, so that neither the numerator nor the rest of the
    whole has moved by 1..threshold-1 persons.

    n, previous_n: the wholes as published now and before, themselves equal or threshold or more apart (`held`, or this
    function one step earlier); previous_x: what this function returned then; NaN where there was none. The number that
    fits nearest to x, or to the former one where x moved by less than threshold. Where the whole is so small that none
    fits, x as far as the whole goes: such a whole is below every rule's denominator of at least twice the threshold.
    """
    top, size = np.broadcast_arrays(counts(x, "x"), counts(n, "n"))
    before, whole_before = np.broadcast_arrays(floats(previous_x), floats(previous_n))
    known = np.isfinite(before) & np.isfinite(whole_before)
    old, whole_old = (np.where(known, part, 0).astype(np.int64) for part in (before, whole_before))
    wanted = np.minimum(np.where(known & (np.abs(top - old) < rule.threshold), old, top), size)
    found: IntArray = wanted.copy()
    open_ = known.copy()
    for step in range(4 * rule.threshold):
        for tried in (wanted - step, wanted + step):
            fits = (tried >= 0) & (tried <= size) & ~small(abs(tried - old), rule)
            fits &= ~small(abs((size - tried) - (whole_old - old)), rule) & open_
            found, open_ = np.where(fits, tried, found), open_ & ~fits
    return found


def publish(
    x: Numbers,
    n: Numbers,
    *,
    own: Numbers = False,
    rule: Rule = DEFAULT,
    kind: Kind = "proportion",
    units: Numbers | None = None,
    largest: Numbers | None = None,
    previous: Counts | None = None,
) -> Published:
    """Cells that are published without a total of theirs.

    own: True (one value or one per cell) where the reader belongs to the practice: exact numbers, nothing
    hidden. units, largest: for a cell over several practices, their number and the largest denominator
    among them; fewer than min_units practices, or one that holds more than `dominance` of the patients,
    hides the cell. previous: the counts behind the release before (see `held`); a cell is hidden by its true count as
    well as by the one that would be shown.
    """
    top, size = np.broadcast_arrays(counts(x, "x"), counts(n, "n"))
    exempt = np.broadcast_to(np.atleast_1d(np.asarray(own, dtype=np.bool_)), top.shape)
    hidden = primary(top, size, rule, kind)
    small_size = small(size, rule)
    if previous is not None:
        steady = held(top, size, previous.x, previous.n, rule, kind)
        hidden, small_size = hidden | primary(*steady, rule, kind), small_size | small(steady.n, rule)
        top, size = np.where(exempt, top, steady.x), np.where(exempt, size, steady.n)
    if units is not None:
        hidden = hidden | ((floats(units) < rule.min_units) & (size > 0))
    if largest is not None:
        hidden = hidden | ((floats(largest) > rule.dominance * size) & (size > 0))
    closed = units is not None or largest is not None
    gone = small_size | (hidden & closed)
    return _cells(top, size, hidden, gone, exempt, rule, kind)


def publish_parts(
    x: Numbers, n: Numbers, *, rule: Rule = DEFAULT, kind: Kind = "proportion", previous: Counts | None = None
) -> PublishedParts:
    """Cells along the last axis that are published together with their total, for example the clinics of a
    region.

    No hidden numerator, complement or denominator can be computed from the cells and the total. previous: the counts
    behind the cells of the release before, as in `publish`; the total is not held here, for it has a history of its own.
    """
    top, size = np.broadcast_arrays(counts(x, "x"), counts(n, "n"))
    top, size = np.atleast_2d(top), np.atleast_2d(size)
    steady = Counts(top, size) if previous is None else held(top, size, previous.x, previous.n, rule, kind)
    rate_hidden, size_hidden = np.zeros((2, *top.shape), dtype=np.bool_)
    for counted in (Counts(top, size), steady):
        rate_hidden |= primary(*counted, rule, kind) | ((counted.n > 0) & (counted.n < rule.min_denominator))
        size_hidden |= small(counted.n, rule)
    total_hidden = np.zeros(top.shape[:-1], dtype=np.bool_)
    total_gone = np.zeros(top.shape[:-1], dtype=np.bool_)
    for _ in range(top.shape[-1] + 1):  # hiding for one margin can open another: repeat until nothing moves
        before = int(rate_hidden.sum() + size_hidden.sum())
        size_hidden, total_gone = secondary(size, size_hidden, rule)
        rate_hidden = rate_hidden | size_hidden
        rate_hidden, total_hidden = secondary(top, rate_hidden, rule)
        if kind == "proportion":
            rate_hidden, other = secondary(size - top, rate_hidden, rule)
            total_hidden = total_hidden | other
        if int(rate_hidden.sum() + size_hidden.sum()) == before:
            break
    nobody = np.zeros(top.shape, dtype=np.bool_)
    cells = _cells(*steady, rate_hidden, size_hidden, nobody, rule, kind)
    sum_x, sum_n = top.sum(axis=-1), size.sum(axis=-1)
    total_gone = total_gone | small(sum_n, rule)
    total_hidden = total_hidden | total_gone | primary(sum_x, sum_n, rule, kind)
    return PublishedParts(cells, _cells(sum_x, sum_n, total_hidden, total_gone, nobody[..., 0], rule, kind))


def publish_row(cells: Numbers, rule: Rule = DEFAULT) -> PublishedRow:
    """Plain counts along the last axis (for example answers per option) with their total."""
    number = np.atleast_2d(counts(cells, "cells"))
    hidden, total_hidden = secondary(number, small(number, rule), rule)
    total = number.sum(axis=-1)
    total_hidden = total_hidden | small(total, rule)
    return PublishedRow(
        np.where(hidden, np.nan, round_to(number, rule.base)),
        np.where(total_hidden, np.nan, round_to(total, rule.base)),
    )


def secondary(cells: IntArray, hidden: BoolArray, rule: Rule = DEFAULT) -> tuple[BoolArray, BoolArray]:
    """Extend `hidden` along the last axis until no hidden cell can be narrowed down through the total.

    The reader knows the total and every shown cell, hence the sum of the hidden ones, and that each of those
    is at least 1. Safe: at least two cells are hidden and each can still be 1..threshold. The next cell above 0
    to the right (and round) is hidden until that holds. Not the smallest one: who knows that rule also knows
    that the hidden cell is no larger than the shown ones, and at the edge of the rounding that is enough to
    compute it (7, 7, 4 is an example). Second result: rows where nothing was left to hide, whose total must go.
    """
    mask = hidden.copy()
    width = cells.shape[-1]
    first = np.argmax(hidden, axis=-1)[..., None]
    turn = (np.arange(width) - first) % width
    unsafe = np.zeros(mask.shape[:-1], dtype=np.bool_)
    for _ in range(width + 1):
        number = mask.sum(axis=-1)
        spare = np.where(mask, cells, 0).sum(axis=-1) - (number - 1)
        unsafe = (number > 0) & ((number < 2) | (spare < rule.threshold))
        steps = np.where(~mask & (cells > 0), turn, width)
        grow = unsafe & (steps.min(axis=-1) < width)
        if not bool(grow.any()):
            break
        picked = np.arange(width) == np.argmin(steps, axis=-1)[..., None]
        mask |= picked & grow[..., None]
    return mask, unsafe


def _cells(
    x: IntArray,
    n: IntArray,
    rate_hidden: BoolArray,
    size_hidden: BoolArray,
    own: BoolArray,
    rule: Rule,
    kind: Kind,
) -> Published:
    few = (n > 0) & (n < rule.min_denominator)
    hide_size = size_hidden & ~own
    hide_rate = (rate_hidden | size_hidden | few) & ~own
    top = np.where(own, x, round_to(x, rule.base)).astype(np.int64)
    size = np.where(own, n, round_to(n, rule.base)).astype(np.int64)
    limits = wilson(np.minimum(top, size), size) if kind == "proportion" else poisson_exact(top, size)
    value = ratio(top, size)
    state = np.where(few & ~hide_size, "too_few", np.where(hide_rate, "suppressed", "shown"))
    state = np.where((n == 0) & ~hide_size, "no_data", np.where(own, "shown", state))
    return Published(
        x=np.where(hide_rate, np.nan, top),
        n=np.where(hide_size, np.nan, size),
        value=np.where(hide_rate, np.nan, value),
        lower=np.where(hide_rate, np.nan, limits.lower),
        upper=np.where(hide_rate, np.nan, limits.upper),
        state=state,
    )
