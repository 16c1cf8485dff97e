"""The demo country's surveys: every state, the published shares, something to do for each sign-in, walls that hold, once."""

from collections import Counter
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from accreditation.clocks import Stand
from accreditation.demo import history
from accreditation.demo.cast import CHAIR, CONSULTANT, LEAD, SECOND
from accreditation.demo.shares import apportioned, outcomes
from accreditation.demo.stage import plots
from accreditation.enums import State
from accreditation.models import (
    AgendaItem,
    Agreement,
    Assignment,
    CriticalFinding,
    Deadline,
    Decision,
    EvidenceLink,
    HearingPoint,
    Publication,
    SelfAssessment,
    Survey,
)
from accreditation.queries import ratings
from accreditation.queries.cases import ruled
from accreditation.queries.clocks import running, turn_of
from datacapture.demo import loading
from datacapture.demo.country import generate
from datacapture.demo.signins import SIGN_INS, make_sign_ins
from kip.core.models import AuditRecord, Job
from kip.core.scope import WORKER, Persona, Scope, activate
from practices.models import Membership, Practice, Region, User

SIZE = "lille"


@pytest.fixture(scope="module", autouse=True)
def demo(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[str]:
    """The small country with its surveys, loaded once for this file and rolled back; what the command said."""
    home = tmp_path_factory.mktemp("demo")
    with django_db_blocker.unblock(), override_settings(KIP_HOME=home, KIP_KEY_FILE=home / "keys"), transaction.atomic():
        country = generate(SIZE)
        with activate(WORKER):
            loading.load_practices(country.practices, loading.load_places(country))
            make_sign_ins()
        call_command("load_standards", stdout=StringIO())
        yield load()
        transaction.set_rollback(True)


def load() -> str:
    out = StringIO()
    call_command("load_demo_surveys", stdout=out)
    return out.getvalue()


def user(address: str) -> User:
    return User.objects.get(email=address)


def test_there_is_a_survey_in_every_state(demo: str) -> None:
    with activate(WORKER):
        assert set(Survey.objects.values_list("state", flat=True)) == set(State.values)
        kinds = set(Survey.objects.values_list("programme__kind", flat=True))
    assert kinds == {"full_survey", "focused_revisit", "peer_visit", "cluster_review", "supervision_follow_up"}
    assert f"{len(plots())} under way" in demo


def test_a_second_run_changes_nothing(demo: str) -> None:
    def counts() -> dict[str, int]:
        with activate(WORKER):
            found = {model._meta.db_table: model.objects.count() for model in apps.get_app_config("accreditation").get_models()}
            return {**found, "audit": AuditRecord.objects.count(), "users": User.objects.count()}

    before = counts()
    assert "there already" in load()
    assert counts() == before


@pytest.mark.parametrize(
    ("profession", "decided", "wanted"),
    [
        ("chiropractic", 193, {"accredited": 186, "accredited_with_remarks": 6, "not_accredited": 1}),
        ("podiatry", 105, {"accredited": 101, "accredited_with_remarks": 4}),
        ("physiotherapy", 100, {"accredited": 97, "accredited_with_remarks": 3}),
    ],
)
def test_as_many_surveys_as_were_published_end_as_was_published(profession: str, decided: int, wanted: dict[str, int]) -> None:
    found = outcomes(profession, decided)
    assert Counter(one.status for one in found) == wanted
    if profession == "physiotherapy":
        assert sum(one.first for one in found) == 48
    assert all(one.status == "accredited" for one in found if one.first)


@pytest.mark.parametrize("total", [0, 1, 4, 7, 193])
def test_shares_are_whole_numbers_near_the_exact_ones(total: int) -> None:
    shares = (0.95, 0.045, 0.005)
    found = apportioned(shares, total)
    assert sum(found) == total
    assert all(abs(one - share * total) < 1 for one, share in zip(found, shares, strict=True))


def test_the_former_cycle_ended_as_the_shares_say(demo: str) -> None:
    with activate(WORKER):
        former = list(Survey.objects.filter(cycle__number=1, programme__kind="full_survey").select_related("practice"))
        first_day = min(survey.cycle.first_day for survey in former)
        former = [survey for survey in former if survey.cycle.first_day == first_day]
        practices = sorted((survey.practice for survey in former), key=lambda item: item.number)
        wanted = history.ends(practices, 20261122)
        last = {row.survey_id: row.status for row in Decision.objects.order_by("at", "pk")}
        rounds = Counter(Decision.objects.values_list("survey_id", flat=True))
        found = {survey.practice_id: (rounds[survey.pk] == 1, last[survey.pk]) for survey in former}
        assert {survey.state for survey in former} == {"published"}
    assert found == {pk: (outcome.first, outcome.status) for pk, outcome in wanted.items()}


def test_every_decision_is_what_the_rules_say_or_has_its_reason() -> None:
    with activate(WORKER):
        departures = 0
        last = {row.survey_id: row for row in Decision.objects.select_related("survey__practice").order_by("at", "pk")}
        for row in last.values():
            if row.status == "provisional" or row.survey.state == "appealed":
                continue
            found = ruled(row.survey)
            if (found.recommendation or found.status) != row.status:
                departures += 1
                assert row.reason
        assert departures == 1


def test_deadlines_are_soon_overdue_and_escalated() -> None:
    with activate(WORKER):
        turns = [turn for deadline in running() if (turn := turn_of(deadline, timezone.now()))]
    assert {Stand.RUNNING, Stand.SOON, Stand.OVERDUE, Stand.ESCALATE} <= {turn.state.state for turn in turns}


def test_the_manager_is_under_way_with_evidence() -> None:
    with activate(WORKER):
        place = Membership.objects.get(user=user("leder@klinik.example")).practice_id
    with activate(Scope(Persona.PRACTICE, practice_id=place)):
        survey = Survey.objects.get(state="self_assessment", practice=place)
        states = Counter(SelfAssessment.objects.filter(survey=survey).values_list("state", flat=True))
        assert min(states["done"], states["draft"], states["open"]) > 0
        assert SelfAssessment.objects.filter(survey=survey, proposed__isnull=False).exists(), "last cycle's answers are proposals"
        shared = Counter(EvidenceLink.objects.filter(survey=survey).values_list("shared", flat=True))
        assert min(shared[True], shared[False]) > 0
        assert survey.consultant_id == user(CONSULTANT).pk


def test_the_surveyors_have_a_conflict_a_dissent_and_points_to_answer() -> None:
    with activate(WORKER):
        lead, second = user(LEAD), user(SECOND)
        teams = Assignment.objects.filter(ended_at=None)
        mine = {who: set(teams.filter(user=who).values_list("survey_id", flat=True)) for who in (lead, second)}
        on_site = Survey.objects.get(state="on_site")
        assert len(ratings.waiting(on_site)) == 1
        assert {on_site.pk} <= mine[lead] & mine[second]
        assert Agreement.objects.filter(agrees=False, by=second, survey__state="report_draft").count() == 1
        waiting = HearingPoint.objects.filter(answered_at=None, survey__in=mine[lead])
        assert waiting.count() == 3
        to_rate = Survey.objects.filter(state="follow_up_received", pk__in=mine[lead])
        assert to_rate.count() == 1
        assert Assignment.objects.filter(user=lead, accepted_at=None, ended_at=None).count() == 1


def test_a_conflict_of_interest_is_overridden_and_another_waits() -> None:
    with activate(WORKER):
        blocked = Assignment.objects.filter(blocked=True, ended_at=None)
        done = blocked.get(overridden_at__isnull=False)
        assert done.overridden_by_id not in (None, done.proposed_by_id)
        assert blocked.get(overridden_at=None).survey.state == "planned"


def test_critical_findings_were_answered_in_time_late_and_not_at_all() -> None:
    with activate(WORKER):
        found = CriticalFinding.objects.filter(told_at__isnull=False)
        due = {row.about: row for row in Deadline.objects.filter(clock="critical_action")}
        stands = Counter(
            "open" if row.acknowledged_at is None else "in time" if row.acknowledged_at <= due[str(row.pk)].due_at else "late"
            for row in found
        )
    assert stands == {"open": 1, "in time": 1, "late": 1}


def test_the_committee_member_has_a_case_of_each_kind() -> None:
    with activate(WORKER):
        member = user(CHAIR)
        minutes = set(AgendaItem.objects.filter(meeting__state="closed").values_list("meeting__minutes", flat=True))
    with activate(Scope(Persona.COMMITTEE, user_id=member.pk)):
        assert {"round_1", "round_2", "appeal"} <= set(AgendaItem.objects.values_list("kind", flat=True))
    assert minutes
    assert "" not in minutes


def test_nobody_is_mailed_of_the_past() -> None:
    with activate(WORKER):
        assert list(Job.objects.filter(name__startswith="accreditation.")) == []


def test_a_publication_was_taken_back_and_made_anew() -> None:
    with activate(WORKER):
        taken = Publication.objects.get(taken_back_at__isnull=False)
        assert Publication.objects.filter(survey=taken.survey, taken_back_at=None).count() == 1


def test_walls_hold_for_everybody_in_the_demo() -> None:
    with activate(WORKER):
        place = Membership.objects.get(user=user("fysioterapeut@klinik.example")).practice
        region = Region.objects.get(code="1083")
        lead = user(LEAD)
        assert place is not None
        every = Survey.objects.count()
    with activate(Scope(Persona.PRACTICE, practice_id=place.pk)):
        assert set(Survey.objects.values_list("practice_id", flat=True)) == {place.pk}
    with activate(Scope(Persona.REGION, region_id=region.pk)):
        assert set(Survey.objects.values_list("practice__region_id", flat=True)) == {region.pk}
    with activate(Scope(Persona.SURVEY, user_id=lead.pk)):
        seen = set(Survey.objects.values_list("pk", flat=True))
        assert seen <= set(Assignment.objects.filter(user_id=lead.pk).values_list("survey_id", flat=True))
        assert 0 < len(seen) < every
    with activate(Scope(Persona.NATIONAL)):
        assert Practice.objects.exists()


def test_no_name_of_a_person_and_no_number_of_one_stands_in_the_texts() -> None:
    with activate(WORKER):
        names = set(User.objects.exclude(email__in=[one.address for one in SIGN_INS]).values_list("name", flat=True))
    assert all(name.endswith("(demo)") for name in names), names
