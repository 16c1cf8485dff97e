"""R7: the list of releases, and one release with its checks, its approvals and what it changes. Four queries at most."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from datacapture.enums import ReleaseKind, ReleaseState
from datacapture.models import IndicatorVersion, Release, ReleaseApproval
from datacapture.policies import APPROVERS, may_approve_release, may_prepare_release
from datacapture.queries.releases import release_name
from datacapture.queries.wording import chosen
from kip.core.numbers import decimal, integer
from practices.acting import Acting
from practices.enums import Role
from practices.models import Region

TONES = {
    ReleaseState.COUNTING: "neutral",
    ReleaseState.STOPPED: "concern",
    ReleaseState.PREPARED: "neutral",
    ReleaseState.CHECKED: "neutral",
    ReleaseState.APPROVED: "accent",
    ReleaseState.PUBLISHED: "solid",
    ReleaseState.SUPERSEDED: "muted",
    ReleaseState.WITHDRAWN: "muted",
}
ANALYST_STEPS = {
    ReleaseState.COUNTING: ("stop", "withdraw"),
    ReleaseState.STOPPED: ("resume", "withdraw"),
    ReleaseState.PREPARED: ("check", "withdraw"),
    ReleaseState.CHECKED: ("withdraw",),
    ReleaseState.APPROVED: ("publish", "withdraw"),
    ReleaseState.PUBLISHED: ("correct",),
}


@dataclass(frozen=True)
class ReleaseRow:
    """One release in the list."""

    release: Release
    name: str
    state: str
    tone: str


def release_rows() -> list[ReleaseRow]:
    """Every quarter's releases, the newest first; one query."""
    found = Release.objects.filter(kind=ReleaseKind.QUARTER).defer("checks", "seconds")
    return [_row(release) for release in found.order_by("-month_end", "-revision", "-created_at")]


def _row(release: Release) -> ReleaseRow:
    return ReleaseRow(release, release_name(release), str(ReleaseState(release.state).label), TONES[ReleaseState(release.state)])


@dataclass(frozen=True)
class CheckLine:
    """One automatic check: state passed, notice or failed, with its sentence."""

    state: str
    word: str
    tone: str
    sentence: str


@dataclass(frozen=True)
class ChangeLine:
    """How many clear signals are new and gone for a measure."""

    code: str
    title: str
    new: int
    gone: int


@dataclass(frozen=True)
class ApprovalLine:
    name: str
    role: str
    at: date


@dataclass(frozen=True)
class ReleasePage:
    """One release. done and total: regions counted; missing: approvals still to come; steps: what the reader may do now."""

    row: ReleaseRow
    counting: bool
    done: int
    total: int
    checks: tuple[CheckLine, ...]
    failed: bool
    compared_with: str
    changes: tuple[ChangeLine, ...]
    approvals: tuple[ApprovalLine, ...]
    missing: int
    steps: tuple[str, ...]
    supersedes: str


def release_page(acts: Acting, pk: int) -> ReleasePage | None:
    """The page of a quarter's release, or None."""
    release = Release.objects.filter(kind=ReleaseKind.QUARTER, pk=pk).select_related("supersedes").first()
    if release is None:
        return None
    approvals = list(release.approvals.all())
    changed: Mapping[str, Any] = next((item for item in release.checks if item["key"] == "changed"), {})
    shown = [item for item in release.checks if item["key"] != "changed"]
    return ReleasePage(
        row=_row(release),
        counting=release.state == ReleaseState.COUNTING,
        done=len(release.seconds.get("regions", {})),
        total=Region.objects.count(),
        checks=tuple(_check(item) for item in shown),
        failed=any(item["state"] == "failed" for item in shown),
        compared_with=str(changed.get("former", "")),
        changes=_changes(changed.get("rows", [])),
        approvals=tuple(
            ApprovalLine(item.name, str(Role(item.role).label), timezone.localtime(item.at).date()) for item in approvals
        ),
        missing=max(APPROVERS - len(approvals), 0),
        steps=steps_of(acts, release, approvals),
        supersedes=release_name(release.supersedes) if release.supersedes else "",
    )


