"""Changes to people and the practice register. Each is one transaction with one record in the audit trail.

Every action asks the policy again, so that a page that forgot to cannot do harm.
"""

import datetime as dt
import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from kip.core import audit
from kip.core.scope import Persona, Scope, activate
from practices.acting import Acting, acting_as
from practices.imports import Checked
from practices.models import Cluster, Invitation, Membership, Municipality, Practice, User
from practices.policies import (
    can_change_practice,
    can_end_membership,
    can_invite_member,
    can_keep_register,
    can_withdraw_invitation,
)
from practices.queries import digest_of, number_in_use

INVITATION_HOURS = 72
ONE_DAY = dt.timedelta(days=1)


class InvitationGone(Exception):
    """The invitation was used, withdrawn or ran out between the page and the answer."""


@dataclass(frozen=True)
class NewMember:
    """Whom to invite, as what, where and for how long. Dates None: from acceptance, without end."""

    email: str
    name: str
    role: str
    practice: Practice | None = None
    region_id: int | None = None
    profession: str = ""
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None


def _require(allowed: bool) -> None:
    if not allowed:
        raise PermissionDenied


def _detail(**facts: Any) -> str:
    return json.dumps(facts, default=str, sort_keys=True)


@transaction.atomic
def invite_member(*, by: Acting, member: NewMember, link_to: Callable[[str], str]) -> Invitation:
    """Make an invitation and send its link by mail on commit; an open one for the same place and role is replaced.

    `link_to` turns the token into the page's full address. Only the token's digest is stored.
    """
    _require(can_invite_member(by, member.role, member.practice, member.region_id, member.profession))
    now, email = timezone.now(), member.email.strip().lower()
    place = {"practice": member.practice, "region_id": member.region_id}
    Invitation.objects.filter(email=email, role=member.role, accepted_at=None, expires_at__gt=now, **place).update(expires_at=now)
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        email=email,
        name=member.name,
        role=member.role,
        profession=member.profession,
        digest=digest_of(token),
        invited_by_id=by.scope.user_id,
        valid_from=member.valid_from,
        valid_to=member.valid_to,
        expires_at=now + dt.timedelta(hours=INVITATION_HOURS),
        **place,
    )
    _record_about("invited_member", invitation, "invitation")
    transaction.on_commit(lambda: _send_invitation(invitation, by, link_to(token)))
    return invitation


def _record_about(act: str, subject: Invitation | Membership, kind: str, **facts: Any) -> None:
    detail = _detail(role=subject.role, **facts)
    audit.record(
        act, practice_id=subject.practice_id, region_id=subject.region_id, kind=kind, object_id=subject.pk, detail=detail
    )


def _send_invitation(invitation: Invitation, by: Acting, address: str) -> None:
    facts = {
        "invitation": invitation,
        "inviter": by.person_name,
        "place": invitation.practice or invitation.region or "KIP",
        "address": address,
        "last_day": timezone.localtime(invitation.expires_at).date(),
        "contact": settings.KIP_CONTACT,
        "phone": settings.KIP_PHONE,
    }
    subject = " ".join(render_to_string("emails/practices/invitation_subject.txt", facts).split())
    send_mail(subject, render_to_string("emails/practices/invitation.txt", facts), None, [invitation.email])


@transaction.atomic
def withdraw_invitation(*, by: Acting, invitation: Invitation) -> None:
    _require(can_withdraw_invitation(by, invitation))
    invitation.expires_at = timezone.now()
    invitation.save(update_fields=["expires_at"])
    _record_about("withdrew_invitation", invitation, "invitation")


def accept_invitation(*, by: User | None, invitation: Invitation, password: str = "") -> Membership:
    """Turn an invitation into a membership; `by` None makes the account with the password first.

    Raises:
        InvitationGone: it was used, withdrawn or ran out meanwhile, or is addressed to somebody else.
    """
    with activate(_scope_of(invitation)):
        now = timezone.now()
        waiting = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, expires_at__gt=now)
        held = waiting.select_for_update(of=("self",)).first()
        if held is None or (by is None and User.objects.filter(email=held.email).exists()):
            raise InvitationGone
        if by is not None and by.email.lower() != held.email:
            raise InvitationGone
        person = by or _create_person(held, password)
        membership = Membership.objects.create(
            user=person,
            role=held.role,
            practice_id=held.practice_id,
            region_id=held.region_id,
            profession=held.profession,
            valid_from=held.valid_from or timezone.localdate(),
            valid_to=held.valid_to,
        )
        held.accepted_at = now
        held.save(update_fields=["accepted_at"])
        acts = acting_as(membership)
        request_id = audit.current_actor().request_id
        with audit.acting(audit.Actor(person.pk, acts.person_name, acts.role, acts.organisation_name, request_id)):
            _record_about("accepted_invitation", membership, "membership")
    return membership


