"""Why a patient is on the list: the practice's own patients only, each look in its log, and the words agree with the count."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from datacapture.models import CaseState
from datacapture.queries.patients import LISTED
from kip.core.models import AuditRecord
from kip.core.scope import WORKER, activate
from tests.datacapture.feedback_world import World, build
from tests.datacapture.test_feedback_pages import words

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def own_keys(settings: Any, tmp_path: Path) -> None:
    settings.KIP_HOME, settings.KIP_KEY_FILE, settings.KIP_REQUIRE_MFA = tmp_path, tmp_path / "keys", False


@pytest.fixture
def world(country: dict[str, Any]) -> World:
    return build(country, only=("DM-02",))


def listed(world: World, place: str) -> CaseState:
    with activate(WORKER):
        found = CaseState.objects.filter(LISTED, practice=world.places[place], version__indicator__code="DM-02")
        return found.exclude(deciding_day=None).order_by("pk")[0]


def test_the_page_says_which_event_decided_and_the_log_says_who_was_looked_at(world: World, signed_in: SignIn) -> None:
    case = listed(world, "north_1")
    address = f"/maalinger/DM-02/patienter/{case.patient_id}/hvorfor/"
    client = signed_in("clinician", "north_1")
    pages = [client.get(f"/maalinger/DM-02/patienter/?page={number}").content.decode() for number in (1, 2)]
    assert [page.count(f'href="{address}"') for page in pages] in ([1, 0], [0, 1])
    answer = client.get(address)
    page = answer.context["page"]
    assert [item.outcome for item in page.cases] in (["ikke opfyldt"], ["not met"])
    goal = page.cases[0].parts[-1]
    assert (goal.heading, goal.outcome) in (("Målet", "Målet er ikke opfyldt."), ("The goal", "The goal is not met."))
    assert [line.day for line in goal.lines] == [case.deciding_day]
    assert goal.lines[0].event.startswith("NPU27300 ")
    included = page.cases[0].parts[0].lines
    assert [len(line.below) for line in included] == [3]
    assert "NPU27300" in words(answer)
    with activate(WORKER):
        looks = AuditRecord.objects.filter(kind="patient", practice_id=case.practice_id)
        assert [(look.act, look.object_id) for look in looks] == [("viewed", f"DM-02:{case.patient_id}")]


@pytest.mark.parametrize(
    ("role", "place"), [("clinician", "north_2"), ("quality_consultant", "north"), ("national_analyst", None)]
)
def test_nobody_else_can_ask(world: World, signed_in: SignIn, role: str, place: str | None) -> None:
    case = listed(world, "north_1")
    assert signed_in(role, place).get(f"/maalinger/DM-02/patienter/{case.patient_id}/hvorfor/").status_code == 404
