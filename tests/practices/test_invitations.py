"""Invitations: by whom, once, for 72 hours, and the same answer to every link that does not work."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone

from kip.core.models import AuditRecord
from kip.core.scope import WORKER, Scope, activate
from practices.actions import NewMember, invite_member
from practices.enums import PRACTICE_ROLES, REGION_ROLES, Role
from practices.models import Invitation, Membership, User
from practices.queries import digest_of
from tests.practices.conftest import PASSWORD, acting_of

pytestmark = pytest.mark.django_db
NEW = {"email": "Ny.Person@kip.example", "name": "Ny Person"}


@pytest.fixture
def invited(signed_in, mailoutbox, django_capture_on_commit_callbacks):
    """Invite as a practice manager through the page; the answer is the link's path."""

    def invite(place: str = "north_1", **data: str) -> str:
        client = signed_in("practice_manager", place)
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post("/personer/inviter/", {**NEW, "role": "clinician", **data})
        assert (answer.status_code, answer.headers["location"]) == (302, "/personer/")
        return re.search(r"http://testserver(/invitation/\S+)", mailoutbox[-1].body).group(1)

    return invite


def accept(path: str, password: str = "en lang sætning 7", client: Client | None = None):
    return (client or Client()).post(path, {"password": password, "again": password})


def test_the_mail_is_in_both_languages_and_the_table_keeps_only_a_digest(invited, mailoutbox) -> None:
    path = invited()
    token = path.split("/")[2]
    mail = mailoutbox[0]
    assert (mail.to, mail.subject) == (
        ["ny.person@kip.example"],
        "practice_manager north_1 har inviteret dig til Kvalitet i Praksis",
    )
    assert mail.body.count(f"http://testserver{path}") == 2
    assert [mail.body.count(word) for word in ("Hej Ny Person", "Hello Ny Person", "Lægehuset north 1 (demo)")] == [1, 1, 2]
    stored = Invitation.objects.get()
    assert bytes(stored.digest) == digest_of(token)
    assert stored.expires_at - stored.created_at < timedelta(hours=72, seconds=1)


def test_get_shows_and_changes_nothing(invited) -> None:
    path = invited()
    assert [Client().get(path).status_code for _ in range(2)] == [200, 200]
    assert Invitation.objects.get().accepted_at is None


def test_accepting_makes_the_person_and_the_membership_once(invited, country) -> None:
    path = invited()
    first = accept(path)
    assert (first.status_code, first.headers["location"]) == (302, "/konto/login/")
    member = Membership.objects.get(user__email="ny.person@kip.example")
    assert (member.role, member.practice_id, member.valid_from, member.valid_to) == (
        "clinician", country["north_1"].pk, timezone.localdate(), None,
    )  # fmt: skip
    assert accept(path, "en anden sætning 8").status_code == 404
    assert authenticate(None, email="ny.person@kip.example", password="en lang sætning 7") == member.user
    assert list(member.user.emailaddress_set.values_list("email", "verified", "primary")) == [(member.user.email, True, True)]
    with activate(WORKER):
        acts = AuditRecord.objects.filter(practice_id=country["north_1"].pk, kind__in=["invitation", "membership"])
        assert list(acts.order_by("seq").values_list("act", flat=True)) == ["invited_member", "accepted_invitation"]


def test_every_link_that_does_not_work_gives_the_same_page(invited) -> None:
    path = invited()
    unknown = Client().get("/invitation/findes-ikke/")
    with activate(WORKER):
        Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    expired = Client().get(path)
    with activate(WORKER):
        Invitation.objects.update(expires_at=timezone.now() + timedelta(hours=1), accepted_at=timezone.now())
    used = Client().get(path)
    assert {answer.status_code for answer in (unknown, expired, used)} == {404}
    assert neutral(unknown) == neutral(expired) == neutral(used)
    assert accept(path).status_code == 404


