"""Whom a practice compares itself with: the nation, its region, municipality or cluster, or practices of its own size."""

from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from datacapture.enums import AreaLevel
from datacapture.models import AreaResult, Result
from datacapture.queries import wording
from datacapture.results.areas import size_class
from kip.core.texts import text
from practices.models import Practice

NATION = AreaLevel.NATION.value
CHOICES = {
    NATION: _("the country"),
    AreaLevel.REGION.value: _("your region"),
    AreaLevel.MUNICIPALITY.value: _("your municipality"),
    AreaLevel.CLUSTER.value: _("your cluster"),
    AreaLevel.SIMILAR.value: _("practices of your size"),
}
TOO_FEW = _("Too few practices there have figures for a middle practice to be shown.")
MIDDLES = {
    NATION: _("the middle practice in the country"),
    AreaLevel.REGION.value: _("the middle practice in your region"),
    AreaLevel.MUNICIPALITY.value: _("the middle practice in your municipality"),
    AreaLevel.CLUSTER.value: _("the middle practice in your cluster"),
    AreaLevel.SIMILAR.value: _("the middle practice of your size"),
}


@dataclass(frozen=True)
class Middle:
    """Middle practice and the band that holds 8 of 10, by month end; a month without is left out."""

    level: str
    by_month: dict[date, tuple[float, float | None, float | None]]

    def of(self, month_end: date) -> tuple[float | None, float | None, float | None]:
        """Median, lower and upper edge; None where nothing may be shown."""
        return self.by_month.get(month_end, (None, None, None))


@dataclass(frozen=True)
class Comparison:
    """What the page says of the chosen comparison. choices: level, label and whether there is a middle practice to show.

    words: the sentence, or why there is none; hidden: there is none.
    """

    level: str
    choices: tuple[tuple[str, str, bool], ...]
    words: str
    hidden: bool
    middle: Middle | None = None

    @property
    def some_closed(self) -> bool:
        return not all(known for _level, _label, known in self.choices)


def chosen_level(wanted: str, practice: Practice) -> str:
    """The level asked for where the practice has such an area, else the nation."""
    return wanted if wanted in CHOICES and area_of(practice, wanted) is not None else NATION


def area_of(practice: Practice, level: str) -> int | None:
    """The practice's area on a level, as AreaResult knows it; None without a cluster."""
    areas = {
        NATION: 0,
        AreaLevel.REGION.value: practice.region_id,
        AreaLevel.MUNICIPALITY.value: practice.municipality_id,
        AreaLevel.CLUSTER.value: practice.cluster_id,
        AreaLevel.SIMILAR.value: size_class(practice.clinicians),
    }
    return areas[level]


def comparison(practice: Practice, newest: Result, basis_id: int, level: str) -> Comparison:
    """The stored comparison of a level, and which levels have one; one query. The nation stands in the practice's own row."""
    areas = {key: area for key in CHOICES if key != NATION and (area := area_of(practice, key)) is not None}
    asked = Q(month_end=newest.month_end) | Q(level=level)
    mine = reduce(or_, (Q(level=key, area_id=area) for key, area in areas.items()))
    rows = AreaResult.objects.filter(
        asked, mine, release_id=basis_id, version_id=newest.version_id, profession=practice.profession, median__isnull=False
    )
    found: dict[str, dict[date, tuple[float, float | None, float | None]]] = {key: {} for key in areas}
    for row in rows:
        found[row.level][row.month_end] = (row.median, row.p10, row.p90)
    known = {NATION: newest.expected is not None, **{key: newest.month_end in months for key, months in found.items()}}
    choices = tuple((key, str(words), known[key]) for key, words in CHOICES.items() if key in known)
    if level == NATION:
        return Comparison(level, choices, wording.comparator_words(newest), not known[NATION])
    middle = Middle(level, found[level])
    expected = middle.of(newest.month_end)[0]
    if expected is None:
        return Comparison(level, choices, str(TOO_FEW), True, middle)
    value = wording.value_words(expected, newest.version, newest.n)
    words = text("uncertainty.comparator", comparator=str(MIDDLES[level]), expected=value)
    return Comparison(level, choices, words, False, middle)
