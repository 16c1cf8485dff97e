"""What a practice reads about its patients, and a region about its areas: stored rows in words, charts and tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import Q
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from datacapture.enums import AreaLevel
from datacapture.models import AreaResult, PopulationArea, PopulationResult, Release, Result
from datacapture.population.definitions import Disease, Found, asked
from datacapture.queries import wording
from datacapture.queries.leads import Leads, results_of
from datacapture.queries.pathway_words import DASH, Picture, fraction_words, share_of
from datacapture.queries.releases import Edition, edition, published
from datacapture.results.areas import size_class
from kip.charts import AgeRow, Pyramid, pyramid_svg
from kip.core.numbers import figure, integer, percent, percent_figure
from practices.models import Cluster, Municipality, Practice

MEN, WOMEN = 1, 2
MOST_SAME = 6
OLD_BAND = 7  # decades: from 70 on


@dataclass(frozen=True)
class Row:
    """One number in words, and where it leads.

    similar: the same number at similar practices, peers: how many of these stand behind it ("" where that is not stored);
    rest: the same number of the practice's other patients (only where groups are compared); leads: what the link says.
    """

    label: str
    value: str
    span: str
    fraction: str
    similar: str
    verdict: str
    word: str
    url: str
    leads: str
    peers: str = ""
    rest: str = ""

    @property
    def differs(self) -> bool:
        """The verdict is something else than "as expected" or "not compared"."""
        return self.verdict not in ("none", "expected", "as_expected", "few", "insufficient")


@dataclass(frozen=True)
class PopulationPage:
    """Five questions about the practice's patients. `size`: how many they are; `old`: where their ages lead."""

    edition: Edition | None
    size: str
    pyramid: Picture | None
    old: tuple[str, str]
    chronic: tuple[Row, ...]
    many: tuple[Row, ...]
    same: tuple[Row, ...]
    same_looked: int
    medicine: tuple[Row, ...]
    early: tuple[Row, ...]
    avoidable: tuple[Row, ...]


def population_page(practice: Practice) -> PopulationPage:
    """The practice's page from the newest published release: four queries."""
    release = published()
    rows = list(PopulationResult.objects.filter(release=release, practice=practice)) if release else []
    results = results_of(practice.pk, release, asked().measures()) if release else {}
    by_section: dict[str, dict[str, PopulationResult]] = {}
    for row in rows:
        by_section.setdefault(row.section, {})[row.key] = row
    people = by_section.get("people", {})
    found = by_section.get("early", {})
    questions, leads = asked(), Leads(results)
    similar = _similar(practice, release, results) if release and results else {}
    same = [row for row in by_section.get("same", {}).values() if row.key.partition("|")[0] in results]
    chronic = by_section.get("chronic", {})
    return PopulationPage(
        edition=edition(release),
        size=integer(next(iter(people.values())).n) if people else "",
        pyramid=_pyramid(people) if people else None,
        old=leads.to(questions.older, _("See who has had no fall assessment")),
        chronic=tuple(
            _share_row(chronic[item.id], _name(item), *leads.named(item.measure))
            for item in questions.diseases
            if item.id in chronic
        ),
        many=tuple(_many(by_section.get("many", {}), leads)),
        same=tuple(_same(same, leads)),
        same_looked=len(same),
        medicine=tuple(_measure(results[code], leads, similar) for code in questions.medicine if code in results),
        early=(
            *(
                _share_row(found[item.id], _name(item), *leads.named(item.measure))
                for item in questions.found
                if item.id in found
            ),
            *(_measure(results[code], leads, similar) for code in questions.early if code in results),
        ),
        avoidable=tuple(_avoidable(row, leads) for row in by_section.get("avoidable", {}).values()),
    )


def _similar(practice: Practice, release: Release, results: Mapping[str, Result]) -> dict[int, AreaResult]:
    """By version id: practices of the profession and about as many clinicians, after the disclosure gate."""
    rows = AreaResult.objects.filter(
        release=release, level=AreaLevel.SIMILAR, area_id=size_class(practice.clinicians), profession=practice.profession,
        month_end=release.month_end, version__in=[row.version_id for row in results.values()],
    )  # fmt: skip
    return {row.version_id: row for row in rows}