def neutral(answer) -> str:
    """The page without what differs on every page."""
    body = re.sub(r'name="(csrfmiddlewaretoken|next)" value="[^"]*"', "", answer.content.decode())
    return re.sub(r"/invitation/[^/]+/", "", body)


def test_an_invitation_runs_out_after_72_hours(invited, time_machine) -> None:
    start = timezone.now()
    time_machine.move_to(start, tick=False)
    path = invited()
    time_machine.move_to(start + timedelta(hours=72, seconds=-1), tick=False)
    assert Client().get(path).status_code == 200
    time_machine.move_to(start + timedelta(hours=72), tick=False)
    assert Client().get(path).status_code == 404


def test_a_withdrawn_invitation_no_longer_works(invited, country) -> None:
    path = invited()
    manager = User.objects.get(email="practice_manager.north_1@kip.example")
    client = Client()
    client.force_login(manager, backend="practices.backends.PersonBackend")
    assert client.post(f"/personer/invitation/{Invitation.objects.get().pk}/traek/").status_code == 302
    assert Client().get(path).status_code == 404


def test_a_second_invitation_replaces_the_first(invited, signed_in, django_capture_on_commit_callbacks, mailoutbox) -> None:
    path = invited()
    client = Client()
    client.force_login(User.objects.get(), backend="practices.backends.PersonBackend")
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/personer/inviter/", {**NEW, "role": "clinician"})
    assert (len(mailoutbox), Client().get(path).status_code) == (2, 404)


def test_somebody_known_must_sign_in_and_keeps_the_password(invited, person, country) -> None:
    known = person("clinician", "south_1", email="ny.person@kip.example")
    path = invited()
    assert accept(path).status_code == 200
    assert Membership.objects.filter(user=known).count() == 1
    client = Client()
    client.force_login(known, backend="practices.backends.PersonBackend")
    assert client.post(path).headers["location"] == "/"
    assert set(Membership.objects.filter(user=known).values_list("practice", flat=True)) == {
        country["south_1"].pk, country["north_1"].pk,
    }  # fmt: skip
    assert authenticate(None, email=known.email, password=PASSWORD) == known


def test_somebody_else_who_is_signed_in_gets_nothing(invited, signed_in, person) -> None:
    person("clinician", "south_1", email="ny.person@kip.example")
    path = invited()
    stranger = signed_in("clinician", "south_2")
    assert stranger.post(path).status_code == 200
    assert Invitation.objects.get().accepted_at is None


def test_a_weak_password_is_refused(invited) -> None:
    path = invited()
    assert [accept(path, word).status_code for word in ("kort", "password1234", "ny.person@kip.example")] == [422, 422, 422]
    assert User.objects.filter(email="ny.person@kip.example").exists() is False


def test_dates_of_the_invitation_become_dates_of_the_membership(invited) -> None:
    first, last = timezone.localdate() + timedelta(days=10), timezone.localdate() + timedelta(days=40)
    accept(invited(valid_from=first.isoformat(), valid_to=last.isoformat()))
    member = Membership.objects.get(user__email="ny.person@kip.example")
    assert (member.valid_from, member.valid_to) == (first, last)


ROLES_BY_INVITER = {
    ("practice_manager", "north_1"): PRACTICE_ROLES,
    ("clinician", "north_1"): frozenset(),
    ("practice_assistant", "north_1"): frozenset(),
    ("regional_administrator", "north"): REGION_ROLES | {Role.PRACTICE_MANAGER},
    ("quality_consultant", "north"): frozenset(),
    ("risk_manager", "north"): frozenset(),
    ("platform_operator", None): frozenset(Role) - PRACTICE_ROLES - {Role.QUALITY_CONSULTANT, Role.RISK_MANAGER},
    ("national_analyst", None): frozenset(),
}


