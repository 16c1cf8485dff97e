"""Questionnaires in versions: KIP's own from the file, the regions' own drafts, and publishing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from kip.core import audit
from practices.acting import Acting
from surveys.enums import VersionState
from surveys.faults import NotNow
from surveys.models import QuestionnaireVersion
from surveys.policies import can_edit_questionnaires
from surveys.questionnaire.form import restore
from surveys.questionnaire.library import library


def store_library() -> int:
    """Store KIP's own questionnaires as published versions; how many are new. In the worker's scope, as often as one likes.

    Raises ValueError when a version that is stored already says something else in the file.
    """
    new = 0
    for code, questionnaire in library().questionnaires.items():
        form = library().form(code)
        row, made = QuestionnaireVersion.objects.get_or_create(
            code=code, version=questionnaire.version, region=None,
            defaults={"content": form.content(), "digest": form.digest, "state": VersionState.PUBLISHED,
                      "published_at": timezone.now()},
        )  # fmt: skip
        if row.digest != form.digest:
            raise ValueError(f"{code} {questionnaire.version} is stored with other content; give the changed one a new version")
        new += made
    return new


@transaction.atomic
def make_draft(*, by: Acting, base: QuestionnaireVersion, version: str) -> QuestionnaireVersion:
    """A region's own draft, begun from a version. Raises PermissionDenied."""
    if not can_edit_questionnaires(by):
        raise PermissionDenied
    content = {**base.content, "questionnaire": {**base.content["questionnaire"], "version": version}}
    form = restore(content)
    draft = QuestionnaireVersion.objects.create(
        code=base.code, version=version, region_id=by.scope.region_id, content=form.content(), digest=form.digest, based_on=base,
        edited_by_id=by.scope.user_id,
    )  # fmt: skip
    audit.record("drafted", kind="questionnaire", object_id=str(draft.pk), region_id=by.scope.region_id)
    return draft


@transaction.atomic
def save_draft(*, by: Acting, draft: QuestionnaireVersion, content: Mapping[str, Any]) -> QuestionnaireVersion:
    """Keep a draft's content. Raises PermissionDenied, `NotNow` for what is published, ValidationError for broken content."""
    found = QuestionnaireVersion.objects.select_for_update().get(pk=draft.pk)
    if not can_edit_questionnaires(by) or found.region_id != by.scope.region_id:
        raise PermissionDenied
    if found.state != VersionState.DRAFT:
        raise NotNow("published_already")
    form = restore(content)
    found.content, found.digest, found.edited_by_id = form.content(), form.digest, by.scope.user_id
    found.save(update_fields=["content", "digest", "edited_by", "edited_at"])
    return found


@transaction.atomic
def publish(*, by: Acting, draft: QuestionnaireVersion) -> None:
    """Offer a draft to campaigns; from now on it never changes."""
    found = QuestionnaireVersion.objects.select_for_update().get(pk=draft.pk)
    if not can_edit_questionnaires(by) or found.region_id != by.scope.region_id:
        raise PermissionDenied
    if found.state != VersionState.DRAFT:
        raise NotNow("published_already")
    found.state, found.published_at = VersionState.PUBLISHED, timezone.now()
    found.save(update_fields=["state", "published_at"])
    audit.record("published", kind="questionnaire", object_id=str(found.pk), region_id=by.scope.region_id)
