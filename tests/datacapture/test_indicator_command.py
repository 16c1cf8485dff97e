"""`manage.py indicator` and the explanation of a patient, in the practice's own scope."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from datacapture.actions.library import definitions
from datacapture.engine.criteria import explained_run
from datacapture.engine.run import execute
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
    assert lines[:2] == ["-- DM-02, published version 1 by KIP.", "DM-02: numerator"]
    assert f"<- {state.deciding_day} NPU27300" in lines[-1]
    with pytest.raises(CommandError, match="no patient 0"):
        told("patient", "DM-02", "--practice", practice.number, "--patient", "0")


def test_timing_names_every_criterion_with_its_rows_and_the_time_box_names_the_slow_one(world: World) -> None:
    lines = told(
        "timing", "DM-02", "--region", world.regions["north"].code, "--months", "1", "--month-end", MONTH_END.isoformat()
    )
    assert lines[1].startswith(f"{world.regions['north'].code}: ")
    assert any(line.endswith("rows  Hændelser med disse koder") for line in lines)
    assert any(line.endswith("rows  Betingelse: Har diagnosen diabetes (alle typer) i perioden.") for line in lines)
    assert lines[-1].endswith("rows  Optælling: HbA1c under 59 mmol/mol")
    with pytest.raises(CommandError, match="while it was working on: The months"):
        told("timing", "DM-02", "--time-box", "0", "--language", "en")
    with pytest.raises(CommandError, match="There is no region 9999"):
        told("timing", "DM-02", "--region", "9999")


def test_every_definition_can_be_timed_in_words(world: World) -> None:
    """Rows are those of the criteria's own statements, and each of them has a sentence in both languages."""
    library = definitions()[0]
    with activate(WORKER):
        for code in library.indicators:
            explained = explained_run(library, code)
            connection.ensure_connection()
            report = execute(
                connection.connection, explained.plan, region_id=world.regions["north"].pk, purpose_id=world.purpose.pk,
                months=[MONTH_END],
            )  # fmt: skip
            for words in explained.words.values():
                assert report.seconds.keys() == words.keys()
                assert all(text[0].isupper() and "kip_" not in text and "step." not in text for text in words.values())


def test_what_was_published_in_the_portal_is_found_and_the_files_on_request(world: World) -> None:
    with activate(WORKER):
        version = IndicatorVersion.objects.get(indicator__code="DM-02", retired_at=None)
        IndicatorVersion.objects.filter(pk=version.pk).update(retired_at=timezone.now())
        written = json.loads(json.dumps(version.definition).replace("59.0", "53.0"))
        IndicatorVersion.objects.create(
            indicator=version.indicator, number=2, definition=written, definition_hash="portal", texts=version.texts, source="x",
            trust="draft", min_n=30, controllable_by="practice", author="En analytiker",
        )  # fmt: skip
    published, former, files = (
        told("explain", "DM-02", *more) for more in ([], ["--version-number", "1"], ["--source", "files"])
    )
    assert published[0] == "-- DM-02, published version 2 by En analytiker."
    assert former[0] == "-- DM-02, published version 1 by KIP, retired."
    assert files[0] == "-- DM-02 as the definition files have it."
    assert published[-1] == former[-1].replace("59", "53") == files[-1].replace("59", "53") != files[-1]
    assert "53.0" in "\n".join(told("sql", "DM-02"))
    for arguments, sentence in [
        (("XX-1",), "There is no indicator XX-1, neither published nor in the files."),
        (("DM-02", "--version-number", "7"), "DM-02 has no version 7."),
        (("DM-01", "--source", "published"), "DM-01 has no published version that runs."),
    ]:
        with pytest.raises(CommandError) as refused:
            told("explain", *arguments)
        assert str(refused.value) == sentence


def test_the_plan_and_the_words_need_no_data() -> None:
    plan = told("sql", "DM-08")
    assert plan[:2] == ["-- DM-08 as the definition files have it.", plan[1]]
    assert plan[1].startswith("-- %(p0)s = ")
    assert [line for line in plan if line.startswith("-- DM-0")][-3:] == [
        "-- DM-08: cases",
        "-- DM-08: counts",
        "-- DM-08: states",
    ]
    assert told("explain", "DM-08", "--language", "en") == [
        "-- DM-08 as the definition files have it.",
        "The figure is the share of patients who meet all the measures named here, over 12 months.",
        "All these measures must be met for the same patient:",
        "- HbA1c measured within a year",
        "- Blood pressure measured yearly in diabetes",
        "- Albuminuria tested within 2 years",
        "- Eye examination within 2 years",
        "- Foot examination within 2 years",
    ]
    assert told("explain", "PSY-02")[-1] == "Målet er opfyldt, når scoren er faldet mindst 5 point."
