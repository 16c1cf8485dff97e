"""From a link to an answer that nobody can trace: begun, saved, sent once, and cut loose."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import ProgrammingError, connection, connections

from kip.core.scope import WORKER, Persona, Scope, activate
from practices.acting import Acting
from surveys.actions import answering, mixing
from surveys.actions.answering import door_of, door_of_code
from surveys.enums import InvitationState
from surveys.faults import NotNow
from surveys.links import Link, code_digests, read_code, written_code
from surveys.models import (
    Campaign,
    CampaignUnit,
    Comment,
    Contact,
    Draft,
    Figure,
    Invitation,
    Response,
    SealedAnswer,
    Suppression,
)
from tests.surveys.conftest import answer

pytestmark = pytest.mark.django_db
Running, Links = Callable[..., Campaign], Callable[[Campaign], list[Link]]
FIVE = {"PUL1": "5", "PUL2": "4", "PUL3": "4", "PUL4": "vi", "PUL5": "3"}


def state_of(link: Link) -> str:
    with activate(WORKER):
        return str(Invitation.objects.get(token_digest=link.digest).state)


def test_looking_changes_nothing(running: Running, links: Links) -> None:
    [link, *_rest] = links(running())
    with activate(WORKER):
        before = list(Invitation.objects.order_by("pk").values_list())
    for _ in range(3):
        door = door_of(link.token)
        assert door is not None
        assert door.closed == ""
        assert answering.answers_so_far(door) == {}
    with activate(WORKER):
        assert list(Invitation.objects.order_by("pk").values_list()) == before
        assert Draft.objects.count() == 0


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "A" * 44, "../../etc/passwd", "A" * 42 + "\n"])
def test_a_made_up_link_leads_nowhere(running: Running, token: str) -> None:
    running(3)
    assert door_of(token) is None


def test_a_page_is_kept_and_taken_up_on_another_device(running: Running, links: Links) -> None:
    [link, *_rest] = links(running())
    first = door_of(link.token)
    assert first is not None
    answering.begin(first)
    assert answering.save(first, {"PUL1": "5", "PUL2": "2"}) == ()
    other = door_of(link.token)
    assert other is not None
    assert answering.answers_so_far(other) == {"PUL1": "5", "PUL2": "2"}
    assert answering.save(other, {"PUL2": None, "PUL3": "9"}) == ("PUL3",)
    assert answering.answers_so_far(other) == {"PUL1": "5", "PUL2": "2"}
    assert answering.save(other, {"PUL2": None, "PUL3": "4"}) == ()
    assert answering.answers_so_far(other) == {"PUL1": "5", "PUL3": "4"}
    with activate(WORKER):
        [draft] = Draft.objects.all()
    assert b"PUL" not in bytes(draft.content)


def test_sending_twice_stores_once_and_leaves_no_draft(running: Running, links: Links) -> None:
    campaign = running()
    [link, *_rest] = links(campaign)
    assert answer(link, FIVE)
    again = door_of(link.token)
    assert again is not None
    assert not answering.submit(again)
    with activate(WORKER):
        assert (SealedAnswer.objects.count(), Draft.objects.count(), Response.objects.count()) == (1, 0, 0)
        invitation = Invitation.objects.get(token_digest=link.digest)
    assert (invitation.state, invitation.begun_on) == (InvitationState.SUBMITTED, None)


def test_nothing_answered_is_not_sent(running: Running, links: Links) -> None:
    [link, *_rest] = links(running())
    door = door_of(link.token)
    assert door is not None
    answering.begin(door)
    with pytest.raises(NotNow) as refused:
        answering.submit(door)
    assert refused.value.code == "nothing_answered"
    assert state_of(link) == "begun"


def test_who_says_no_is_not_asked_again_in_the_region(running: Running, links: Links, acts: Any) -> None:
    campaign = running(5)
    [link, *_rest] = links(campaign)
    door = door_of(link.token)
    assert door is not None
    answering.opt_out(door)
    answering.opt_out(door)
    assert state_of(link) == "opted_out"
    with activate(WORKER):
        [no] = Suppression.objects.all()
        assert no.why == "opted_out"
        assert bytes(no.key) == bytes(Contact.objects.get(pk=Invitation.objects.get(token_digest=link.digest).contact_id).key)
    second = running(5, by=acts("practice_manager", "north_2"))
    with activate(WORKER):
        told = Counter(Invitation.objects.filter(campaign=second).values_list("state", "why"))
    assert told == {("ineligible", "opted_out"): 1, ("ineligible", "asked_lately"): 4}
    elsewhere = running(5, by=acts("practice_manager", "south_1"))
    with activate(WORKER):
        assert Counter(Invitation.objects.filter(campaign=elsewhere).values_list("state")) == {("created",): 5}


def test_a_code_from_a_letter_opens_the_same(running: Running, links: Links) -> None:
    [link, other, *_rest] = links(running(3))
    found = door_of_code(written_code(link.code).lower().replace("0", "o"))
    assert found is not None
    assert found.digest == link.digest.hex()
    assert door_of_code(other.code) != found
    body, last = link.code[:-1], link.code[-1]
    wrong = next(char for char in "0123456789" if char != last)
    assert (read_code(body + wrong), code_digests(body + wrong), door_of_code(body + wrong)) == ("", [], None)


def test_ten_answers_are_seen_and_nine_are_not(running: Running, links: Links) -> None:
    campaign = running(40)
    mine = links(campaign)
    for link in mine[:9]:
        answer(link, {**FIVE, "PUFT": "Tak til læge Hansen, ring på 12 34 56 78"})
    with activate(WORKER):
        assert mixing.due() == []
        assert Figure.objects.count() == Response.objects.count() == 0
    answer(mine[9], FIVE)
    with activate(WORKER):
        assert mixing.due() == [campaign.pk]
        assert mixing.mix(campaign) == 10
        figure = Figure.objects.get(campaign=campaign, code="PUL1")
        assert (figure.people, figure.share, figure.distribution) == (10, 1.0, {"1": 0, "2": 0, "3": 0, "4": 0, "5": 10})
        asked_more = Figure.objects.get(campaign=campaign, code="PUL4")
        assert (asked_more.hidden, asked_more.people, asked_more.dont_know, asked_more.share) == (True, 0, 10, None)
        assert {row.text for row in Comment.objects.all()} == {"Tak til læge [navn], ring på [telefonnummer]"}
        assert SealedAnswer.objects.count() == 0
        unit = CampaignUnit.objects.get(campaign=campaign)
        assert (unit.released, unit.reach) == (10, {"created": 30, "submitted": 10})
    for link in mine[10:14]:
        answer(link, FIVE)
    with activate(WORKER):
        assert mixing.due() == []
        assert mixing.mix(campaign) == 0
        assert Figure.objects.get(campaign=campaign, code="PUL1").people == 10
    answer(mine[14], FIVE)
    with activate(WORKER):
        assert mixing.mix(campaign) == 5
        assert Figure.objects.get(campaign=campaign, code="PUL1").people == 15


def test_comments_are_for_the_practice_once_a_person_has_read_them(
    running: Running, links: Links, manager: Acting, acts: Any
) -> None:
    campaign = running(12)
    for link in links(campaign)[:10]:
        answer(link, {**FIVE, "PUFT": "Fint sted"})
    with activate(WORKER):
        mixing.mix(campaign)
    consultant = acts("quality_consultant", "north")
    with activate(manager.scope):
        assert Comment.objects.count() == 0
    with activate(consultant.scope):
        assert Comment.objects.count() == 10
        one = Comment.objects.first()
        assert one is not None
        Comment.objects.filter(pk=one.pk).update(state="approved")
    with activate(manager.scope):
        assert [row.pk for row in Comment.objects.all()] == [one.pk]
    with activate(acts("quality_consultant", "south").scope):
        assert Comment.objects.count() == 0


@pytest.mark.parametrize("role", ["practice_manager", "quality_consultant", "regional_administrator", "national_analyst"])
def test_no_persona_reads_an_answer_an_invitation_or_an_address(running: Running, links: Links, acts: Any, role: str) -> None:
    campaign = running(12)
    for link in links(campaign)[:3]:
        answer(link, FIVE)
    who = acts(role, {"practice_manager": "north_2", "national_analyst": None}.get(role, "north"))
    for table in (
        "surveys_response",
        "surveys_sealedanswer",
        "surveys_invitation",
        "surveys_draft",
        "surveys_suppression",
        "surveys_asked",
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), activate(who.scope), connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table}")
    with pytest.raises(ProgrammingError, match="permission denied"), activate(who.scope), connection.cursor() as cursor:
        cursor.execute("SELECT address, key FROM surveys_contact")


def test_one_link_opens_one_draft(running: Running, links: Links) -> None:
    campaign = running(5)
    mine = links(campaign)
    for link in mine[:3]:
        door = door_of(link.token)
        assert door is not None
        answering.begin(door)
        answering.save(door, FIVE)
    with activate(Scope(Persona.RESPONDENT, link=mine[0].digest.hex())):
        assert [bytes(row.pk) for row in Draft.objects.all()] == [mine[0].digest]
        assert [bytes(row.token_digest) for row in Invitation.objects.all()] == [mine[0].digest]
        assert Invitation.objects.update(state="opted_out") == 1
    with activate(WORKER):
        assert Invitation.objects.filter(state="opted_out").count() == 1
    with activate(Scope(Persona.RESPONDENT)):
        assert (Draft.objects.count(), Invitation.objects.count(), Campaign.objects.count()) == (0, 0, 0)


def test_the_persona_that_answers_cannot_put_an_answer_elsewhere(running: Running, links: Links, acts: Any) -> None:
    mine = links(running(3))[0]
    other = running(3, by=acts("practice_manager", "south_1"))
    with activate(WORKER):
        [unit] = CampaignUnit.objects.filter(campaign=other).select_related("practice")
    with pytest.raises(ProgrammingError, match="row-level security"), activate(Scope(Persona.RESPONDENT, link=mine.digest.hex())):
        SealedAnswer.objects.bulk_create(
            [SealedAnswer(campaign=other, practice=unit.practice, mode="email", week="2026-W47", content=b"")]
        )


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_twenty_at_once_store_one(running: Running, links: Links) -> None:
    [link, *_rest] = links(running(3))
    door = door_of(link.token)
    assert door is not None
    answering.begin(door)
    answering.save(door, FIVE)
    told: list[bool] = []
    gate = threading.Barrier(20)

    def send() -> None:
        gate.wait(timeout=60)
        try:
            told.append(answering.submit(door))
        finally:
            connections["default"].close()

    crowd = [threading.Thread(target=send) for _ in range(20)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert Counter(told) == {True: 1, False: 19}
    with activate(WORKER):
        assert SealedAnswer.objects.count() == 1