def _scope_of(invitation: Invitation) -> Scope:
    """The invited person has no membership yet, so the database is opened for exactly the place that invited."""
    if invitation.practice_id:
        return Scope(Persona.PRACTICE, practice_id=invitation.practice_id)
    if invitation.region_id:
        return Scope(Persona.REGION, region_id=invitation.region_id)
    return Scope(Persona.SUPPORT)


def _create_person(invitation: Invitation, password: str) -> User:
    """The link came by mail, so the address is proved."""
    person = User.objects.create_user(invitation.email, password, name=invitation.name)
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


@transaction.atomic
def end_membership(*, by: Acting, membership: Membership, last_day: dt.date) -> None:
    """The membership holds to the end of `last_day`; yesterday ends it at once."""
    _require(can_end_membership(by, membership))
    membership.valid_to = last_day
    # One that began today and ends at once was never valid; the audit trail keeps the true times.
    membership.valid_from = min(membership.valid_from, last_day)
    membership.save(update_fields=["valid_from", "valid_to"])
    _record_about("ended_membership", membership, "membership", last_day=last_day)


def _locked(practice: Practice) -> Practice:
    held = Practice.objects.select_for_update(of=("self",)).get(pk=practice.pk)
    if held.valid_to is not None:
        raise ValidationError(_("The practice already has a last day."), code="closed")
    return held


def _close(practice: Practice, last_day: dt.date, successor: Practice | None, end_access: bool) -> Practice:
    held = _locked(practice)
    if last_day < held.valid_from:
        raise ValidationError(_("The last day is before the practice's first day."), code="dates")
    if successor is not None and (successor.pk == held.pk or not _goes_on(successor, last_day)):
        raise ValidationError(_("The practice that takes over must be open on the day after."), code="successor")
    held.valid_to, held.successor = last_day, successor
    held.save(update_fields=["valid_to", "successor"])
    if end_access:
        _end_access(held, last_day)
    return held


def _goes_on(practice: Practice, last_day: dt.date) -> bool:
    return practice.valid_from <= last_day + ONE_DAY and (practice.valid_to is None or practice.valid_to > last_day)


def _end_access(practice: Practice, last_day: dt.date) -> None:
    later = Membership.objects.filter(Q(valid_to=None) | Q(valid_to__gt=last_day), practice=practice)
    later.filter(valid_from__gt=last_day).update(valid_from=last_day)
    later.update(valid_to=last_day)
    now = timezone.now()
    Invitation.objects.filter(practice=practice, accepted_at=None, expires_at__gt=now).update(expires_at=now)


@transaction.atomic
def close_practice(
    *, by: Acting, practice: Practice, last_day: dt.date, successor: Practice | None = None, end_access: bool = True
) -> Practice:
    """Give the practice its last day and, where there is one, the practice that takes over.

    Raises:
        ValidationError: closed already, a day before its first, or a successor that is not open on the day after.
    """
    _require(can_change_practice(by, practice) and (successor is None or can_change_practice(by, successor)))
    closed = _close(practice, last_day, successor, end_access)
    detail = _detail(last_day=last_day, successor=closed.successor_id)
    _record_practice("closed_practice", closed, detail)
    return closed


def _record_practice(act: str, practice: Practice, detail: str) -> None:
    audit.record(
        act, practice_id=practice.pk, region_id=practice.region_id, kind="practice", object_id=practice.pk, detail=detail
    )