def _pyramid(people: Mapping[str, PopulationResult]) -> Picture:
    bands = [_age_row(people, band) for band in range(10)]
    old = [row for key, row in people.items() if int(key.partition("-")[2]) >= OLD_BAND]
    told = share_of("", sum(row.x for row in old), next(iter(people.values())).n)
    reading = _("%(fraction)s of your patients are 70 or older, %(interval)s.") % {
        "fraction": told.fraction if told else DASH,
        "interval": told.interval if told else DASH,
    }
    known = [row.similar for row in old if row.similar is not None]
    if known and len(known) == len(old):
        reading += " " + _("At similar practices: %(share)s.") % {"share": percent(sum(known))}
    chart = Pyramid(
        rows=tuple(bands), left_label=_("Women"), right_label=_("Men"), title=_("Age and sex"), reading=reading, tick=percent,
        other_label=_("Similar practices"), hidden_label=_("hidden"),
    )  # fmt: skip
    return Picture(
        title=_("Age and sex"),
        reading=reading,
        narrow=mark_safe(pyramid_svg(chart, "narrow", "pyramid-narrow")),  # noqa: S308  # built by kip.charts, escaped
        wide=mark_safe(pyramid_svg(chart, "wide", "pyramid-wide")),  # noqa: S308  # as above
        columns=(
            {"label": _("Age")},
            {"label": _("Women"), "numeric": True},
            {"label": _("Men"), "numeric": True},
            {"label": _("Women, similar practices"), "numeric": True},
            {"label": _("Men, similar practices"), "numeric": True},
        ),
        rows=tuple(
            (
                row.label,
                *(DASH if value is None else percent(value) for value in (row.left, row.right, row.left_other, row.right_other)),
            )
            for row in reversed(bands)
        ),
    )


def _age_row(people: Mapping[str, PopulationResult], band: int) -> AgeRow:
    women, men = people.get(f"{WOMEN}-{band}"), people.get(f"{MEN}-{band}")
    label = _("%(age)s and over") % {"age": 90} if band == 9 else f"{band * 10}–{band * 10 + 9}"
    return AgeRow(
        label,
        women.value if women else 0.0,
        men.value if men else 0.0,
        women.similar if women else None,
        men.similar if men else None,
    )


def verdict_words(verdict: str) -> str:
    """A verdict as the page says it."""
    return {
        "higher": _("more than expected"),
        "lower": _("fewer than expected"),
        "expected": _("as expected"),
        "few": _("too few patients to say"),
    }.get(verdict, _("not compared"))


def span_words(lower: float | None, upper: float | None, n: int) -> str:
    """ "70-87 %", or a dash."""
    if lower is None or upper is None:
        return DASH
    return f"{percent_figure(lower, n)}-{percent(upper, n)}"


def _told(value: float | None, n: int) -> str:
    return percent(value, n) if value is not None else DASH


def _share_row(row: PopulationResult, label: str, url: str, leads: str) -> Row:
    value = _told(row.value, row.n)
    span = span_words(row.lower, row.upper, row.n)
    return Row(
        label=label,
        value=value,
        span=span,
        fraction=_("%(x)s of %(n)s") % {"x": integer(row.x), "n": integer(row.n)},
        similar=_told(row.similar, row.n),
        verdict=row.verdict or "none",
        word=verdict_words(row.verdict),
        url=url,
        leads=leads,
    )


def _name(item: Disease | Found) -> str:
    return wording.chosen({"da": item.da, "en": item.en})


def _many(rows: Mapping[str, PopulationResult], leads: Leads) -> Sequence[Row]:
    """At least one, two and three chronic diseases."""
    labels = {
        "1": _("At least one chronic disease"),
        "2": _("At least two"),
        "3": _("Three or more"),
    }
    link = leads.to(asked().many_measure, _("See who takes many medicines"))
    return [_share_row(rows[key], label, *link) for key, label in labels.items() if key in rows]


def _avoidable(row: PopulationResult, leads: Leads) -> Row:
    per = asked().avoidable.per
    url, words = leads.to(asked().avoidable.measure, _("See whose admissions"))
    values = {"per": integer(per), "age": asked().avoidable.age}
    known = row.lower is not None and row.upper is not None
    return Row(
        label=_("Acute admissions that might have been avoided, patients of %(age)s or more") % values,
        value=_per(row.value, per),
        span=f"{figure(row.lower or 0, 'rate')}-{_per(row.upper, per)}" if known else DASH,
        fraction=_("%(x)s admissions among %(n)s patients") % {"x": integer(row.x), "n": integer(row.n)},
        similar=_per(row.similar, per),
        verdict=row.verdict or "none",
        word=verdict_words(row.verdict),
        url=url,
        leads=words,
    )


def _per(value: float | None, per: int) -> str:
    """ "54 per 1,000", or a dash."""
    if value is None:
        return DASH
    return _("%(value)s per %(per)s") % {"value": figure(value, "rate"), "per": integer(per)}


def _measure(row: Result, leads: Leads, similar: Mapping[int, AreaResult]) -> Row:
    """A stored result of the catalogue, with the words it has everywhere, beside the middle one of similar practices."""
    version, others = row.version, similar.get(row.version_id)
    median = others.median if others and not others.suppressed else None
    number = others.practices if others else 0
    peers = ngettext("%(n)s practice", "%(n)s practices", number) % {"n": integer(number)}
    url, words = leads.to(version.indicator.code)
    return Row(
        label=wording.chosen(version.texts["name"]),
        value=wording.value_words(row.value, version, row.n) or DASH,
        span=wording.span_words(row.lower, row.upper, version, row.n) or DASH,
        fraction=wording.fraction_words(row.x, row.n, version),
        similar=wording.value_words(median, version) or DASH,
        verdict=row.tier or "none",
        word=wording.tier_word(row.tier) if row.tier else verdict_words(""),
        url=url,
        leads=words,
        peers=peers if median is not None else "",
    )


