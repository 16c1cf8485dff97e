"""K2: every measure of a practice in one table, filtered by the address."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from datacapture.enums import Dimension, Tier
from datacapture.models import Result
from datacapture.queries import wording
from datacapture.queries.charting import plain_number
from datacapture.queries.growth import enough_on
from datacapture.queries.measures import Card, card, courses, newest, worth_acting
from datacapture.queries.releases import Edition, edition
from datacapture.queries.shown import Shown, Versions

SMALL = (96.0, 24.0)
FILTERS = ("theme", "value", "tier", "own", "q")


@dataclass(frozen=True)
class Wanted:
    """What the address asks for: theme id, one of the six values, tier and words to search for.

    own = "1": only what points to something the practice can do, as many as its start page says.
    """

    theme: str = ""
    value: str = ""
    tier: str = ""
    own: str = ""
    q: str = ""

    @classmethod
    def from_query(cls, query: Mapping[str, Any]) -> "Wanted":
        """Unknown values are dropped, so that an old address still opens."""
        given = {name: str(query.get(name, "")).strip() for name in FILTERS}
        known = {"value": Dimension.values, "tier": Tier.values, "own": ["1"]}
        return cls(**{name: word if word in known.get(name, [word]) else "" for name, word in given.items()})

    @property
    def any(self) -> bool:
        return any((self.theme, self.value, self.tier, self.own, self.q))

    def takes(self, item: Card) -> bool:
        version = item.row.version
        return (
            self.theme in ("", item.theme_id)
            and self.value in ("", version.indicator.dimension)
            and self.tier in ("", item.row.tier)
            and (not self.own or worth_acting(item.row))
            and self.q.casefold() in f"{item.title} {item.code} {item.theme}".casefold()
        )


@dataclass(frozen=True)
class Theme:
    """A heading with its measures."""

    id: str
    label: str
    cards: tuple[Card, ...]


@dataclass(frozen=True)
class Few:
    """A measure with too few patients, and when there may be enough."""

    card: Card
    when: str


@dataclass(frozen=True)
class Missing:
    """A measure of the profession that has no number here."""

    code: str
    title: str
    theme: str


@dataclass(frozen=True)
class MeasureList:
    """Measures by theme, those with too few patients apart, those without data last. thin: which months' data are missing."""

    edition: Edition | None
    wanted: Wanted
    themes: tuple[Theme, ...]
    too_few: tuple[Few, ...]
    missing: tuple[Missing, ...]
    total: int
    shown: int
    theme_choices: tuple[tuple[str, str], ...] = ()
    tier_choices: tuple[tuple[str, str], ...] = ()
    value_choices: tuple[tuple[str, str], ...] = field(default_factory=tuple)
    thin: str = ""


def measure_list(practice_id: int, profession: str, wanted: Wanted, at: Shown) -> MeasureList:
    """All measures of a practice that the filters take; two queries."""
    release = at.release
    rows = newest(release, practice_id, at.versions) if release else []
    months = courses(release, practice_id, [row.version_id for row in rows]) if release else {}
    cards = sorted((card(row, months, size=SMALL) for row in rows), key=lambda item: (item.theme_place, item.code))
    themes = dict.fromkeys((item.theme_id, item.theme) for item in cards)
    found = [item for item in cards if wanted.takes(item)]
    judged = [item for item in found if item.row.tier != Tier.INSUFFICIENT]
    few = [item for item in found if item.row.tier == Tier.INSUFFICIENT]
    return MeasureList(
        edition=edition(release),
        wanted=wanted,
        themes=tuple(_themes(themes, judged)),
        too_few=tuple(Few(item, when_words(item.row, months[item.row.version_id].counts)) for item in few),
        missing=() if wanted.any else tuple(_missing(profession, {item.code for item in cards}, at.versions)),
        total=len(cards),
        shown=len(found),
        theme_choices=tuple(themes),
        tier_choices=tuple((value, wording.tier_word(value)) for value in reversed(Tier.values)),
        value_choices=tuple((value, str(label)) for value, label in Dimension.choices),
        thin=wording.all_thin_words(rows),
    )


def _themes(themes: Iterable[tuple[str, str]], judged: Sequence[Card]) -> Iterable[Theme]:
    for key, label in themes:
        found = tuple(item for item in judged if item.theme_id == key)
        if found:
            yield Theme(key, label, found)


def when_words(row: Result, counts: Sequence[int]) -> str:
    """When there will be enough patients, or that nobody can say. counts: patients by month, oldest first."""
    due = enough_on(counts, row.version.min_n, row.month_end)
    return wording.enough_words(due)


def _missing(profession: str, seen: set[str], versions: Versions) -> Iterable[Missing]:
    running = [item for item in versions.values() if item.retired_at is None and profession in item.indicator.professions]
    for version in sorted(running, key=lambda item: item.indicator.code):
        if version.indicator.code not in seen and wording.of_practices(version):
            texts = version.texts
            yield Missing(version.indicator.code, wording.chosen(texts["name"]), wording.chosen(texts["theme"]))


def measure_rows(page: MeasureList) -> list[tuple[str, ...]]:
    """The list as cells of a file: the stored row of each measure with its verdict in words."""
    head = (
        _("Code"), _("Measure"), _("Theme"), _("Verdict"), _("Numerator"), _("Denominator"), _("Value"),
        _("Probably from"), _("Probably to"), _("Middle practice"), _("Month"),
    )  # fmt: skip
    cards = [item for theme in page.themes for item in theme.cards] + [few.card for few in page.too_few]
    return [head, *(_cells(item) for item in cards)]


def _cells(item: Card) -> tuple[str, ...]:
    row = item.row
    numbers = (plain_number(value) for value in (row.value, row.lower, row.upper, row.expected))
    word = wording.verdict_word(row)
    return (item.code, item.title, item.theme, word, str(row.x), str(row.n), *numbers, row.month_end.isoformat())
