"""The clause grammar as strict pydantic models: unknown keys are refused and a clause has exactly one key.

Every refusal is one plain sentence; ``library`` adds the file and the line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from datacapture.engine.bounds import INDEX_ANCHORS, Bound, parse_bound, parse_period
from kip.core.yaml_source import Strict, refusal
from kip.core.yaml_source import gettext_noop as _

Op = Literal["lt", "le", "gt", "ge", "eq"]
When = Literal["starts", "ends", "overlaps", "inside"]
ValueDimension = Literal["effectiveness", "patient_focus", "patient_safety", "equity", "timeliness", "cost_effectiveness"]
Profession = Literal[
    "general_practice", "specialist_practice", "physiotherapy", "chiropractic",
    "psychology", "dentistry", "podiatry", "dental_hygiene",
]  # fmt: skip
CLAUSE_MEND = _("Put several conditions in a list under all_of or any_of.")
KIND = r"^[A-Za-z][\w-]{0,39}$"  # kinds are open data: the source's word
IndicatorType = Literal["proportion", "rate", "median_days", "mean_change", "composite_all", "gap"]


def _window(raw: object) -> object:
    if isinstance(raw, Window):
        return raw
    if isinstance(raw, Mapping) and raw.keys() == {"first", "last"}:  # as a stored version holds it
        return Window(first=parse_bound(raw["first"]), last=parse_bound(raw["last"]))
    if not isinstance(raw, list | tuple) or len(raw) != 2:
        raise refusal(_("a window is a list of two bounds, for example [start, end]"))
    return Window(first=parse_bound(raw[0]), last=parse_bound(raw[1]))


def _value(raw: object) -> object:
    return {"present": True} if raw == "present" else raw


def _names(raw: object) -> object:
    return [raw] if isinstance(raw, str) else raw


class Window(Strict):
    """First and last day, both inclusive."""

    first: Bound
    last: Bound


WindowField = Annotated[Window, BeforeValidator(_window)]
Names = Annotated[list[str], BeforeValidator(_names), Field(min_length=1)]
DEFAULT_WINDOW = Window(first=Bound("-inf"), last=Bound("end"))


class Value(Strict):
    """A test of an event's value: a number test, a coded value, present, or missing."""

    op: Op | None = None
    num: float | None = None
    unit: str | None = None
    codes: Names | None = None
    present: Literal[True] | None = None
    missing: Literal[True] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        number = self.op is not None and self.num is not None
        half = (self.op is None) != (self.num is None) or (self.unit is not None and not number)
        forms = [number, self.codes is not None, self.present is not None, self.missing is not None]
        if half or sum(forms) != 1:
            raise refusal(_("a value test is op with num, or codes, or present, or missing: exactly one of them"))
        return self


class Age(Strict):
    """Completed years (or months) on a day."""

    at: Literal["period_start", "period_end", "index"]
    min: Annotated[int, Field(ge=0, le=2000)] | None = None
    max: Annotated[int, Field(ge=0, le=2000)] | None = None

    @model_validator(mode="after")
    def _limits(self) -> Self:
        if self.min is None and self.max is None:
            raise refusal(_("an age test needs min or max"))
        if self.min is not None and self.max is not None and self.min > self.max:
            raise refusal(_("the age limits are impossible: min is above max"))
        return self


class EventAge(Strict):
    """Completed years on the event's own day."""

    min: Annotated[int, Field(ge=0, le=150)] | None = None
    max: Annotated[int, Field(ge=0, le=150)] | None = None

    @model_validator(mode="after")
    def _limits(self) -> Self:
        if self.min is None and self.max is None:
            raise refusal(_("age_at_event needs min or max"))
        if self.min is not None and self.max is not None and self.min > self.max:
            raise refusal(_("the age limits are impossible: min is above max"))
        return self


class Registered(Strict):
    """On the practice's list on a day."""

    at: Literal["period_start", "period_end", "index"]


class IndexIs(Strict):
    """A test of the index event itself."""

    codes: Names | None = None
    value: Annotated[Value, BeforeValidator(_value)] | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.codes is None and self.value is None:
            raise refusal(_("index_is needs codes or value"))
        return self


class Also(Strict):
    """A further window constraint on the same event."""

    when: When = "starts"
    within: WindowField


class Total(Strict):
    """A total over the matching events."""

    of: Literal["doses", "ddd", "qty"]
    op: Op
    num: float


class Event(Strict):
    """Matching events of one kind; see the grammar text for each field."""

    kind: Annotated[str, Field(pattern=KIND)]
    codes: Names | None = None
    status: Names | None = None
    status_not: Names | None = None
    category: Names | None = None
    verified: bool | None = None
    within: WindowField = DEFAULT_WINDOW
    when: When = "starts"
    also: list[Also] = []
    value: Annotated[Value, BeforeValidator(_value)] | None = None
    pick: Literal["last", "first"] | None = None
    tie: Literal["min", "max"] | None = None
    min_count: Annotated[int, Field(ge=1, le=10000)] = 1
    distinct: Literal["day", "code", "code:5"] | None = None
    sum: Total | None = None
    near: Clause | None = None
    same: Literal["course", "referral"] | None = None
    age_at_event: EventAge | None = None
    date: Literal["authored"] | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.tie and not self.pick:
            raise refusal(_("tie needs pick: it chooses among several numbers on the picked day"))
        if self.sum and (self.min_count > 1 or self.distinct):
            raise refusal(_("sum cannot be combined with min_count or distinct"))
        return self