def _same(rows: Sequence[PopulationResult], leads: Leads) -> Sequence[Row]:
    """The groups that clearly fare otherwise than the practice's other patients, the widest gap first."""
    clear = [(row, _rest(row, rows)) for row in rows if row.verdict in ("higher", "lower")]
    clear.sort(key=lambda item: (-abs((item[0].value or 0) - item[1][0] / max(item[1][1], 1)), item[0].key))
    found = []
    for row, (x, n) in clear[:MOST_SAME]:
        code, _bar, group = row.key.partition("|")
        label = f"{wording.chosen(leads.results[code].version.texts['name'])}: {group_words(group)}"
        told = _share_row(row, label, *leads.to(code))
        word = _("more than your other patients") if row.verdict == "higher" else _("fewer than your other patients")
        found.append(replace(told, word=word, rest=fraction_words(x, n) if n else DASH))
    return found


def _rest(row: PopulationResult, rows: Sequence[PopulationResult]) -> tuple[int, int]:
    """The other groups of the same measure and division together: of the practice's other patients so many, of how many."""
    code, _bar, group = row.key.partition("|")
    division = f"{code}|{group.partition('|')[0]}|"
    beside = [other for other in rows if other.key.startswith(division) and other.key != row.key]
    return sum(other.x for other in beside), sum(other.n for other in beside)


def group_words(group: str) -> str:
    """ "women", "65-74 years" or "the least deprived fifth"."""
    kind, _bar, number = group.partition("|")
    if kind == "sex":
        return _("women") if int(number) == WOMEN else _("men")
    if kind == "age":
        return (_("under 40"), _("40-64 years"), _("65-74 years"), _("75 years or more"))[int(number)]
    ends = {"1": _("least deprived fifth"), "5": _("most deprived fifth")}
    return ends.get(number) or _("fifth %(n)s of 5 by deprivation") % {"n": number}


@dataclass(frozen=True)
class AreaPage:
    """One question about a region's areas. choices: the questions; towns and clusters: a table each, the region and the
    country below, with area, patients, how many of them, and the value."""

    edition: Edition | None
    choices: tuple[tuple[str, str], ...]
    chosen: str
    title: str
    towns: tuple[tuple[str, ...], ...]
    clusters: tuple[tuple[str, ...], ...]


def area_page(region_id: int, wanted: str = "") -> AreaPage:
    """The region's areas in the newest published release, after the disclosure gate; those hidden wholly are left out.

    wanted: key of a question; an unknown one is the first. Four queries at most.
    """
    release = published()
    own = Q(region_id=region_id) | Q(region=None)
    rows = list(PopulationArea.objects.filter(own, release=release)) if release else []
    choices = _questions(rows)
    if not choices:
        return AreaPage(edition(release), (), "", "", (), ())
    chosen = wanted if wanted in dict(choices) else choices[0][0]
    shown = {(row.level, row.area_id): row for row in rows if row.key == chosen and row.n is not None}
    whole = [(_("The region together"), AreaLevel.REGION, region_id), (_("The whole country"), AreaLevel.NATION, 0)]
    below = [_area_line(name, shown[level, pk]) for name, level, pk in whole if (level, pk) in shown]
    tables = []
    for level, model in ((AreaLevel.MUNICIPALITY, Municipality), (AreaLevel.CLUSTER, Cluster)):
        known = [pk for kind, pk in shown if kind == level]
        places = model.objects.filter(pk__in=known).order_by("name").values_list("pk", "name")
        lines = [_area_line(name, shown[level, pk]) for pk, name in places]
        tables.append((*lines, *below) if lines else ())
    if not any(tables):
        tables[0] = tuple(below)
    return AreaPage(edition(release), tuple(choices), chosen, dict(choices)[chosen], *tables)


def _questions(rows: Sequence[PopulationArea]) -> list[tuple[str, str]]:
    """The questions that have rows, in the order of the file, with their names."""
    known = {row.key for row in rows}
    named = [(item.id, _name(item)) for item in asked().diseases]
    named += [("2", _("At least two")), ("admissions", _("Avoidable admissions per 1,000"))]
    return [(key, label) for key, label in named if key in known]


def _area_line(name: str, row: PopulationArea) -> tuple[str, ...]:
    value = DASH
    if row.value is not None:
        value = figure(row.value, "rate") if row.section == "avoidable" else percent(row.value, row.n)
    return name, integer(row.n or 0), DASH if row.x is None else integer(row.x), value
