"""R7: what every definition says, who checked it and when it is looked at again; and what a draft would change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import dateformat, timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from datacapture.engine.compiler import compile_run
from datacapture.engine.library import restore
from datacapture.engine.writing import definition_text
from datacapture.enums import AreaLevel, DraftState, ReleaseState
from datacapture.models import AreaResult, DefinitionDraft, IndicatorVersion
from datacapture.policies import may_check_definition, may_draft_definition
from datacapture.queries import wording
from datacapture.queries.charting import beside_label, beside_values, break_words
from datacapture.queries.definition_changes import Change, change_of
from datacapture.queries.one_measure import trust_words
from datacapture.queries.prose import Line, method_of
from datacapture.queries.versions import Told, told_of
from kip.charts import Series, trend_svg
from kip.core.numbers import danish, long_date, month, unbroken
from practices.acting import Acting
from practices.enums import Profession

REVIEW_DAYS = 365  # until somebody has set a day
TRUST_TONES = {"verified": "solid", "part": "neutral", "draft": "muted"}


@dataclass(frozen=True)
class DefinitionRow:
    """One running definition in the list; next_review is a year after the version where nobody has set a day."""

    code: str
    title: str
    theme: str
    professions: str
    trust: str
    tone: str
    number: int
    author: str
    checker: str
    next_review: date
    overdue: bool
    draft: str


def short_trust(trust: str) -> str:
    """The trust in a word or two."""
    return {"verified": _("As in its source"), "part": _("Partly as in its source"), "draft": _("Own proposal")}[trust]


def review_day(version: IndicatorVersion) -> date:
    """When the definition must be looked at again."""
    return version.next_review or timezone.localdate(version.published_at) + timedelta(days=REVIEW_DAYS)


def definition_rows(acts: Acting | None, profession: str = "") -> list[DefinitionRow]:
    """The running definitions by theme and code; one query, two for those who see drafts."""
    running = IndicatorVersion.objects.filter(retired_at=None).select_related("indicator")
    if profession in Profession.values:
        running = running.filter(indicator__professions__contains=[profession])
    states = _open_drafts(acts)
    rows = [_row(version, states.get(version.indicator_id, "")) for version in running]
    return sorted(rows, key=lambda row: (row.theme, row.code))


def sees_drafts(acts: Acting | None) -> bool:
    """Whoever writes or checks them."""
    return acts is not None and (may_draft_definition(acts.role) or may_check_definition(acts.role))


def _open_drafts(acts: Acting | None) -> dict[int, str]:
    if not sees_drafts(acts):
        return {}
    found = DefinitionDraft.objects.filter(state__in=(DraftState.DRAFT, DraftState.APPROVED))
    return {pk: str(DraftState(state).label) for pk, state in found.values_list("indicator_id", "state")}


def _row(version: IndicatorVersion, draft: str) -> DefinitionRow:
    day = review_day(version)
    return DefinitionRow(
        code=version.indicator.code,
        title=wording.chosen(version.texts["name"]),
        theme=wording.chosen(version.texts["theme"]),
        professions=", ".join(str(Profession(item).label) for item in version.indicator.professions),
        trust=short_trust(version.trust),
        tone=TRUST_TONES[version.trust],
        number=version.number,
        author=version.author,
        checker=version.checker,
        next_review=day,
        overdue=day < timezone.localdate(),
        draft=draft,
    )


@dataclass(frozen=True)
class VersionLine:
    """One version in the change log, with what it changed."""

    number: int
    version: IndicatorVersion
    author: str
    note: str
    change: Change


@dataclass(frozen=True)
class Pair:
    """The chart of the country's figure over the change of definition."""

    title: str
    reading: str
    direction: str
    narrow: SafeString
    wide: SafeString
    columns: tuple[dict[str, Any], ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class DefinitionPage:
    """One definition. sql: the statements of a run, for those who want to see them; draft: the open one's id, 0 = none."""

    row: DefinitionRow
    version: IndicatorVersion
    why: str
    numerator: str
    denominator: str
    trust: str
    prose: tuple[Line, ...]
    other_prose: tuple[Line, ...]
    other_language: str
    source_text: str
    sql: str
    log: tuple[VersionLine, ...]
    chart: Pair | None
    coming: "Coming | None"
    draft: int
    may_draft: bool


@dataclass(frozen=True)
class Coming:
    """A draft that is approved, or waits for somebody, in words; note: what its author says is changed."""

    words: str
    note: str


def definition_page(acts: Acting | None, code: str) -> DefinitionPage | None:
    """The page of an indicator's newest version; five queries."""
    versions = list(IndicatorVersion.objects.filter(indicator__code=code).select_related("indicator").order_by("-number"))
    if not versions:
        return None
    version = versions[0]
    other = "en" if danish() else "da"
    states = (DraftState.DRAFT, DraftState.APPROVED) if sees_drafts(acts) else (DraftState.APPROVED,)
    coming = DefinitionDraft.objects.filter(indicator=version.indicator, state__in=states).first()
    draft = coming.pk if coming and sees_drafts(acts) else 0
    return DefinitionPage(
        row=_row(version, ""),
        version=version,
        why=wording.said(version.texts, "why"),
        numerator=wording.said(version.texts, "numerator"),
        denominator=wording.said(version.texts, "denominator"),
        trust=trust_words(version.trust),
        prose=method_of(version),
        other_prose=method_of(version, other),
        other_language=other,
        source_text=definition_text(version.definition["indicator"]),
        sql=sql_of(version),
        log=_log(versions),
        chart=country_chart(versions),
        coming=_coming(coming, version.number + 1) if coming else None,
        draft=draft,
        may_draft=acts is not None and may_draft_definition(acts.role) and not draft and version.retired_at is None,
    )


def _coming(draft: DefinitionDraft, number: int) -> Coming:
    if draft.state == DraftState.APPROVED and draft.reviewed_on:
        said = _("Version %(n)s is approved by %(name)s on %(day)s. It runs from the next release on.") % {
            "n": number, "name": draft.checker_name, "day": long_date(draft.reviewed_on),
        }  # fmt: skip
    elif draft.tested:
        said = _("A draft by %(name)s has been tried on the data and waits for another person's approval.")
        said %= {"name": draft.author_name}
    else:
        said = _("A draft by %(name)s is being written.") % {"name": draft.author_name}
    return Coming(said, draft.note)


def sql_of(version: IndicatorVersion) -> str:
    """The statements of a run of this version alone; "" where the stored definition is no longer understood."""
    try:
        plan = compile_run(restore(version.definition), [version.indicator.code])
    except (KeyError, ValueError):
        return ""
    steps = [(step.name, step.sql) for step in plan.setup]
    for item in plan.indicators.values():
        steps += [(f"{item.code}: cases", item.cases.sql), (f"{item.code}: counts", item.counts_sql)]
    return "\n\n".join(f"-- {name}\n{sql};" for name, sql in steps)


def _log(versions: Sequence[IndicatorVersion]) -> tuple[VersionLine, ...]:
    found = []
    for version, former in zip(versions, [*versions[1:], None], strict=True):
        change = change_of(former, version) if former else Change((), ())
        found.append(VersionLine(version.number, version, version.author, version.note, change))
    return tuple(found)


def country_chart(versions: Sequence[IndicatorVersion]) -> Pair | None:
    """The country's figure by the newest version, and before its first own month by the one before, with a break between.

    Read from published releases: each month as the newest release that holds it said it. None below two months.
    """
    wanted = {version.pk: version for version in versions[:2]}
    rows = AreaResult.objects.filter(
        version__in=wanted, level=AreaLevel.NATION, release__state=ReleaseState.PUBLISHED, release__practice=None,
        profession=versions[0].indicator.professions[0],
    ).order_by("release__month_end", "release__revision", "month_end")  # fmt: skip
    said: dict[tuple[int, date], AreaResult] = {}
    for row in rows:
        row.version = wanted[row.version_id]
        said[row.version_id, row.month_end] = row
    told = told_of(said.values())
    return _drawn(told) if sum(row.value is not None for row in told.curve) > 1 else None


def _drawn(told: Told[AreaResult]) -> Pair:
    version = told.curve[-1].version
    name = wording.chosen(version.texts["name"])
    last = next(row for row in reversed(told.curve) if row.value is not None)
    value = wording.value_words(last.value, last.version, last.n)
    reading = _("%(name)s in the whole country: %(value)s.") % {"name": name, "value": value}
    series = Series(
        labels=tuple(dateformat.format(row.month_end, "M Y") for row in told.curve),
        values=tuple(row.value for row in told.curve),
        title=name, reading=" ".join(filter(None, (reading, *break_words(told)))),
        direction=wording.direction_words(version), tick=wording.tick_of(version), unit=wording.axis_of(version),
        breaks=told.breaks, beside=beside_values(told), beside_label=beside_label(told),
        own_label=_("The country: %(value)s") % {"value": unbroken(value)},
    )  # fmt: skip
    columns = ({"label": _("12 months to the end of")}, {"label": _("Value"), "numeric": True}, {"label": _("Version")})
    rows = tuple(
        (month(row.month_end), wording.value_words(row.value, row.version, row.n), str(row.version.number))
        for row in reversed(told.both)
    )
    drawn = (mark_safe(trend_svg(series, width, f"country-{width}")) for width in ("narrow", "wide"))  # noqa: S308  (kip.charts escapes)
    return Pair(_("The country over time"), series.reading, series.direction, *drawn, columns, rows)
