"""What a practice reads about itself. Every number is a stored row; a query count does not grow with the data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from datacapture.enums import Tier
from datacapture.models import IndicatorVersion, Release, Result
from datacapture.queries import wording
from kip.charts import sparkline_svg
from kip.core.texts import text
from practices.models import Practice

ACTIONABLE = (Tier.SIGNAL, Tier.ATTENTION, Tier.INFORMATION)
STRONG = (Tier.SIGNAL, Tier.ATTENTION)


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
    direction_words: str
    gain: str
    spark: str
    url: str
    actions: tuple[tuple[str, str], ...] = ()
    large: bool = False
    level: int = 3

    @property
    def compared(self) -> bool:
        """False where there were too few practices to compare with."""
        return bool(self.row.tier)


@dataclass(frozen=True)
class Edition:
    """Which release the page comes from."""

    label: str
    month_end: date
    next_date: date


def edition(release: Release | None) -> Edition | None:
    return Edition(release.label, release.month_end, wording.next_release(release.month_end)) if release else None


def latest_release() -> Release | None:
    """The newest finished release."""
    return Release.objects.exclude(finished_at=None).order_by("-month_end", "-created_at").first()


def newest(release: Release, practice_id: int) -> QuerySet[Result]:
    """The practice's rows for the release's last month, with definition and texts."""
    rows = Result.objects.filter(release=release, practice_id=practice_id, month_end=release.month_end)
    return rows.select_related("version__indicator").order_by("version__indicator__code")


def series_of(release: Release, practice_id: int, version_ids: Iterable[int]) -> dict[int, list[Result]]:
    """All months of some measures, oldest first, by version id; one query."""
    found: dict[int, list[Result]] = {}
    rows = Result.objects.filter(release=release, practice_id=practice_id, version_id__in=list(version_ids))
    for row in rows.order_by("version_id", "month_end"):
        found.setdefault(row.version_id, []).append(row)
    return found


def card(row: Result, months: Mapping[int, list[Result]] | None = None, *, large: bool = False, level: int = 3) -> Card:
    """Words and sparkline of a stored row."""
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
        word=wording.tier_word(row.tier),
        position=row.position,
        direction=indicator.direction,
        sentence=wording.sentence(row),
        value=wording.value_words(row.value, version, row.n),
        fraction=wording.fraction_words(row.x, row.n, version) if counted else "",
        interval=wording.interval_words(row.lower, row.upper, version, row.n),
        span=wording.span_words(row.lower, row.upper, version, row.n),
        comparator=wording.comparator_words(row),
        direction_words=wording.direction_words(version),
        gain=wording.gain_words(row),
        spark=_spark(row, months or {}),
        url=url,
        actions=_steps(row, url, large),
        large=large,
        level=level,
    )


def _spark(row: Result, months: Mapping[int, list[Result]]) -> str:
    values = tuple(item.value for item in months.get(row.version_id, []))
    if sum(value is not None for value in values) < 2:
        return ""
    return mark_safe(sparkline_svg(values, row.expected))  # noqa: S308  (drawn by kip.charts, which escapes)


def _steps(row: Result, url: str, large: bool) -> tuple[tuple[str, str], ...]:
    """Where to go next; the large card stands on the measure's own page."""
    steps = []
    if row.version.texts.get("patient_list") and worth_acting(row):
        steps.append((text("button.see_patients"), reverse("datacapture:patients", args=[row.version.indicator.code])))
    return tuple(steps) if large else (*steps, (_("Open the measure"), url))


def worth_acting(row: Result) -> bool:
    """Points to something the practice can do: worse than its peers, more than chance may explain, and its own to change."""
    judged = row.version.indicator.direction != "neutral" and row.position == "worse" and row.tier in ACTIONABLE
    return judged and row.version.controllable_by != "system"


def is_strength(row: Result) -> bool:
    return row.version.indicator.direction != "neutral" and row.position == "better" and row.tier in STRONG


