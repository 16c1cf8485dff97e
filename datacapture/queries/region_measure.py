"""R3: one measure across a region: its practices in a funnel, its course, its clusters and its groups of patients."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from datacapture.enums import AreaLevel, CellState
from datacapture.models import AreaResult, GroupResult, IndicatorVersion, Inequality, PracticeCell, RegionStanding, Release
from datacapture.queries import wording
from datacapture.queries.charting import plain_number
from datacapture.queries.region import region_practices_of
from datacapture.queries.region_funnel import Practices, practices_of
from datacapture.queries.region_groups import Division, divisions
from datacapture.queries.region_overview import Fact, hidden_words, spread_words
from datacapture.queries.region_pictures import Picture, cluster_picture, span, target_label, trend_picture
from datacapture.queries.releases import Edition, edition, published, release_name
from kip.core.numbers import integer
from practices.enums import Profession
from practices.models import Cluster, Region

TABS = {
    "practices": gettext_lazy("Practices"),
    "time": gettext_lazy("Time and clusters"),
    "groups": gettext_lazy("Equity"),
}
HEAD = ("indicator", "release", "month_end", "level", "area", "practices", "n", "value", "lower", "upper", "state", "group")
Cells = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class RegionMeasure:
    """A measure of one profession in a region. verdict: what stands out, in one sentence."""

    edition: Edition | None
    code: str
    title: str
    direction_words: str
    profession: str
    professions: tuple[tuple[str, str], ...]
    tab: str
    tabs: tuple[tuple[str, str], ...]
    verdict: str
    facts: tuple[Fact, ...]
    practices: Practices
    trend: Picture | None
    clusters: Picture | None
    one_cluster: bool
    groups: tuple[Division, ...]
    cells: Cells
    practices_url: str


@dataclass(frozen=True)
class Stored:
    """The stored rows of a measure and profession that a region may read. changed: a former version is counted as well."""

    areas: Sequence[AreaResult]
    cells: Sequence[tuple[str, PracticeCell]]
    standing: RegionStanding | None
    groups: Sequence[GroupResult]
    slopes: Sequence[Inequality]
    clusters: Mapping[int, str]
    changed: bool = False


def region_measure(region: Region, code: str, limit: str, asked: Mapping[str, str]) -> RegionMeasure | None:
    """The page; None when no such measure runs for the professions that the reader may see. Nine queries.

    limit: the reader's only profession, or "" for all; asked: the address's choices, everything unknown is the usual.
    """
    version = IndicatorVersion.objects.filter(indicator__code=code, retired_at=None).select_related("indicator").first()
    allowed = [item for item in version.indicator.professions if limit in ("", item)] if version else []
    if version is None or not allowed:
        return None
    profession = asked.get("profession", "") if asked.get("profession") in allowed else allowed[0]
    release = published()
    stored = _stored(release, version, region, profession) if release else Stored([], [], None, [], [], {})
    own = [row for row in stored.areas if row.level == AreaLevel.REGION]
    nation = [row for row in stored.areas if row.level == AreaLevel.NATION]
    clusters = sorted((stored.clusters[row.area_id], row) for row in stored.areas if row.level == AreaLevel.CLUSTER)
    last = own[-1] if own else None
    name = wording.chosen(version.texts["name"])
    # A gap is a difference between groups, and a practice's own one is for the practice alone.
    tabs = ("groups", "time") if version.indicator.type == wording.GAP else tuple(TABS)
    return RegionMeasure(
        edition=edition(release),
        code=code,
        title=name,
        direction_words=wording.direction_words(version),
        profession=profession,
        professions=tuple((item, str(Profession(item).label)) for item in allowed),
        tab=asked.get("tab", "") if asked.get("tab") in tabs else tabs[0],
        tabs=tuple((tab, str(TABS[tab])) for tab in tabs),
        verdict=_verdict(stored.standing, version),
        facts=tuple(_facts(last, nation, version)),
        practices=practices_of(version, stored.standing, stored.cells, nation, asked),
        trend=trend_picture(own, nation, version, stored.changed),
        clusters=cluster_picture(clusters, nation, version),
        one_cluster=len(clusters) == 1,
        groups=divisions(version, stored.groups, stored.slopes, last.value if last else None),
        cells=(HEAD, *_file_rows(code, release, own, clusters, stored, nation)) if release else (HEAD,),
        practices_url=_practices_url(version),
    )


def _practices_url(version: IndicatorVersion) -> str:
    """The list of practices; a gap has none, as it is shown to the practice alone."""
    code = version.indicator.code
    return "" if version.indicator.type == wording.GAP else f"{reverse('datacapture:region_practices')}?measure={code}"


def _stored(release: Release, version: IndicatorVersion, region: Region, profession: str) -> Stored:
    """Every row of the page, each table once."""
    same = {"release": release, "version": version, "profession": profession}
    names = dict(Cluster.objects.filter(region=region, profession=profession).values_list("pk", "name"))
    levels = (AreaLevel.REGION, AreaLevel.NATION, AreaLevel.CLUSTER)
    # By a former version there are the country's rows alone.
    every = {"release": release, "version__indicator_id": version.indicator_id, "profession": profession}
    areas = list(AreaResult.objects.filter(**every, level__in=levels).order_by("month_end"))
    practices = dict(region_practices_of(region.pk, profession).values_list("pk", "name"))
    cells = [
        (practices[cell.practice_id], cell)
        for cell in PracticeCell.objects.filter(**same, region=region)
        if cell.practice_id in practices
    ]
    mine = {AreaLevel.REGION: {region.pk}, AreaLevel.NATION: {0}, AreaLevel.CLUSTER: set(names)}
    return Stored(
        areas=[row for row in areas if row.version_id == version.pk and row.area_id in mine[AreaLevel(row.level)]],
        cells=sorted(cells, key=lambda item: (item[0], item[1].practice_id)),
        standing=RegionStanding.objects.filter(**same, region=region).first(),
        groups=[row for row in GroupResult.objects.filter(**same) if row.area_id in mine[AreaLevel(row.level)]],
        slopes=[row for row in Inequality.objects.filter(**same) if row.area_id in mine[AreaLevel(row.level)]],
        clusters=names,
        changed=any(row.version_id != version.pk for row in areas),
    )


def _verdict(standing: RegionStanding | None, version: IndicatorVersion) -> str:
    """How many practices stand out, those to talk about and strengths apart."""
    if standing is None or version.indicator.type == wording.GAP:
        return ""
    if not standing.tests:
        return _("No practice has enough patients to be judged.")
    judged = ngettext("%(n)s practice is judged.", "%(n)s practices are judged.", standing.tests) % {"n": integer(standing.tests)}
    if standing.neutral:
        words = ngettext("%(n)s clearly differs.", "%(n)s clearly differ.", standing.neutral) % {"n": integer(standing.neutral)}
        return f"{judged} {words}"
    if not standing.concerns and not standing.strengths:
        return f"{judged} " + _("None of them has a clear signal.")
    parts = (
        ngettext("%(n)s has a clear signal to talk about.", "%(n)s have a clear signal to talk about.", standing.concerns)
        % {"n": integer(standing.concerns)} if standing.concerns else "",
        ngettext("%(n)s has a clear strength.", "%(n)s have a clear strength.", standing.strengths)
        % {"n": integer(standing.strengths)} if standing.strengths else "",
    )  # fmt: skip
    return " ".join((judged, *(part for part in parts if part)))


def _facts(last: AreaResult | None, nation: Sequence[AreaResult], version: IndicatorVersion) -> Iterable[Fact]:
    """The region's figure with its interval, and what it is held against; what is unknown gets no tile."""
    own = wording.value_words(last.value, version) if last else ""
    if last is None or not own:
        why = hidden_words(last.value, last.n, last.suppressed) if last else hidden_words(None, None, False)
        yield Fact(_("The region together"), why, hidden=True)
    else:
        between = span(last, version)
        yield _fact(_("The region together"), own, _("probably between %(span)s") % {"span": between} if between else "")
    middle = wording.value_words(nation[-1].median, version) if nation else ""
    if middle:
        yield _fact(_("Middle practice in the country"), middle)
    target = target_label(version)
    if target:
        yield _fact(_("Target"), wording.value_words(wording.target_of(version), version))
    spread = spread_words(last.p10, last.p90, version) if last else ""
    if spread:
        yield _fact(_("8 of 10 practices in the region"), spread)
    if last is not None:
        size = _("%(n)s patients (rounded)") % {"n": integer(last.n)} if last.n else ""
        yield Fact(_("Practices"), integer(last.practices), note=size)


