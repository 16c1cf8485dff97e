"""A campaign from draft to end: who is asked what, by whom, and when it stops."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone

from kip.core import audit
from practices.acting import Acting
from practices.models import Practice
from surveys.addresses import Person
from surveys.enums import CampaignState, Mode, VersionState
from surveys.faults import NotNow
from surveys.keys import address_key, seal
from surveys.models import Campaign, CampaignUnit, Contact, QuestionnaireVersion
from surveys.policies import can_ask_in, can_change_campaign, can_plan_campaigns
from surveys.queries.forms import assembled, form_of

MOST_REMINDERS = 2


@dataclass(frozen=True)
class Plan:
    """What a planner chooses. subjects: none for the standard subject, one, or two to be tried against each other."""

    title: str
    version: QuestionnaireVersion
    first_day: dt.date
    last_day: dt.date
    controller: str
    legal_basis: str
    contact: str
    modules: Sequence[QuestionnaireVersion] = ()
    reminders: int = MOST_REMINDERS
    target: int = 60
    subjects: Sequence[str] = ()


@transaction.atomic
def make_campaign(*, by: Acting, plan: Plan, practices: Iterable[Practice] = ()) -> Campaign:
    """A draft. A practice asks its own patients; a region names the practices. Raises PermissionDenied and `NotNow`."""
    if not can_plan_campaigns(by):
        raise PermissionDenied
    own = by.scope.practice_id
    asked = [Practice.objects.get(pk=own)] if own else list(practices)
    if not asked:
        raise NotNow("no_practice")
    if not all(can_ask_in(by, practice) for practice in asked):
        raise PermissionDenied
    _possible(plan)
    campaign = Campaign.objects.create(
        region_id=asked[0].region_id, practice_id=own, title=plan.title, version=plan.version, first_day=plan.first_day,
        last_day=plan.last_day, reminders=plan.reminders, target=plan.target, subjects=list(plan.subjects),
        controller=plan.controller, legal_basis=plan.legal_basis, contact=plan.contact, made_by_id=by.scope.user_id,
    )  # fmt: skip
    campaign.modules.set(plan.modules)
    CampaignUnit.objects.bulk_create([CampaignUnit(campaign=campaign, practice=practice) for practice in asked])
    for practice in asked:
        audit.record("planned", kind="campaign", object_id=str(campaign.pk), practice_id=practice.pk)
    return campaign


@transaction.atomic
def add_people(*, by: Acting, campaign: Campaign, practice: Practice, people: Iterable[Person]) -> int:
    """Put addresses on the list of a draft, each once; how many are new. They go in sealed and are never shown again."""
    found = _draft(by, campaign)
    if not CampaignUnit.objects.filter(campaign=found, practice=practice).exists():
        raise PermissionDenied
    before = Contact.objects.filter(campaign=found).count()
    rows = (
        Contact(
            campaign=found, practice=practice, mode=Mode.EMAIL, language=person.language,
            address=seal({"address": person.address}, f"contact|{found.pk}"), key=address_key(found.region_id, person.address),
        )
        for person in people
    )  # fmt: skip
    Contact.objects.bulk_create(rows, batch_size=2000, ignore_conflicts=True)
    added = Contact.objects.filter(campaign=found).count() - before
    audit.record(
        "added_people", kind="campaign", object_id=str(found.pk), practice_id=practice.pk, detail=json.dumps({"rows": added})
    )
    return added


@transaction.atomic
def empty_list(*, by: Acting, campaign: Campaign) -> None:
    """Take everybody off the list of a draft again."""
    found = _draft(by, campaign)
    gone = _forget_people(found)
    detail = json.dumps({"rows": gone})
    audit.record("emptied_list", kind="campaign", object_id=str(found.pk), practice_id=found.practice_id, detail=detail)


@transaction.atomic
def start(*, by: Acting, campaign: Campaign) -> None:
    """Pin what is asked and begin; the worker makes the links. Raises `NotNow` without a sentence left out."""
    found = _draft(by, campaign)
    if found.version.state != VersionState.PUBLISHED:
        raise NotNow("not_published")
    if found.last_day < timezone.localdate():
        raise NotNow("ended")
    if not Contact.objects.filter(campaign=found).exists():
        raise NotNow("nobody")
    units = list(CampaignUnit.objects.filter(campaign=found).select_related("practice"))
    found.content = assembled(found.version, list(found.modules.all()))
    for unit in units:
        form_of(found.content, unit.practice.profession)  # refused here, not when the first patient opens it
    found.state, found.started_at = CampaignState.RUNNING, timezone.now()
    found.save(update_fields=["content", "state", "started_at"])
    for unit in units:
        audit.record("started", kind="campaign", object_id=str(found.pk), practice_id=unit.practice_id)


@transaction.atomic
def cancel(*, by: Acting, campaign: Campaign) -> None:
    """Give a draft up; its list of people is deleted at once."""
    found = _draft(by, campaign)
    _forget_people(found)
    found.state = CampaignState.CANCELLED
    found.save(update_fields=["state"])
    audit.record("cancelled", kind="campaign", object_id=str(found.pk), practice_id=found.practice_id)


@transaction.atomic
def close(*, by: Acting, campaign: Campaign) -> None:
    """End a running campaign before its last day."""
    found = _own(by, campaign)
    if found.state != CampaignState.RUNNING:
        raise NotNow("not_running")
    found.state, found.closed_at = CampaignState.CLOSED, timezone.now()
    found.save(update_fields=["state", "closed_at"])
    audit.record("closed", kind="campaign", object_id=str(found.pk), practice_id=found.practice_id)


def _own(by: Acting, campaign: Campaign) -> Campaign:
    found = Campaign.objects.select_for_update(of=("self",)).select_related("version").get(pk=campaign.pk)
    if not can_change_campaign(by, found):
        raise PermissionDenied
    return found


def _draft(by: Acting, campaign: Campaign) -> Campaign:
    found = _own(by, campaign)
    if found.state != CampaignState.DRAFT:
        raise NotNow("not_draft")
    return found


def _possible(plan: Plan) -> None:
    if plan.version.state == VersionState.DRAFT:
        raise NotNow("not_published")
    if plan.first_day < timezone.localdate():
        raise NotNow("late_start")
    if plan.last_day < plan.first_day:
        raise NotNow("ended")
    if plan.reminders > MOST_REMINDERS:
        raise NotNow("too_many_reminders")


def _forget_people(campaign: Campaign) -> int:
    """Delete a draft's list. In SQL, because the ORM would look for invitations, which no planner may read; a draft has none."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM surveys_contact WHERE campaign_id = %s", [campaign.pk])
        return int(cursor.rowcount)