@transaction.atomic
def merge_practices(
    *, by: Acting, practices: Sequence[Practice], into: Practice, first_day: dt.date, end_access: bool = True
) -> None:
    """Close practices the day before `first_day` with `into` as their successor; `into` goes on under its own number.

    Nobody's access moves along: the patients of `into` are shown only to people whom `into` has invited.

    Raises:
        ValidationError: other region or profession, or dates that do not fit.
    """
    _require(all(can_change_practice(by, item) for item in (*practices, into)))
    if any((item.region_id, item.profession) != (into.region_id, into.profession) for item in practices):
        raise ValidationError(_("Practices can be merged within one region and one profession only."), code="kind")
    for item in practices:
        _close(item, first_day - ONE_DAY, into, end_access)
    merged = [item.pk for item in practices]
    _record_practice("merged_practices", into, _detail(first_day=first_day, merged=merged))


@dataclass(frozen=True)
class Part:
    """One of the practices that a split makes."""

    number: str
    name: str
    clinicians: int


@transaction.atomic
def split_practice(
    *, by: Acting, practice: Practice, parts: Sequence[Part], first_day: dt.date, end_access: bool = True
) -> list[Practice]:
    """Close a practice the day before `first_day` and open its parts that day; a part may keep the number.

    The part that keeps the number is the successor; all parts name the practice as their origin.

    Raises:
        ValidationError: fewer than two parts, a number twice or in use, or dates that do not fit.
    """
    _require(can_change_practice(by, practice))
    numbers = [part.number for part in parts]
    if len(numbers) < 2 or len(set(numbers)) < len(numbers):
        raise ValidationError(_("A split makes at least two practices with different numbers."), code="parts")
    closed = _close(practice, first_day - ONE_DAY, None, end_access)
    for number in numbers:
        if number_in_use(number, first_day):
            raise ValidationError(_("The number %(number)s is in use.") % {"number": number}, code="number")
    made = [Practice.objects.create(**_like(closed), **vars(part), valid_from=first_day, origin=closed) for part in parts]
    closed.successor = next((item for item in made if item.number == closed.number), None)
    closed.save(update_fields=["successor"])
    _record_practice("split_practice", closed, _detail(first_day=first_day, parts=[item.pk for item in made]))
    return made


def _like(practice: Practice) -> dict[str, Any]:
    kept = ("profession", "region_id", "municipality_id", "cluster_id")
    return {name: getattr(practice, name) for name in kept}


@transaction.atomic
def move_practice(
    *, by: Acting, practice: Practice, municipality: Municipality, cluster: Cluster | None, day: dt.date
) -> Practice:
    """Record that a practice has moved within the region. It stays the same practice with its people and data.

    Raises:
        ValidationError: a place in another region, a cluster of another profession, or a practice that was not open.
    """
    _require(can_change_practice(by, practice))
    held = _locked(practice)
    if municipality.region_id != held.region_id:
        raise ValidationError(_("A move to another region is a closing there and an opening here."), code="region")
    if cluster is not None and (cluster.region_id, cluster.profession) != (held.region_id, held.profession):
        raise ValidationError(_("The cluster belongs to another region or profession."), code="cluster")
    if day < held.valid_from:
        raise ValidationError(_("The day is before the practice's first day."), code="dates")
    before = {"municipality": held.municipality_id, "cluster": held.cluster_id}
    held.municipality, held.cluster = municipality, cluster
    held.save(update_fields=["municipality", "cluster"])
    after = {"municipality": municipality.pk, "cluster": cluster.pk if cluster else None}
    _record_practice("moved_practice", held, _detail(day=day, before=before, after=after))
    return held


@transaction.atomic
def import_practices(*, by: Acting, checked: Checked) -> None:
    """Store the checked rows; refused ones were left out by the check. Region is always the acting one."""
    _require(can_keep_register(by))
    region_id = by.scope.region_id or 0
    rows = [Practice(region_id=region_id, **_columns(values)) for values in checked.new]
    changed = [Practice(pk=pk, region_id=region_id, **_columns(values)) for pk, values in checked.changed]
    Practice.objects.bulk_create(rows, batch_size=1000)
    if changed:
        Practice.objects.bulk_update(changed, [*_columns(checked.changed[0][1])], batch_size=500)
    detail = _detail(created=len(rows), changed=len(changed), refused=checked.refused)
    audit.record("imported_practices", region_id=region_id, kind="practice", detail=detail)


def _columns(values: dict[str, Any]) -> dict[str, Any]:
    """A checked row's keys as model attributes: municipality and cluster are ids."""
    return {f"{name}_id" if name in ("municipality", "cluster") else name: value for name, value in values.items()}