@pytest.mark.parametrize(("inviter", "gives"), ROLES_BY_INVITER.items(), ids=[role for role, _place in ROLES_BY_INVITER])
def test_which_roles_a_role_may_give(inviter, gives, person, country) -> None:
    acts = acting_of(person(*inviter))
    allowed = set()
    for role in Role:
        practice = country["north_1"] if role in PRACTICE_ROLES else None
        region_id = country["north"].pk if role in REGION_ROLES else None
        try:
            with activate(acts.scope):
                member = NewMember("x@kip.example", "X", role, practice, region_id)
                invite_member(by=acts, member=member, link_to=lambda token: token)
            allowed.add(role)
        except PermissionDenied:
            pass
    assert allowed == gives


@pytest.mark.parametrize(
    ("inviter", "role", "place"),
    [
        (("practice_manager", "north_1"), "clinician", "north_2"),
        (("practice_manager", "north_1"), "clinician", "south_1"),
        (("regional_administrator", "north"), "practice_manager", "south_1"),
        (("regional_administrator", "north"), "quality_consultant", "south"),
    ],
)
def test_nobody_invites_to_a_foreign_place(inviter, role, place, person, country) -> None:
    acts, where = acting_of(person(*inviter)), country[place]
    practice, region_id = (None, where.pk) if role in REGION_ROLES else (where, None)
    with pytest.raises(PermissionDenied), activate(acts.scope):
        invite_member(by=acts, member=NewMember("x@kip.example", "X", role, practice, region_id), link_to=str)
    assert Invitation.objects.count() == 0


def test_a_region_role_for_one_profession_gives_only_that_profession(person, country) -> None:
    user = person("regional_administrator", "north")
    with activate(WORKER):
        Membership.objects.update(profession="general_practice")
    acts = acting_of(user)
    outcomes = []
    for profession in ("", "physiotherapy", "general_practice"):
        try:
            with activate(acts.scope):
                member = NewMember("x@kip.example", "X", "quality_consultant", None, country["north"].pk, profession)
                invite_member(by=acts, member=member, link_to=str)
            outcomes.append(profession)
        except PermissionDenied:
            pass
    assert outcomes == ["general_practice"]
    with pytest.raises(PermissionDenied), activate(acts.scope):
        invite_member(by=acts, member=NewMember("x@kip.example", "X", "practice_manager", country["north_physio"]), link_to=str)


@pytest.mark.parametrize("role", ["clinician", "practice_assistant"])
def test_who_may_not_invite_finds_no_page(signed_in, role) -> None:
    client = signed_in(role, "north_1")
    assert [client.get("/personer/").status_code, client.get("/personer/inviter/").status_code] == [200, 404]
    assert client.post("/personer/inviter/", {**NEW, "role": "clinician"}).status_code == 404


def test_a_regional_administrator_invites_the_manager_of_a_practice_by_number(signed_in, country) -> None:
    client = signed_in("regional_administrator", "north")
    data = {**NEW, "role": "practice_manager"}
    answers = [client.post("/personer/inviter/", {**data, "number": number}).status_code for number in ("D10831", "D10811")]
    assert answers == [422, 302]
    assert Invitation.objects.get().practice_id == country["north_1"].pk


def test_the_operator_starts_a_region(signed_in, country, mailoutbox, django_capture_on_commit_callbacks) -> None:
    client = signed_in("platform_operator")
    data = {**NEW, "role": "regional_administrator", "region": country["south"].pk}
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post("/personer/inviter/", data).status_code == 302
    accept(re.search(r"http://testserver(/invitation/\S+)", mailoutbox[0].body).group(1))
    member = Membership.objects.get(user__email="ny.person@kip.example")
    assert (member.role, member.region_id) == ("regional_administrator", country["south"].pk)


def test_the_database_alone_stops_a_membership_for_a_foreign_practice(country, person) -> None:
    user = person("practice_manager", "north_1")
    scope = Scope(acting_of(user).persona, practice_id=country["north_1"].pk)
    foreign = {"user": user, "role": "clinician", "practice": country["north_2"], "valid_from": timezone.localdate()}
    with pytest.raises(Exception, match="row-level security"), activate(scope):
        Membership.objects.create(**foreign)
