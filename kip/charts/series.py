"""What a chart shows: plain data from stored results, texts already in the reader's language."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Value = float | None
Format = Callable[[float], str]
Width = Literal["narrow", "wide"]


@dataclass(frozen=True)
class Note:
    """Something that happened at one point: a plan, a new routine, a new definition. `at`: index of the label."""

    at: int
    text: str


@dataclass(frozen=True)
class Series:
    """One practice x indicator over time.

    labels: one per point, oldest first. values, lower, upper, band_low, band_high, reference: one per point, None
    where there is nothing to show (a gap); lower to reference may be left empty. target: one level. unit: "percent"
    for fractions of 0..1, "rate" for anything else from 0 up. breaks: definition changes, drawn as a line across
    and a gap in the curve. notes: numbered marks, explained under the chart. since: index of the first point after
    a real change; points before it are hollow. limit_low, limit_high: control limits per point (run or XmR chart; the
    centre line is the reference, and a new segment is a break); signals: indexes of points that chance does not explain,
    drawn as diamonds on a thick line. beside: the same measure by another definition, as a thin line with hollow squares
    (beside_label explains it under the chart). reading: the whole reading sentence (title of the picture);
    direction: "Højere er bedre". own_label .. target_label: names at the line ends, written by the caller with
    values in them where wanted. tick: writes an axis value in the reader's number format.
    Raises ValueError when lengths differ or a note or break lies outside.
    """

    labels: tuple[str, ...]
    values: tuple[Value, ...]
    title: str
    reading: str
    direction: str
    tick: Format
    unit: Literal["percent", "rate"] = "percent"
    lower: tuple[Value, ...] = ()
    upper: tuple[Value, ...] = ()
    band_low: tuple[Value, ...] = ()
    band_high: tuple[Value, ...] = ()
    reference: tuple[Value, ...] = ()
    target: Value = None
    breaks: tuple[Note, ...] = ()
    notes: tuple[Note, ...] = ()
    since: int | None = None
    own_label: str = ""
    reference_label: str = ""
    band_label: str = ""
    target_label: str = ""
    limit_low: tuple[Value, ...] = ()
    limit_high: tuple[Value, ...] = ()
    limit_label: str = ""
    signals: tuple[int, ...] = ()
    beside: tuple[Value, ...] = ()
    beside_label: str = ""

    def __post_init__(self) -> None:
        size = len(self.labels)
        for name in ("values", "lower", "upper", "band_low", "band_high", "reference", "limit_low", "limit_high", "beside"):
            given = len(getattr(self, name))
            if given != size and (given or name == "values"):
                raise ValueError(f"{name} has {given} entries for {size} labels")
        if any(not 0 <= at < size for at in (*(mark.at for mark in (*self.notes, *self.breaks)), *self.signals)):
            raise ValueError("a note, break or signal lies outside the labels")


@dataclass(frozen=True)
class DotRow:
    """One practice in a dot-interval plot. order: shrunken value, decides the place, is not drawn. value None:
    `text` stands instead of the dot (too few patients, hidden, no data); else it stands at the right end of the
    row (the number in words). own: the reader's practice."""

    label: str
    value: Value
    lower: Value = None
    upper: Value = None
    order: Value = None
    text: str = ""
    own: bool = False


@dataclass(frozen=True)
class Dots:
    """A dot-interval plot: rows, the comparison line and the middle band, texts as in Series.

    keep_order: rows stand as given (own practice, cluster, municipality, region, nation) and are not sorted."""

    rows: tuple[DotRow, ...]
    title: str
    reading: str
    direction: str
    tick: Format
    unit: Literal["percent", "rate"] = "percent"
    reference: Value = None
    reference_label: str = ""
    band_low: Value = None
    band_high: Value = None
    band_label: str = ""
    target: Value = None
    target_label: str = ""
    keep_order: bool = False
