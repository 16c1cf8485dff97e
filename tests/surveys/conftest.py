"""A published library, a campaign of one practice, and people who answer it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from kip.core.scope import WORKER, Scope, activate
from practices.acting import Acting, acting_as
from practices.models import Membership, Practice, User
from surveys.actions import answering, inviting, planning
from surveys.actions.library import store_library
from surveys.addresses import Person
from surveys.enums import InvitationState
from surveys.links import Link, link_of
from surveys.models import Campaign, Invitation, QuestionnaireVersion

Acts = Callable[..., Acting]


@pytest.fixture(autouse=True)
def own_keys(settings: Any, tmp_path: Path) -> None:
    settings.KIP_HOME, settings.KIP_KEY_FILE, settings.KIP_REQUIRE_MFA = tmp_path, tmp_path / "keys", False


@pytest.fixture
def acts(person: Callable[..., User]) -> Acts:
    """`acts(role, place)` is that person, acting."""

    def make(role: str, place: str | None = None) -> Acting:
        user = person(role, place)
        with activate(WORKER):
            return acting_as(Membership.objects.select_related("user", "practice", "region").get(user=user))

    return make


@pytest.fixture
def manager(acts: Acts, library: None) -> Acting:
    return acts("practice_manager", "north_1")


@pytest.fixture
def library(db: None) -> None:
    """KIP's own questionnaires, published."""
    with activate(WORKER):
        store_library()
        QuestionnaireVersion.objects.update(state="published")


def version(code: str) -> QuestionnaireVersion:
    return QuestionnaireVersion.objects.get(code=code, region=None)


def plan_of(code: str = "KIP-PULSE", **more: Any) -> planning.Plan:
    today = timezone.localdate()
    facts = {
        "title": "Forår", "version": version(code), "first_day": today, "last_day": today + timedelta(days=28),
        "controller": "Klinikken", "legal_basis": "fastsat af databeskyttelsesrådgiveren", "contact": "klinik@kip.example",
    }  # fmt: skip
    return planning.Plan(**{**facts, **more})


def people(number: int, domain: str = "patient.example") -> list[Person]:
    return [Person(f"p{place}@{domain}") for place in range(number)]


@pytest.fixture
def running(manager: Acting) -> Callable[..., Campaign]:
    """`running(people, code, **plan)` is a campaign of north_1 that has begun, its links made."""

    def run(number: int = 40, code: str = "KIP-PULSE", by: Acting = manager, **more: Any) -> Campaign:
        with activate(by.scope):
            campaign = planning.make_campaign(by=by, plan=plan_of(code, **more))
            practice = Practice.objects.get(pk=by.scope.practice_id)
            planning.add_people(by=by, campaign=campaign, practice=practice, people=people(number))
            planning.start(by=by, campaign=campaign)
        with activate(WORKER):
            inviting.make_invitations(Campaign.objects.get(pk=campaign.pk))
        return campaign

    return run


@pytest.fixture
def links(library: None) -> Callable[[Campaign], list[Link]]:
    """The links of a campaign as its mails carry them, with codes as in letters."""

    def listed(campaign: Campaign) -> list[Link]:
        found = []
        with activate(WORKER):
            for invitation in Invitation.objects.filter(campaign=campaign, state=InvitationState.CREATED).order_by("pk"):
                link = link_of(invitation.pk)
                Invitation.objects.filter(pk=invitation.pk).update(code_digest=link.code_digest)
                found.append(link)
        return found

    return listed


def answer(link: Link, answers: dict[str, Any]) -> bool:
    """Begin, save everything on one page, and send."""
    door = answering.door_of(link.token)
    assert door is not None
    answering.begin(door)
    assert answering.save(door, answers) == ()
    again = answering.door_of(link.token)
    assert again is not None
    return answering.submit(again)


@pytest.fixture
def worker_scope() -> Iterator[Scope]:
    with activate(WORKER) as scope:
        yield scope