def _fact(label: str, words: str, note: str = "") -> Fact:
    """The unit stands in small type beside its number: "352" and "per 1,000"."""
    number, _space, unit = words.partition(" ") if words.count(" ") < 3 else (words, "", "")
    return Fact(label, number, unit, note)


def _file_rows(
    code: str,
    release: Release,
    own: Sequence[AreaResult],
    clusters: Sequence[tuple[str, AreaResult]],
    stored: Stored,
    nation: Sequence[AreaResult],
) -> Iterable[tuple[str, ...]]:
    """The totals of the page as cells of a file, newest first; a hidden number is an empty cell with its state. Practices by
    name are on the page only: a file of them would leave the portal unlogged."""
    lead = (code, release_name(release))
    for level, rows in (("region", own), ("nation", nation)):
        for row in reversed(rows):
            yield _cell((*lead, row.month_end.isoformat(), level, ""), row)
    for name, row in clusters:
        yield _cell((*lead, row.month_end.isoformat(), "cluster", name), row)
    for group in stored.groups:
        level = "nation" if group.level == AreaLevel.NATION else "region"
        yield _cell((*lead, release.month_end.isoformat(), level, ""), group, f"{group.axis} {group.part}")


def _cell(lead: tuple[str, ...], row: AreaResult | GroupResult, group: str = "") -> tuple[str, ...]:
    size = "" if row.n is None else str(row.n)
    state = CellState.SUPPRESSED if row.suppressed else CellState.NO_DATA if not row.n else CellState.SHOWN
    if state == CellState.SHOWN and row.value is None:
        state = CellState.TOO_FEW
    practices = "" if row.suppressed and group else str(row.practices)
    numbers = (plain_number(value) for value in (row.value, row.lower, row.upper))
    return (*lead, practices, size, *numbers, str(state), group)
