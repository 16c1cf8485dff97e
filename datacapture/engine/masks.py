"""Small SQL fragments over month masks.

A mask is a bigint with one bit per month end of the run, lowest bit first. Bounds that follow the period rise
with the month, so the months in which ``bound <= day`` holds are the lowest bits: one binary search per event
(width_bucket over the array of bound days) answers all months at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from datacapture.engine.bounds import PERIOD_ANCHORS, Bound
from datacapture.engine.grammar import Age, Value, When, Window

ALL = "%(all)s::bigint"
ERROR_STATUS = "entered-in-error"
_UNITS = {"d": "days", "m": "months", "y": "years"}
_OPS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "="}


@dataclass
class Params:
    """Values and bound arrays of one plan; `births` names the arrays that hold limits of age and not bounds of a window.

    Texts from definitions only ever travel as parameters.
    """

    values: dict[str, object] = field(default_factory=dict)
    arrays: dict[str, tuple[Bound, int]] = field(default_factory=dict)
    births: set[str] = field(default_factory=set)

    def add(self, value: object, cast: str) -> str:
        """Placeholder of a value, with its SQL type."""
        for name, known in self.values.items():
            if type(known) is type(value) and known == value:
                return f"%({name})s::{cast}"
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f"%({name})s::{cast}"

    def days(self, bound: Bound, period_months: int) -> str:
        """Placeholder of the array of days a period bound falls on, one day per month end."""
        key = (bound, 0 if bound.anchor == "end" else period_months)
        for name, known in self.arrays.items():
            if known == key:
                return f"%({name})s::date[]"
        name = f"b{len(self.arrays)}"
        self.arrays[name] = key
        return f"%({name})s::date[]"

    def births_of(self, anchor: str, amount: int, unit: str, period_months: int) -> str:
        """Placeholder of the array of last days of birth on which a person has completed that age by the anchor's day.

        Counted back once for each month, and not forward for each person: who is born on 29 February completes a year on
        the 1 March after it in either direction.
        """
        days = self.days(Bound(anchor, ((-amount, unit),)), period_months)
        self.births.add(days.removeprefix("%(").partition(")")[0])
        return days


@dataclass
class Test:
    """A condition in two parts: row predicates, and masks of the months in which it holds."""

    predicates: list[str] = field(default_factory=list)
    masks: list[str] = field(default_factory=list)

    def mask(self) -> str:
        """Mask of the part that depends on the month."""
        return " & ".join(self.masks) if self.masks else ALL

    def whole(self) -> str:
        """One mask for both parts; never NULL."""
        if not self.predicates:
            return f"coalesce({self.mask()}, 0)"
        return f"(case when {' and '.join(self.predicates)} then coalesce({self.mask()}, 0) else 0 end)"


def months_from(days: str, value: str) -> str:
    """Months whose bound is on or before value."""
    return f"((1::bigint << width_bucket({value}, {days})) - 1)"


def months_until(days: str, value: str) -> str:
    """Months whose bound is on or after value."""
    return f"({ALL} & ~((1::bigint << width_bucket(({value}) - 1, {days})) - 1))"


def moved(base: str, steps: tuple[tuple[int, str], ...]) -> str:
    """SQL date a number of steps after base; calendar months are clipped as PostgreSQL does."""
    if all(unit == "d" for _, unit in steps):
        total = sum(amount for amount, _ in steps)
        return f"({base} + {total})" if total else base
    moves = "".join(f" + interval '{amount} {_UNITS[unit]}'" for amount, unit in steps)
    return f"({base}{moves})::date"


@dataclass(frozen=True)
class Place:
    """Where a clause is evaluated: columns of the index event (None without one) and of the birth date."""

    index: str | None
    index_end: str | None
    birth: str

    def column(self, anchor: str) -> str:
        column = {"index": self.index, "index_end": self.index_end, "birth": self.birth}[anchor]
        if column is None:
            raise ValueError(f"{anchor} has no value here")
        return column


def window_test(window: Window, when: When, dates: tuple[str, str, str], place: Place, params: Params, period: int) -> Test:
    """Test that an interval (SQL of start, end, ongoing) meets the window as `when` says."""
    start, end, ongoing = dates
    test = Test()
    if when in ("starts", "inside"):
        test.predicates.append(f"{start} is not null")
        _both(test, window, start, place, params, period)
    if when in ("ends", "inside"):
        test.predicates.append(f"{end} is not null")
        _both(test, window, end, place, params, period)
    if when == "overlaps":
        test.predicates.append(f"({start} is not null or {end} is not null)")
        _upper(test, window.last, f"coalesce({start}, '-infinity'::date)", place, params, period)
        last_day = f"(case when {ongoing} then 'infinity'::date else coalesce({end}, {start}) end)"
        _lower(test, window.first, last_day, place, params, period)
    return test


def _both(test: Test, window: Window, day: str, place: Place, params: Params, period: int) -> None:
    if window.first == window.last and window.first.anchor not in PERIOD_ANCHORS and not window.first.open:
        test.predicates.append(f"{day} = {moved(place.column(window.first.anchor), window.first.steps)}")
        return
    _lower(test, window.first, day, place, params, period)
    _upper(test, window.last, day, place, params, period)


def _lower(test: Test, bound: Bound, day: str, place: Place, params: Params, period: int) -> None:
    if bound.anchor in PERIOD_ANCHORS:
        test.masks.append(months_from(params.days(bound, period), day))
    elif not bound.open:
        test.predicates.append(f"{day} >= {moved(place.column(bound.anchor), bound.steps)}")


def _upper(test: Test, bound: Bound, day: str, place: Place, params: Params, period: int) -> None:
    if bound.anchor in PERIOD_ANCHORS:
        test.masks.append(months_until(params.days(bound, period), day))
    elif not bound.open:
        test.predicates.append(f"{day} <= {moved(place.column(bound.anchor), bound.steps)}")


def reached(birth: str, amount: int, unit: str) -> str:
    """First day on which a person has completed that many years or months (29 February: the 1 March after)."""
    if amount == 0:
        return birth
    day = f"({birth} + interval '{amount} {_UNITS[unit]}')"
    return f"({day}::date + (extract(day from {day}) < extract(day from {birth}))::int)"


def age_test(age: Age, unit: str, place: Place, params: Params, period: int) -> Test:
    """Test of completed years (unit y) or months (unit m) on the day the clause names."""
    test = Test()
    if age.at == "index":
        day = place.column("index")
        test.predicates.append(f"{day} >= {reached(place.birth, age.min or 0, unit)}")
        if age.max is not None:
            test.predicates.append(f"{day} < {reached(place.birth, age.max + 1, unit)}")
        return test
    anchor = "start" if age.at == "period_start" else "end"
    test.masks.append(months_until(params.births_of(anchor, age.min or 0, unit, period), place.birth))
    if age.max is not None:
        test.masks.append(months_from(params.births_of(anchor, age.max + 1, unit, period), f"{place.birth} - 1"))
    return test


def value_test(value: Value, row: str, params: Params) -> str:
    """SQL condition on a row's value; a bounded value such as <9 only matches when the bound proves it."""
    if value.present:
        return f"({row}.value is not null or {row}.value_code_id is not null)"
    if value.missing:
        return f"{row}.value is null"
    if value.codes:
        members = f"select s.code_id from datacapture_codesetmember s where s.set_name = any({params.add(value.codes, 'text[]')})"
        return f"coalesce({row}.value_code_id = any(array({members})), false)"
    assert value.op is not None
    number = params.add(value.num, "float8")
    condition = f"({row}.value {_OPS[value.op]} {number} and {row}.comparator = '')"
    if value.op != "eq":
        side = "<" if value.op in ("lt", "le") else ">"
        condition = (
            f"({row}.value {_OPS[value.op]} {number} and {row}.comparator in ('', '{side}', '{side}=')"
            f" or {row}.value = {number} and {row}.comparator = '{side}')"
        )
    if value.unit is not None:
        condition = f"({condition} and {row}.unit in ('', {params.add(value.unit, 'text')}))"
    return f"coalesce({condition}, false)"


def number_test(expression: str, op: str, num: float, params: Params) -> str:
    """SQL condition on a total."""
    return f"{expression} {_OPS[op]} {params.add(num, 'float8')}"
