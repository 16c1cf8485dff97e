"""K3: everything about one measure of one practice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from datacapture.enums import ReleaseKind, Tier
from datacapture.models import ChartNote, IndicatorVersion, Result
from datacapture.queries import wording
from datacapture.queries.charting import Chart, trend_chart
from datacapture.queries.comparing import Comparison, chosen_level, comparison
from datacapture.queries.measure_table import when_words
from datacapture.queries.measures import Card, Course, card, results
from datacapture.queries.patients import progress_of
from datacapture.queries.prose import Line, method_of
from datacapture.queries.releases import Edition, edition, then_and_now
from datacapture.queries.shown import Shown
from datacapture.queries.versions import told_of
from kip.core.numbers import integer
from kip.core.texts import text
from practices.models import Practice

MOST_CHANGES = 2  # months told of; the file has them all


@dataclass(frozen=True)
class Action:
    """A proposal with its effort and kind in words."""

    text: str
    effort: str
    kind: str


@dataclass(frozen=True)
class VersionNote:
    """One published definition in the history."""

    number: int
    published_at: datetime
    retired_at: datetime | None


@dataclass(frozen=True)
class MeasurePage:
    """state: shown, too_few, no_data or not_applicable. facts: what the figure can and cannot tell. changed: then and now.

    adjusted: raw and adjusted figure with what the gap means. compared: whom the practice chose to compare with.
    when: when there will be enough patients, where there are too few.
    thin: which months' data are missing. flow: label and number of the five bins.
    """

    state: str
    edition: Edition | None
    code: str
    title: str
    version: IndicatorVersion
    card: Card | None
    chart: Chart | None
    why: str
    numerator: str
    denominator: str
    facts: tuple[str, ...]
    changed: tuple[str, ...]
    adjusted: str
    compared: Comparison | None
    when: str
    own_notes: tuple[ChartNote, ...]
    thin: str
    flow: tuple[tuple[str, str, str], ...]
    actions: tuple[Action, ...]
    control: str
    method: tuple[Line, ...]
    trust: str
    standards: tuple[str, ...]
    history: tuple[VersionNote, ...]
    patients: int
    patients_url: str

    @property
    def has_figure(self) -> bool:
        return self.state in ("shown", "too_few")


def versions_of(code: str, at: Shown) -> list[IndicatorVersion]:
    """Every version that an indicator ever had, newest first; none when there was never one."""
    found = [version for version in at.versions.values() if version.indicator.code == code]
    return sorted(found, key=lambda version: -version.number)


def measure_page(practice: Practice, code: str, today: date, at: Shown, level: str = "") -> MeasurePage | None:
    """The page, or None when no such indicator was ever published; four queries, six with a release of one's own.

    level: whom to compare with, a level of AreaResult; what is unknown or has no area is the nation.
    """
    release, versions = at.release, versions_of(code, at)
    if not versions:
        return None
    told = told_of(months_of(practice.pk, versions, release.pk) if release else [])
    rows = told.own
    version = rows[-1].version if rows else versions[0]
    newest = rows[-1] if rows and release and rows[-1].month_end == release.month_end else None
    progress = progress_of(practice.pk, [version], today) if newest and at.marked else {}
    course = Course([row.value for row in rows], [row.n for row in rows])
    shown = card(newest, {version.pk: course}, progress=progress, large=True, level=2) if newest else None
    own_notes = tuple(ChartNote.objects.filter(practice=practice, indicator=version.indicator))
    state = _state(practice, version, newest)
    basis_id = (release.basis_id or release.pk) if newest and release else None
    compared = comparison(practice, newest, basis_id, chosen_level(level, practice)) if newest and basis_id else None
    texts = version.texts
    return MeasurePage(
        state=state,
        edition=edition(release),
        code=code,
        title=wording.chosen(texts["name"]),
        version=version,
        card=shown,
        chart=trend_chart(told, notes=own_notes, compared=compared) if rows else None,
        why=wording.said(texts, "why"),
        numerator=wording.said(texts, "numerator"),
        denominator=wording.said(texts, "denominator"),
        facts=_facts(newest) if newest else (),
        changed=_changed(practice, newest) if newest and release and release.kind == ReleaseKind.OWN else (),
        adjusted=wording.gap_words(newest.value, newest.adjusted, version, newest.n) if newest and state == "shown" else "",
        compared=compared,
        when=when_words(newest, course.counts) if newest and state == "too_few" else "",
        own_notes=own_notes,
        thin=wording.thin_words(newest) if newest else "",
        flow=_flow(newest) if newest else (),
        actions=_actions(texts),
        control=wording.chosen(texts["control"]),
        method=method_of(version),
        trust=trust_words(version.trust),
        standards=tuple(texts["links"]["standards"]),
        history=tuple(VersionNote(item.number, item.published_at, item.retired_at) for item in versions),
        patients=listed_count(newest) if newest else 0,
        patients_url=reverse("datacapture:patients", args=[code]) if texts.get("patient_list") else "",
    )


def _actions(texts: Mapping[str, Any]) -> tuple[Action, ...]:
    return tuple(
        Action(wording.chosen(item), wording.chosen(item["effort"]), wording.chosen(item["kind"])) for item in texts["actions"]
    )


def months_of(practice_id: int, versions: Sequence[IndicatorVersion], release_id: int) -> Sequence[Result]:
    """All stored months of an indicator in a release, oldest first, by every version that it holds."""
    known = {version.pk: version for version in versions}
    rows = results("release_id = %s AND practice_id = %s AND version_id = ANY(%s)", [release_id, practice_id, list(known)])
    for row in rows:
        row.version = known[row.version_id]
    return sorted(rows, key=lambda row: (row.month_end, row.version.number))


def _state(practice: Practice, version: IndicatorVersion, newest: Result | None) -> str:
    if practice.profession not in version.indicator.professions or not wording.of_practices(version):
        return "not_applicable"
    if newest is None or newest.n == 0:
        return "no_data"
    return "too_few" if newest.tier == Tier.INSUFFICIENT else "shown"


def listed_count(row: Result) -> int:
    """How many stand on the patient list: those counted where lower is better, else those not met."""
    if not row.version.texts.get("patient_list"):
        return 0
    return row.x if row.version.indicator.direction == "lower" else row.n - row.x


def _changed(practice: Practice, newest: Result) -> tuple[str, ...]:
    """The newest months whose number a delivery has changed since a release first said it."""
    found = then_and_now(practice.pk, newest.version_id)[:MOST_CHANGES]
    for item in found:
        item.now.version = newest.version
    return tuple(wording.late_data_words(item.month_end, item.label, item.then, item.now) for item in found)


def _facts(row: Result) -> tuple[str, ...]:
    """What the number can and cannot tell."""
    found = [
        wording.mean_words(row),
        wording.open_words(row),
        wording.target_words(row),
        wording.reliability_words(row),
        wording.detectable_words(row),
    ]
    if row.unknown:
        found.append(text("uncertainty.unknown_count", n=row.unknown))
    if row.excluded:
        found.append(text("uncertainty.excluded_count", n=row.excluded))
    return tuple(note for note in found if note)


def _flow(row: Result) -> tuple[tuple[str, str, str], ...]:
    """The bins, adding up to everybody who was looked at; a gap has two groups and no such sum."""
    if row.version.indicator.type == wording.GAP:
        return ()
    bins = [
        *_counted(row),
        (_("Left out by definition"), _("not in the figure"), row.excluded),
        (_("Information missing"), _("not in the figure"), row.unknown),
    ]
    if row.exception:
        bins.append((_("Left out with a reason"), _("not in the figure"), row.exception))
    return tuple((label, place, integer(number)) for label, place, number in bins)


def _counted(row: Result) -> tuple[tuple[str, str, int], ...]:
    """The bins that are in the figure; a case of days is only there with its days."""
    if row.version.indicator.type == wording.DAYS:
        return (
            (_("With a first visit"), _("in the figure"), row.n),
            (_("Without a first visit yet"), _("not in the figure"), row.open_cases),
        )
    if wording.unit_of(row.version) == "events_per_patient":
        return ((_("Events counted"), _("in the numerator"), row.x), (_("Patients"), _("in the denominator"), row.n))
    return (
        (_("Counted as met"), _("in the numerator"), row.x),
        (_("Not met"), _("in the denominator only"), row.n - row.x),
    )


def trust_words(trust: str) -> str:
    """How far the definition has been checked against its source."""
    words = {
        "verified": _("Checked against the named source."),
        "part": _("Partly checked against the named source."),
        "draft": _("A proposal that has not been checked against a source yet."),
    }
    return words[trust]
