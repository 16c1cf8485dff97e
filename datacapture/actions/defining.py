"""A definition on its way in the portal: written, tried on real data, approved by another person, run by the worker.

Every step asks its policy and leaves one record in the audit trail. An approved draft becomes a version when the next
release is counted, so that no page loses its figures in between.
"""

import json
from datetime import date
from typing import Any
from uuid import uuid4

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from datacapture.actions.draft_texts import changeable, read_texts, texts_text
from datacapture.actions.library import Loaded, definition_hash, definitions, laid_over, publish, running_definitions
from datacapture.actions.old_numbers import OldNumber, old_numbers
from datacapture.engine.writing import definition_text, read_definition
from datacapture.enums import DraftState
from datacapture.models import DefinitionDraft, IndicatorVersion
from datacapture.policies import may_check_definition, may_draft_definition
from kip.core import audit, jobs
from practices.acting import Acting

TEST_JOB = "datacapture.test_definition"
MIN_N_RANGE = (10, 1000)


class NotNow(Exception):
    """The draft is not in a state for this step; str() is one English sentence."""


class OldNumbers(Exception):
    """Title or texts still name a number that is no longer in the definition, and nobody has said that they may."""

    def __init__(self, found: tuple[OldNumber, ...]) -> None:
        super().__init__(f"The texts still name {', '.join(sorted({item.number for item in found}))}.")
        self.found = found


@transaction.atomic
def begin(*, by: Acting, version: IndicatorVersion) -> DefinitionDraft:
    """A draft that says what the running version says. Raises NotNow when one is open already."""
    if by.scope.user_id is None or not may_draft_definition(by.role):
        raise PermissionDenied
    try:
        with transaction.atomic():
            draft = DefinitionDraft.objects.create(
                indicator=version.indicator, base=version, author_id=by.scope.user_id, author_name=by.person_name,
                definition_text=definition_text(version.definition["indicator"]), texts_text=texts_text(version.texts),
                definition=version.definition["indicator"], texts=changeable(version.texts), min_n=version.min_n,
            )  # fmt: skip
    except IntegrityError as error:
        raise NotNow(f"A draft of {version.indicator} is open already.") from error
    _record("definition_begun", draft)
    return draft


def read(code: str, definition: str, texts: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the two YAML texts say, checked. Raises DefinitionError with line and sentence; its file is the part's name."""
    indicator = read_definition(definition, definitions()[0], code)
    content = indicator.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return json.loads(json.dumps(content, default=list)), read_texts(texts, code)


@transaction.atomic
def save(
    *, by: Acting, draft: DefinitionDraft, definition: str, texts: str, min_n: int, note: str, keep_numbers: bool = False
) -> None:
    """Keep what the author wrote; a test run of an earlier text no longer counts.

    keep_numbers: the author has seen which old numbers the texts still name. Raises DefinitionError, NotNow, OldNumbers.
    """
    draft = _locked(draft, DraftState.DRAFT)
    if not may_draft_definition(by.role) or draft.author_id != by.scope.user_id:
        raise PermissionDenied
    draft.definition, draft.texts = read(draft.indicator.code, definition, texts)
    found = _seen(draft, keep_numbers)
    draft.definition_text, draft.texts_text, draft.min_n, draft.note = definition, texts, min_n, note
    draft.save()
    _record("definition_saved", draft, found)


@transaction.atomic
def order_test(*, by: Acting, draft: DefinitionDraft) -> None:
    """Ask a worker to count the draft beside the running version."""
    draft = _locked(draft, DraftState.DRAFT)
    if not may_draft_definition(by.role):
        raise PermissionDenied
    work = jobs.enqueue(TEST_JOB, scope=by.scope, key=f"{draft.pk}:{uuid4()}", draft_id=draft.pk)
    DefinitionDraft.objects.filter(pk=draft.pk).update(test_job=work.pk, test=None)
    _record("definition_tested", draft)


def _seen(draft: DefinitionDraft, seen: bool) -> tuple[OldNumber, ...]:
    found = old_numbers(draft)
    if found and not seen:
        raise OldNumbers(found)
    return found


@transaction.atomic
def approve(*, by: Acting, draft: DefinitionDraft, next_review: date, keep_numbers: bool = False) -> None:
    """Another person than the author lets the tried text run from the next release on.

    keep_numbers: this person too has seen which old numbers the texts still name. Raises NotNow, OldNumbers.
    """
    draft = _locked(draft, DraftState.DRAFT)
    if by.scope.user_id is None or by.scope.user_id == draft.author_id or not may_check_definition(by.role):
        raise PermissionDenied
    if not draft.tested:
        raise NotNow("The text of the draft has not been tried on data.")
    found = _seen(draft, keep_numbers)
    draft.checker_id, draft.checker_name = by.scope.user_id, by.person_name
    draft.reviewed_on, draft.next_review = timezone.localdate(), next_review
    draft.state = DraftState.APPROVED
    draft.save()
    _record("definition_approved", draft, found)


@transaction.atomic
def drop(*, by: Acting, draft: DefinitionDraft) -> None:
    """Give up a draft that does not run yet."""
    draft = _locked(draft, DraftState.DRAFT, DraftState.APPROVED)
    if not may_draft_definition(by.role):
        raise PermissionDenied
    draft.state = DraftState.DROPPED
    draft.save()
    _record("definition_dropped", draft)


@transaction.atomic
def apply_approved() -> Loaded:
    """Make approved drafts the running versions, with the indicators that are made of them. Call in the worker's scope.

    A draft that says what the files say leaves the field to them.
    """
    loaded = Loaded()
    drafts = list(DefinitionDraft.objects.select_for_update().filter(state=DraftState.APPROVED))
    if not drafts:
        return loaded
    files, words = definitions()
    library, texts = laid_over(*running_definitions(), drafts)
    for draft in drafts:
        code = draft.indicator.code
        version = publish(library, library.indicators[code], texts[code], loaded, draft)
        DefinitionDraft.objects.filter(indicator=draft.indicator, state=DraftState.PUBLISHED).update(state=DraftState.RETIRED)
        same = code in files.indicators and version.definition_hash == definition_hash(files, files.indicators[code], words[code])
        draft.version, draft.state = version, DraftState.RETIRED if same else DraftState.PUBLISHED
        draft.save(update_fields=["version", "state"])
        _record("definition_published", draft)
    changed = {draft.indicator.code for draft in drafts}
    running = set(IndicatorVersion.objects.filter(retired_at=None).values_list("indicator__code", flat=True))
    for code in sorted(running - changed):
        definition = library.indicators.get(code)
        if definition and changed & {*(definition.components or []), definition.of}:
            publish(library, definition, texts[code], loaded)
    return loaded


def _locked(draft: DefinitionDraft, *states: str) -> DefinitionDraft:
    found = DefinitionDraft.objects.select_for_update(of=("self",)).select_related("indicator", "base").get(pk=draft.pk)
    if found.state not in states:
        raise NotNow(f"The draft is {found.state}.")
    return found


def _record(act: str, draft: DefinitionDraft, kept: tuple[OldNumber, ...] = ()) -> None:
    """kept: old numbers that the person lets the texts name."""
    facts: dict[str, Any] = {"indicator": draft.indicator.code, "base": draft.base.number}
    if kept:
        facts["kept_numbers"] = sorted({item.number for item in kept})
    audit.record(act, kind="definition", object_id=draft.pk, detail=json.dumps(facts))
