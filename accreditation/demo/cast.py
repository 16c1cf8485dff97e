"""Who does what in the demo country: offices, practices, surveyors and committee, and how one of them acts at a moment.

The people who sign in are there already (datacapture.demo.signins). Everybody else is made here without a password; names
are roles.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.utils import timezone

from accreditation import timeline
from accreditation.actions import committee, planning, team
from accreditation.actions.moving import SYSTEM
from accreditation.models import CommitteeMember
from datacapture.demo.signins import SINCE
from kip.core import audit
from kip.core.scope import WORKER, Persona, Scope, activate
from practices.acting import Acting, acting_as
from practices.enums import Profession, Role
from practices.models import Membership, Practice, Region, User

LEAD, SECOND, CHAIR = "surveyor@kip.example", "surveyor2@kip.example", "naevn@kip.example"
CONSULTANT, ADMINISTRATOR = "konsulent@region.example", "administrator@region.example"
# The professions of the two who sign in; everybody else of the pool and the committee has one or two.
BROAD = (
    Profession.GENERAL_PRACTICE, Profession.SPECIALIST_PRACTICE, Profession.PHYSIOTHERAPY, Profession.CHIROPRACTIC,
    Profession.PSYCHOLOGY, Profession.DENTISTRY, Profession.PODIATRY, Profession.DENTAL_HYGIENE,
)  # fmt: skip


@dataclass
class Cast:
    """Everybody by what they do. surveyors: two of each profession beside the two who sign in."""

    lead: Acting
    second: Acting
    surveyors: dict[str, tuple[Acting, Acting]]
    members: tuple[Acting, ...]
    offices: dict[int, Acting]
    colleagues: dict[int, Acting]
    consultant_id: int
    manager_of: dict[int, Acting] = field(default_factory=dict)
    anybody: User | None = None

    def manager(self, practice: Practice) -> Acting:
        """The practice's manager: the one who signs in, or a person without a sign-in."""
        if practice.pk not in self.manager_of:
            user = self.anybody
            assert user is not None
            scope = Scope(Persona.PRACTICE, user_id=user.pk, practice_id=practice.pk)
            self.manager_of[practice.pk] = Acting(
                scope, Role.PRACTICE_MANAGER, "", user.name, practice.name, practice.profession
            )  # fmt: skip
        return self.manager_of[practice.pk]


@contextmanager
def as_(who: Acting, moment: dt.datetime) -> Iterator[Acting]:
    """Act as somebody, inside that person's walls, at a moment of the past; what would lie ahead is done now."""
    moment = min(moment, timezone.now())
    actor = audit.Actor(who.scope.user_id, who.person_name, who.role, who.organisation_name)
    with audit.acting(actor), timeline.at(moment), activate(who.scope):
        yield who


def gather(since: dt.datetime) -> Cast:
    """Make who is missing and name the pool and the committee, as of `since`."""
    with activate(WORKER):
        managers = Membership.objects.filter(role=Role.PRACTICE_MANAGER).select_related("user", "practice", "region")
        regions = list(Region.objects.filter(practices__isnull=False).distinct())
        cast = Cast(
            lead=_surveyor(LEAD, "Demo surveyor"), second=_surveyor(SECOND, "Demo surveyor 2"),
            surveyors={
                profession: (
                    _surveyor(f"{profession}-1@surveyor.example", f"Surveyor {2 * place + 3} (demo)"),
                    _surveyor(f"{profession}-2@surveyor.example", f"Surveyor {2 * place + 4} (demo)"),
                )
                for place, profession in enumerate(Profession.values)
            },
            members=tuple(
                _member(address, name)
                for address, name in (
                    (CHAIR, "Demo nævnsmedlem"), ("naevn-2@kip.example", "Nævnsmedlem 2 (demo)"),
                    ("naevn-3@kip.example", "Nævnsmedlem 3 (demo)"),
                )
            ),
            offices={region.pk: _office(region, "") for region in regions},
            colleagues={region.pk: _office(region, "2") for region in regions},
            consultant_id=_user(CONSULTANT, "Demo kvalitetskonsulent").pk,
            manager_of={row.practice_id: acting_as(row) for row in managers if row.practice_id},
            anybody=_user("praksisleder@klinik.example", "Praksisleder (demo)"),
        )  # fmt: skip
    _name_everybody(cast, since)
    return cast


def _user(address: str, name: str) -> User:
    found = User.objects.filter(email=address).first()
    if found is None:
        found = User(email=address, name=name)
        found.set_unusable_password()
        found.save()
    return found


def _membership(address: str, name: str, role: Role) -> Acting:
    user = _user(address, name)
    member, _made = Membership.objects.get_or_create(user=user, role=role, defaults={"valid_from": SINCE})
    return acting_as(member)


def _surveyor(address: str, name: str) -> Acting:
    return _membership(address, name, Role.SURVEYOR)


def _member(address: str, name: str) -> Acting:
    return _membership(address, name, Role.COMMITTEE_MEMBER)


def _office(region: Region, number: str) -> Acting:
    """The region's administrator: the one who signs in, or a person without a sign-in."""
    kept = Membership.objects.filter(user__email=ADMINISTRATOR, region=region).select_related("user", "region").first()
    if kept is not None and not number:
        return acting_as(kept)
    user = _user(f"administrator{number}-{region.code.lower()}@region.example", f"Regionsadministrator {number or 1} (demo)")
    scope = Scope(Persona.REGION, user_id=user.pk, region_id=region.pk)
    return Acting(scope, Role.REGIONAL_ADMINISTRATOR, "", user.name, region.name_da, "")


def _name_everybody(cast: Cast, since: dt.datetime) -> None:
    with as_(SYSTEM, since):
        for who in (cast.lead, cast.second):
            team.save_profile(by=SYSTEM, user_id=_id(who), professions=BROAD, languages=["da", "en"], phone="70000000")
        for profession, pair in cast.surveyors.items():
            for who in pair:
                team.save_profile(by=SYSTEM, user_id=_id(who), professions=[profession], languages=["da"], phone="70000000")
    office = next(iter(cast.offices.values()))
    with as_(office, since) as by:
        shared = (BROAD, BROAD[:4], BROAD[4:])
        for who, professions in zip(cast.members, shared, strict=True):
            committee.save_member(by=by, user_id=_id(who), professions=professions, chair=who is cast.members[0])
    for by in cast.offices.values():
        with as_(by, since):
            planning.save_region_rule(by=by, publishes=True, municipality_years=3, sample_percent=5)


def _id(who: Acting) -> int:
    assert who.scope.user_id is not None
    return who.scope.user_id


def seats() -> list[CommitteeMember]:
    """Who sits on the committee; everybody may read it."""
    return list(CommitteeMember.objects.filter(last_day=None).select_related("user").order_by("pk"))
