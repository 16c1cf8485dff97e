"""`manage.py indicator` and the explanation of a patient, in the practice's own scope."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from datacapture.models import CaseState, IndicatorVersion
from datacapture.queries.explaining import NoSuchPatient, explain_case
from kip.core.scope import WORKER, Persona, Scope, activate
from tests.datacapture.feedback_world import MONTH_END, World, build

pytestmark = pytest.mark.django_db
BINS = ("numerator", "denominator_only", "excluded", "unknown", "exception")


@pytest.fixture(autouse=True)
def own_keys(settings: Any, tmp_path: Any) -> None:
    settings.KIP_HOME, settings.KIP_KEY_FILE = tmp_path, tmp_path / "keys"


@pytest.fixture
def world(country: dict[str, Any]) -> World:
    return build(country, only=("DM-02",))


def told(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("indicator", *arguments, stdout=out)
    return out.getvalue().splitlines()


def test_every_explained_patient_is_in_the_bin_that_was_counted(world: World) -> None:
    practice = world.places["north_1"]
    with activate(Scope(Persona.PRACTICE, practice_id=practice.pk)):
        version = IndicatorVersion.objects.get(indicator__code="DM-02", retired_at=None)
        states = list(CaseState.objects.filter(version=version).order_by("pk")[:12])
        for state in states:
            (case,) = explain_case(version, state.patient_id, MONTH_END, language="da")
            assert case.bin == BINS[state.bin - 1]
            (last,) = [line for line in case.lines if line.role == "numerator"]
            assert last.holds == (state.bin == 1)
            if state.bin in (1, 2):
                assert (last.event.id, last.event.day) == (state.deciding_event_id, state.deciding_day)
    assert {state.practice_id for state in states} == {practice.pk}


def test_another_practices_patient_cannot_be_explained(world: World) -> None:
    with activate(WORKER):
        version = IndicatorVersion.objects.get(indicator__code="DM-02", retired_at=None)
        theirs = CaseState.objects.filter(practice=world.places["north_2"]).first().patient_id
    with activate(Scope(Persona.PRACTICE, practice_id=world.places["north_1"].pk)), pytest.raises(NoSuchPatient):
        explain_case(version, theirs, MONTH_END)


def test_the_command_explains_a_patient(world: World) -> None:
    practice = world.places["north_1"]
    with activate(WORKER):
        state = CaseState.objects.filter(practice=practice, bin=1).first()
    lines = told(
        "patient", "DM-02", "--practice", practice.number, "--patient", str(state.patient_id), "--month-end",
        MONTH_END.isoformat(), "--language", "en",
    )  # fmt: skip
    assert lines[0] == "DM-02: numerator"
    assert f"<- {state.deciding_day} NPU27300" in lines[-1]
    with pytest.raises(CommandError, match="no patient 0"):
        told("patient", "DM-02", "--practice", practice.number, "--patient", "0")


def test_timing_names_every_criterion_with_its_rows_and_the_time_box_names_the_slow_one(world: World) -> None:
    lines = told(
        "timing", "DM-02", "--region", world.regions["north"].code, "--months", "1", "--month-end", MONTH_END.isoformat()
    )
    assert lines[0].startswith(f"{world.regions['north'].code}: ")
    assert any("rows  events" in line for line in lines)
    assert lines[-1].endswith("rows  DM-02")
    with pytest.raises(CommandError, match="while it was working on months"):
        told("timing", "DM-02", "--time-box", "0")


def test_the_plan_and_the_words_need_no_data() -> None:
    plan = told("sql", "DM-08")
    assert plan[0].startswith("-- %(p0)s = ")
    assert [line for line in plan if line.startswith("-- DM-0")][-3:] == [
        "-- DM-08: cases",
        "-- DM-08: counts",
        "-- DM-08: states",
    ]
    assert told("explain", "X-04", "--language", "en") == [
        "We calculate the difference between two groups of patients over a period of 12 months.",
        "The difference is calculated for: HbA1c measured within a year.",
        "The comparison is between the fifth who live in the most deprived areas"
        " and the fifth who live in the least deprived areas.",
    ]
    assert "Opfyldt når scoren er faldet mindst 5." in told("explain", "PSY-02")[-1]
    with pytest.raises(CommandError, match="no indicator XX-1"):
        told("sql", "XX-1")
