"""R7: a draft with what it would change and what its test run found."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from datacapture.enums import DraftState, IndicatorType
from datacapture.models import DefinitionDraft
from datacapture.policies import may_check_definition, may_draft_definition
from datacapture.queries import wording
from datacapture.queries.definition_changes import Change, draft_change
from kip.core.numbers import danish, figure, integer, month, percent
from practices.acting import Acting

DRAFT_TONES = {
    DraftState.DRAFT: "neutral", DraftState.APPROVED: "accent", DraftState.PUBLISHED: "solid",
    DraftState.RETIRED: "muted", DraftState.DROPPED: "muted",
}  # fmt: skip


@dataclass(frozen=True)
class TriedRow:
    """One area of a test run in words; moved: how many cases changed bin."""

    name: str
    old: str
    old_n: str
    new: str
    new_n: str
    moved: str


@dataclass(frozen=True)
class Tried:
    """A test run as the page shows it."""

    month_end: date
    rows: tuple[TriedRow, ...]
    flows: tuple[tuple[str, str, str], ...]
    months: tuple[tuple[str, str, str], ...]
    failed: str = ""


def tried_of(draft: DefinitionDraft) -> Tried | None:
    """The draft's test run in words, or None before there is one."""
    test = draft.test
    if not test:
        return None
    if test.get("failed"):
        return Tried(timezone.localdate(), (), (), (), test["failed"])
    kind = draft.definition.get("type", IndicatorType.PROPORTION)
    words = _value_words(draft, str(kind))
    total = {"da": _("All regions"), "en": _("All regions"), **test["total"]}
    bins = bin_words()
    return Tried(
        month_end=date.fromisoformat(test["month_end"]),
        rows=tuple(_tried_row(item, words) for item in (*test["regions"], total)),
        flows=tuple((bins[old], bins[new], _hidden(number)) for old, new, number in test["moved"]),
        months=tuple(
            (month(date.fromisoformat(item["month_end"])), words(item["old"]), words(item["new"]))
            for item in reversed(test["months"])
        ),
    )  # fmt: skip


def bin_words() -> dict[str, str]:
    """The five bins and "" in the reader's words."""
    return {
        "numerator": _("counted as met"), "denominator_only": _("not met"), "excluded": _("left out by definition"),
        "unknown": _("information missing"), "exception": _("left out with a reason"), "": _("not looked at"),
    }  # fmt: skip


def _value_words(draft: DefinitionDraft, kind: str) -> Any:
    """A test value in words: a share, or a rate per so many."""
    per = draft.definition.get("per") or 1

    def words(value: float | None) -> str:
        if value is None:
            return _("hidden or not a share")
        if kind == "rate":
            return _("%(value)s per %(per)s") % {"value": figure(value, "rate"), "per": integer(per)}
        return percent(value)

    return words


def _hidden(number: int | None) -> str:
    return integer(number) if number is not None else _("hidden")


def _tried_row(item: Mapping[str, Any], words: Any) -> TriedRow:
    old, new = item["old"], item["new"]
    return TriedRow(
        wording.chosen({"da": item["da"], "en": item["en"]}), words(old["value"]), _hidden(old["n"]),
        words(new["value"]), _hidden(new["n"]), _hidden(item["moved"]),
    )  # fmt: skip


@dataclass(frozen=True)
class DraftPage:
    """A draft with what it would change. steps: what the reader may do with it now, of edit, test, approve and drop."""

    draft: DefinitionDraft
    title: str
    state: str
    tone: str
    change: Change
    prose: tuple[str, ...]
    tried: Tried | None
    running: bool
    steps: tuple[str, ...]


def draft_page(acts: Acting, draft: DefinitionDraft, prose: Iterable[str]) -> DraftPage:
    """The page of a draft; prose: its explanation in the reader's language."""
    lines = tuple(prose)
    return DraftPage(
        draft=draft,
        title=str(draft.definition.get("da" if danish() else "en", draft.indicator.code)),
        state=str(DraftState(draft.state).label),
        tone=DRAFT_TONES[DraftState(draft.state)],
        change=draft_change(draft, lines),
        prose=lines,
        tried=tried_of(draft),
        running=draft.test_job is not None and draft.test is None,
        steps=steps_of(acts, draft),
    )


def steps_of(acts: Acting, draft: DefinitionDraft) -> tuple[str, ...]:
    """Nobody approves an own draft, and only the author changes the text."""
    mine, writes = draft.author_id == acts.scope.user_id, may_draft_definition(acts.role)
    steps = []
    if draft.state == DraftState.DRAFT:
        steps += ["edit"] if mine and writes else []
        steps += ["test"] if writes else []
        steps += ["approve"] if draft.tested and not mine and may_check_definition(acts.role) else []
    if draft.state in (DraftState.DRAFT, DraftState.APPROVED) and writes:
        steps.append("drop")
    return tuple(steps)