class Clause(Strict):
    """A map with exactly one key."""

    all_of: list[Clause] | None = None
    any_of: list[Clause] | None = None
    none_of: list[Clause] | None = None
    ref: str | None = None
    age: Age | None = None
    age_months: Age | None = None
    sex: Literal["male", "female"] | None = None
    deceased: WindowField | None = None
    registered: Registered | None = None
    index_is: IndexIs | None = None
    event: Event | None = None

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if len(self.model_fields_set) != 1:
            found = ", ".join(sorted(self.model_fields_set)) or "none"
            raise refusal(_("a clause has exactly one key, found %(found)s"), CLAUSE_MEND, found=found)
        if getattr(self, self.key) is None:
            raise refusal(_("the clause %(key)s is empty"), key=self.key)
        return self

    @property
    def key(self) -> str:
        """The one key, for example all_of."""
        return next(iter(self.model_fields_set))

    @property
    def parts(self) -> list[Clause]:
        """The clauses inside all_of, any_of or none_of; otherwise none."""
        return self.all_of or self.any_of or self.none_of or []


class Target(Strict):
    """The value aimed at, in the indicator's own scale."""

    op: Op
    num: float
    scale: str | None = None


class Change(Strict):
    """First and last score in the course of the index event, up to the end of the period."""

    kind: Annotated[str, Field(pattern=KIND)] = "prom"
    codes: Names
    from_: Annotated[Literal["first", "last"], Field(alias="from")]
    to: Literal["first", "last"]
    threshold: float | None = None


class Indicator(Strict):
    """One indicator definition with the metadata shown beside it."""

    id: Annotated[str, Field(pattern=r"^[A-Z0-9]{1,10}(-[A-Z0-9]{1,6})?$")]
    da: str
    en: str
    professions: Annotated[list[Profession], Field(min_length=1)]
    value: ValueDimension
    type: IndicatorType
    kind: Literal["structure", "process", "outcome", "utilisation"]
    direction: Literal["higher", "lower", "neutral"]
    source: str
    verified: bool | Literal["part"]
    note: str | None = None
    target: Target | None = None
    benchmark: float | None = None
    unit: Literal["patient", "event", "patient_index"] = "patient"
    index: Event | None = None
    period: Annotated[int, BeforeValidator(parse_period)] = 12
    population: Clause | None = None
    denominator: Clause | None = None
    exclusions: Clause | None = None
    exceptions: Clause | None = None
    unknown: Clause | None = None
    numerator: Clause | None = None
    numerator_count: Event | None = None
    numerator_clause: Clause | None = None
    per: Annotated[int, Field(ge=1)] | None = None
    until: Event | None = None
    change: Change | None = None
    components: list[str] | None = None
    of: str | None = None
    by: str | None = None
    compare: list[int | str] | None = None
    stratify: list[str] = []
    adjust: list[str] = []

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for field in _NEEDED[self.type]:
            if getattr(self, field) is None:
                raise refusal(_("an indicator of type %(type)s needs %(field)s"), type=self.type, field=field)
        for field in sorted(_SPECIAL - set(_ALLOWED[self.type])):
            if field in self.model_fields_set:
                raise refusal(_("an indicator of type %(type)s has no use for %(field)s"), type=self.type, field=field)
        if self.type == "rate" and (self.numerator_count is None) == (self.numerator_clause is None):
            raise refusal(_("a rate needs numerator_count or numerator_clause, exactly one of them"))
        if (self.index is None) != (self.unit == "patient"):
            raise refusal(_("unit event and patient_index need index, and unit patient has none"))
        if self.numerator_count is not None and self.index is not None:
            raise refusal(_("numerator_count counts the events of patients, so the unit must be patient"))
        if self.until is not None and not {self.until.within.first.anchor, self.until.within.last.anchor} & INDEX_ANCHORS:
            raise refusal(_("until must be looked for from the index event: within must name index or index_end"))
        return self

    def clauses(self) -> dict[str, Clause]:
        """The clause fields that are filled, by field name in flow order."""
        names = (
            "population", "denominator", "exclusions", "unknown", "numerator", "numerator_clause", "exceptions",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}

    def events(self) -> dict[str, Event]:
        """The event fields that are filled, by field name."""
        names = ("index", "numerator_count", "until")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}


_NEEDED: dict[str, tuple[str, ...]] = {
    "proportion": ("population", "numerator"),
    "rate": ("population", "per"),
    "median_days": ("population", "index", "until"),
    "mean_change": ("population", "index", "change"),
    "composite_all": ("components",),
    "gap": ("of", "by", "compare"),
}
_FLOW = ("population", "denominator", "exclusions", "exceptions", "unknown", "unit", "index")
_ALLOWED: dict[str, tuple[str, ...]] = {
    "proportion": (*_FLOW, "numerator"),
    "rate": (*_FLOW, "per", "numerator_count", "numerator_clause"),
    "median_days": (*_FLOW, "until"),
    "mean_change": (*_FLOW, "change"),
    "composite_all": ("components",),
    "gap": ("of", "by", "compare"),
}
_SPECIAL = {field for allowed in _ALLOWED.values() for field in allowed}


GRAMMAR_KEYS = frozenset(
    field.alias or name
    for model in (Indicator, Event, Clause, Value, Age, EventAge, IndexIs, Also, Total, Target, Change, Registered)
    for name, field in model.model_fields.items()
)


def canonical(model: Strict) -> str:
    """A stable text of a clause or event: equal text means equal meaning."""
    return model.model_dump_json(exclude_defaults=True)