def steps_of(acts: Acting, release: Release, approvals: list[ReleaseApproval]) -> tuple[str, ...]:
    """What the person may do with the release in its state; nobody approves twice."""
    state = ReleaseState(release.state)
    if may_prepare_release(acts.role):
        steps = ANALYST_STEPS.get(state, ())
        failed = any(item["state"] == "failed" for item in release.checks)
        return tuple(step for step in steps if step != "check" or not failed)
    mine = any(item.user_id == acts.scope.user_id for item in approvals)
    return ("approve",) if state == ReleaseState.CHECKED and may_approve_release(acts.role) and not mine else ()


def _changes(rows: list[tuple[str, int, int]]) -> tuple[ChangeLine, ...]:
    if not rows:
        return ()
    versions = IndicatorVersion.objects.filter(retired_at=None, indicator__code__in=[row[0] for row in rows])
    titles = {item.indicator.code: chosen(item.texts["name"]) for item in versions.select_related("indicator")}
    return tuple(ChangeLine(code, titles.get(code, code), new, gone) for code, new, gone in rows)


def _check(item: Mapping[str, Any]) -> CheckLine:
    words = {"passed": (_("In order"), "neutral"), "notice": (_("Read this"), "accent"), "failed": (_("Failed"), "concern")}
    word, tone = words[item["state"]]
    return CheckLine(item["state"], word, tone, SENTENCES[item["key"]](item))


def _regions(item: Mapping[str, Any]) -> str:
    if not item["missing"]:
        return _("All regions are counted.")
    return _("These regions are not counted: %(names)s.") % {"names": ", ".join(item["missing"])}


def _adds_up(item: Mapping[str, Any]) -> str:
    if not item["wrong"]:
        return _("The practices' figures add up to the counts for every measure and month.")
    words = ngettext(
        "%(n)s total does not agree with the counts behind it.", "%(n)s totals do not agree with the counts behind them.",
        item["wrong"],
    )  # fmt: skip
    return words % {"n": integer(item["wrong"])}


def _versions(item: Mapping[str, Any]) -> str:
    if not item["codes"]:
        words = ngettext("The %(n)s running measure has figures.", "All %(n)s running measures have figures.", item["total"])
        return words % {"n": integer(item["total"])}
    return _("These measures have no figures at all: %(codes)s.") % {"codes": ", ".join(item["codes"])}


def _coverage(item: Mapping[str, Any]) -> str:
    numbers = {"with": integer(item["figures"]), "all": integer(item["practices"])}
    first = _("%(with)s of %(all)s enrolled practices have figures.") % numbers
    if item["before"] is None:
        return first
    return f"{first} " + _("In the release before it was %(n)s.") % {"n": integer(item["before"])}


def _emptied(item: Mapping[str, Any]) -> str:
    if not item["practices"]:
        return _("No practice has lost all its figures since the release before.")
    words = ngettext(
        "%(n)s practice had figures in the release before and has none now: %(names)s.",
        "%(n)s practices had figures in the release before and have none now, among them %(names)s.",
        item["practices"],
    )
    return words % {"n": integer(item["practices"]), "names": ", ".join(item["names"])}


def _thin(item: Mapping[str, Any]) -> str:
    if not item["practices"]:
        return _("No practice has a month with so little data that its figures cannot be compared.")
    words = ngettext(
        "%(n)s practice has months with so little data that its newest figures are not compared: %(names)s.",
        "%(n)s practices have months with so little data that their newest figures are not compared, among them %(names)s.",
        item["practices"],
    )
    return words % {"n": integer(item["practices"]), "names": ", ".join(item["names"])}


def _unknown(item: Mapping[str, Any]) -> str:
    if not item["codes"]:
        return _("The share of patients who cannot be judged has not risen markedly for any measure.")
    codes = ", ".join(item["codes"])
    return _("The share of patients who cannot be judged has risen by more than 10 percentage points for %(codes)s.") % {
        "codes": codes
    }


def _signals(item: Mapping[str, Any]) -> str:
    numbers = {
        "signals": integer(item["signals"]),
        "tests": integer(item["tests"]),
        "expected": decimal(item["expected"], 1),
    }
    first = _("There are %(signals)s clear signals in %(tests)s comparisons; up to %(expected)s of them may be chance.") % numbers
    if item["before"] is None:
        return first
    return f"{first} " + _("In the release before it was %(n)s.") % {"n": integer(item["before"])}


SENTENCES = {
    "regions": _regions,
    "adds_up": _adds_up,
    "versions": _versions,
    "coverage": _coverage,
    "emptied": _emptied,
    "thin": _thin,
    "unknown": _unknown,
    "signals": _signals,
}
