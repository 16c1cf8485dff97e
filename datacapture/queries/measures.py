"""A stored result as a card, and the rules for what is worth acting on and what is a strength."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connection
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from datacapture.enums import Tier
from datacapture.models import Release, Result
from datacapture.queries import wording
from datacapture.queries.patients import Progress
from datacapture.queries.shown import Versions
from kip.charts import sparkline_svg
from kip.core.texts import text

STRONG = (Tier.SIGNAL, Tier.ATTENTION)  # what is only for information may well be chance, so it asks for nothing
SPARK = (132.0, 40.0)  # on a card; in a table the chart's own small size
COURSES = """
SELECT version_id, array_agg(value ORDER BY month_end), array_agg(n ORDER BY month_end) FROM datacapture_result
WHERE release_id = %s AND practice_id = %s AND version_id = ANY(%s) GROUP BY version_id
"""


@dataclass(frozen=True)
class Card:
    """One measure as it is shown: names of components/verdict_card.html, with the stored row for tests and the PDF."""

    row: Result
    code: str
    title: str
    theme: str
    theme_id: str
    theme_place: int
    tier: str
    word: str
    position: str
    direction: str
    sentence: str
    value: str
    fraction: str
    interval: str
    span: str
    comparator: str
    middle: str
    direction_words: str
    gain: str
    spark: str
    url: str
    note: str = ""
    actions: tuple[tuple[str, str], ...] = ()
    large: bool = False
    level: int = 3

    @property
    def compared(self) -> bool:
        """False where there were too few practices to compare with."""
        return bool(self.row.tier)


class Course(NamedTuple):
    """A measure's months, oldest first: the stored values, and how many patients are behind each."""

    values: list[float | None]
    counts: list[int]


def newest(release: Release, practice_id: int, versions: Versions) -> list[Result]:
    """The practice's rows for the release's last month, with definition and texts, in the order of codes; one statement."""
    rows = results("release_id = %s AND practice_id = %s AND latest", [release.pk, practice_id])
    for row in rows:
        row.version = versions[row.version_id]
    return sorted(rows, key=lambda row: row.version.indicator.code)


def results(where: str, params: Collection[Any]) -> list[Result]:
    """Stored rows by a condition in SQL: without the cost of composing it, which is more than that of asking."""
    names = [field.attname for field in Result._meta.concrete_fields]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(names)} FROM datacapture_result WHERE {where}", params)
        return [Result.from_db(DEFAULT_DB_ALIAS, names, values) for values in cursor]


def courses(release: Release, practice_id: int, version_ids: Iterable[int]) -> dict[int, Course]:
    """All months of some measures by version id; one statement that hands over arrays, not rows."""
    with connection.cursor() as cursor:
        cursor.execute(COURSES, [release.pk, practice_id, list(version_ids)])
        return {version_id: Course(values, counts) for version_id, values, counts in cursor}


def card(
    row: Result,
    months: Mapping[int, Course] | None = None,
    *,
    progress: Mapping[int, Progress] | None = None,
    large: bool = False,
    level: int = 3,
    size: tuple[float, float] = SPARK,
) -> Card:
    """Words and sparkline of a stored row. progress: how far the practice is with its lists, by version id."""
    version = row.version
    indicator = version.indicator
    theme = version.texts["theme"]
    url = reverse("datacapture:measure", args=[indicator.code])
    counted = row.value is not None
    return Card(
        row=row,
        code=indicator.code,
        title=wording.chosen(version.texts["name"]),
        theme=wording.chosen(theme),
        theme_id=indicator.theme,
        theme_place=theme["place"],
        tier=row.tier or Tier.AS_EXPECTED.value,
        word=wording.verdict_word(row),
        position=row.position,
        direction=indicator.direction,
        sentence=wording.sentence(row),
        value=wording.value_words(row.value, version, row.n),
        fraction=wording.fraction_words(row.x, row.n, version) if counted else "",
        interval=wording.interval_words(row.lower, row.upper, version, row.n),
        span=wording.span_words(row.lower, row.upper, version, row.n),
        comparator=wording.comparator_words(row),
        middle=wording.value_words(row.expected, version, row.n),
        direction_words=wording.direction_words(version),
        gain=wording.gain_words(row),
        spark=_spark(row, months or {}, size),
        url=url,
        note=progress[row.version_id].words if progress and row.version_id in progress else "",
        actions=_step(row, url, large),
        large=large,
        level=level,
    )


def _spark(row: Result, months: Mapping[int, Course], size: tuple[float, float]) -> str:
    values = tuple(months[row.version_id].values) if row.version_id in months else ()
    if sum(value is not None for value in values) < 2:
        return ""
    return mark_safe(sparkline_svg(values, row.expected, size=size))  # noqa: S308  (drawn by kip.charts, which escapes)


def _step(row: Result, url: str, large: bool) -> tuple[tuple[str, str], ...]:
    """The one button: the patients behind it, else the measure. The large card stands on the measure's own page."""
    if row.version.texts.get("patient_list") and worth_acting(row):
        return ((text("button.see_patients"), reverse("datacapture:patients", args=[row.version.indicator.code])),)
    return () if large else ((_("Open the measure"), url),)


def worth_acting(row: Result) -> bool:
    """Points to something the practice can do: worse than its peers by more than chance explains, and its own to change."""
    judged = row.version.indicator.direction != "neutral" and row.position == "worse" and row.tier in STRONG
    return judged and row.version.controllable_by != "system"


def is_strength(row: Result) -> bool:
    return row.version.indicator.direction != "neutral" and row.position == "better" and row.tier in STRONG


def by_patients(row: Result) -> tuple[bool, float, str]:
    """Sort key of what to act on: patients to gain first, then measures that count courses or events, which are no patients."""
    return (wording.unit_of(row.version) != wording.PATIENT, -(row.gain or 0.0), row.version.indicator.code)


def by_certainty(row: Result) -> tuple[float, str]:
    """Sort key of strengths: the surest first."""
    return (row.q if row.q is not None else 1.0, row.version.indicator.code)
