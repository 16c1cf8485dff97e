"""R7: a draft with what it would change and what its test run found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from datacapture.actions.old_numbers import OldNumber, old_numbers
from datacapture.actions.trying import VALUED
from datacapture.engine.prose import Sentence
from datacapture.enums import DraftState, IndicatorType
from datacapture.models import DefinitionDraft
from datacapture.policies import may_check_definition, may_draft_definition
from datacapture.queries import wording
from datacapture.queries.definition_changes import Change, draft_change
from datacapture.queries.prose import Line, nested
from kip.core.numbers import danish, decimal, figure, integer, month, percent
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
    steps: tuple[tuple[str, str, str], ...] = ()
    failed: str = ""


def tried_of(draft: DefinitionDraft) -> Tried | None:
    """The draft's test run in words, or None before there is one."""
    test = draft.test
    if not test:
        return None
    if test.get("failed"):
        return Tried(timezone.localdate(), (), (), (), failed=_failure(test))
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
        steps=tuple(
            (wording.chosen(item), _seconds(item["seconds"]), _hidden(item["rows"])) for item in _slowest(test.get("steps", ()))
        ),
    )  # fmt: skip


def _failure(test: Mapping[str, Any]) -> str:
    """Why a test run did not come to its end."""
    slow = test.get("slow")
    if not slow:
        return _("The data are not ready to be counted. Ask whoever runs the installation.")
    words = {"seconds": integer(round(slow["seconds"])), "step": wording.chosen(slow)}
    return _("It was stopped after %(seconds)s seconds while it was working on this: %(step)s") % words


def _slowest(steps: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(steps, key=lambda item: -float(item["seconds"]))


def _seconds(value: float) -> str:
    return f"{decimal(value, 2)}\N{NO-BREAK SPACE}s"


def old_number_words(found: OldNumber) -> str:
    """Which text still names which number that the definition no longer holds."""
    names = {
        "da": _("The Danish name"), "en": _("The English name"),
        "why_da": _("“Why” in Danish"), "why_en": _("“Why” in English"),
        "numerator_da": _("The numerator in Danish"), "numerator_en": _("The numerator in English"),
        "denominator_da": _("The denominator in Danish"), "denominator_en": _("The denominator in English"),
        "verdict_noun_da": _("The words of the verdict in Danish"), "verdict_noun_en": _("The words of the verdict in English"),
        "list_reason_da": _("The reason on the list in Danish"), "list_reason_en": _("The reason on the list in English"),
        "actions": _("A proposal for what to do"),
    }  # fmt: skip
    place = names.get(found.field, found.field)
    return _("%(place)s still says %(number)s: “%(text)s”") % {"place": place, "number": found.number, "text": found.text}


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
            return _("hidden") if kind in VALUED else _("not a share")
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
    prose: tuple[Line, ...]
    tried: Tried | None
    running: bool
    steps: tuple[str, ...]
    old_numbers: tuple[str, ...]


def draft_page(acts: Acting, draft: DefinitionDraft, prose: Sequence[Sentence]) -> DraftPage:
    """The page of a draft; prose: its explanation in the reader's language."""
    return DraftPage(
        draft=draft,
        title=str(draft.definition.get("da" if danish() else "en", draft.indicator.code)),
        state=str(DraftState(draft.state).label),
        tone=DRAFT_TONES[DraftState(draft.state)],
        change=draft_change(draft, prose),
        prose=nested((Line(line.text), line.depth) for line in prose),
        tried=tried_of(draft),
        running=draft.test_job is not None and draft.test is None,
        steps=steps_of(acts, draft),
        old_numbers=tuple(old_number_words(item) for item in old_numbers(draft)),
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