@dataclass(frozen=True)
class PracticeHome:
    """K1: at most three measures by patients to gain, one strength first, and how many were looked at."""

    edition: Edition | None
    summary: str
    strength: Card | None
    cards: tuple[Card, ...]
    looked_at: int
    to_act_on: int


def practice_home(practice_id: int) -> PracticeHome:
    """Start page of a practice: four queries, whatever the number of measures."""
    release = latest_release()
    rows = list(newest(release, practice_id)) if release else []
    if release is None or not rows:
        return PracticeHome(edition(release), "", None, (), 0, 0)
    first = sorted(filter(worth_acting, rows), key=lambda row: (-(row.gain or 0), row.version.indicator.code))
    strong = sorted(filter(is_strength, rows), key=lambda row: (row.q if row.q is not None else 1.0, row.version.indicator.code))
    shown = [*strong[:1], *first[:3]]
    months = series_of(release, practice_id, [row.version_id for row in shown])
    dated = wording.next_release(release.month_end)
    return PracticeHome(
        edition=edition(release),
        summary=text("patients_to_gain.home_summary", n=len(first), total=len(rows))
        if first
        else text("patients_to_gain.home_nothing", date=dated),
        strength=card(strong[0], months) if strong else None,
        cards=tuple(card(row, months) for row in first[:3]),
        looked_at=len(rows),
        to_act_on=len(first),
    )


@dataclass(frozen=True)
class Theme:
    """A heading with its measures."""

    id: str
    label: str
    cards: tuple[Card, ...]


@dataclass(frozen=True)
class Missing:
    """A measure of the profession that has no number here."""

    code: str
    title: str
    theme: str


@dataclass(frozen=True)
class MeasureList:
    """K2: measures by theme, those with too few patients apart, those without data last."""

    edition: Edition | None
    themes: tuple[Theme, ...]
    too_few: tuple[Card, ...]
    missing: tuple[Missing, ...]
    theme_choices: tuple[tuple[str, str], ...]
    tier_choices: tuple[tuple[str, str], ...]
    theme: str
    tier: str
    total: int
    shown: int


def measure_list(practice: Practice, theme: str = "", tier: str = "") -> MeasureList:
    """All measures of a practice, filtered by theme id and tier; four queries."""
    release = latest_release()
    rows = list(newest(release, practice.pk)) if release else []
    months = series_of(release, practice.pk, [row.version_id for row in rows]) if release else {}
    cards = sorted((card(row, months) for row in rows), key=lambda item: (item.theme_place, item.code))
    choices = dict.fromkeys((item.theme_id, item.theme) for item in cards)
    wanted = [item for item in cards if (not theme or item.theme_id == theme) and (not tier or item.row.tier == tier)]
    judged = [item for item in wanted if item.row.tier != Tier.INSUFFICIENT]
    seen = {item.code for item in cards}
    return MeasureList(
        edition=edition(release),
        themes=tuple(
            Theme(key, label, found)
            for key, label in choices
            if (found := tuple(item for item in judged if item.theme_id == key))
        ),
        too_few=tuple(item for item in wanted if item.row.tier == Tier.INSUFFICIENT),
        missing=() if theme or tier else tuple(_missing(practice.profession, seen)),
        theme_choices=tuple(choices),
        tier_choices=tuple((value, wording.tier_word(value)) for value in Tier.values),
        theme=theme,
        tier=tier,
        total=len(cards),
        shown=len(wanted),
    )


def _missing(profession: str, seen: set[str]) -> Iterable[Missing]:
    running = IndicatorVersion.objects.filter(retired_at=None, indicator__professions__contains=[profession])
    for version in running.select_related("indicator"):
        if version.indicator.code not in seen:
            texts = version.texts
            yield Missing(version.indicator.code, wording.chosen(texts["name"]), wording.chosen(texts["theme"]))
