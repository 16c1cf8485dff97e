"""Population: counts against a recount in Python, and what is said of them."""

import random
from collections import Counter
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from datacapture.actions.population import write_population
from datacapture.models import (
    CodeSetMember,
    Event,
    EventCode,
    Objection,
    Patient,
    PopulationArea,
    PopulationResult,
    Release,
)
from datacapture.population.counting import Cell, Group, counted
from datacapture.population.definitions import asked
from datacapture.population.judging import judged_lines, people_lines, same_lines
from datacapture.results.cube import Place
from kip.core.scope import WORKER, Persona, Scope, activate
from kip.stats.disclosure import Rule
from practices.models import Practice
from tests.datacapture.pathways.pathway_world import purpose

pytestmark = pytest.mark.django_db
END = date(2026, 9, 30)
YEAR = date(2025, 9, 30)
CODES = {
    "T90": ("dx", "dx_diabetes"), "R95": ("dx", "dx_kol"), "K86": ("dx", "dx_hypertension"), "DJ18": ("hosp", "dx_forebyg_indl"),
    "NPU27300": ("lab", "lab_hba1c"),
}  # fmt: skip


@pytest.fixture
def people(country: dict[str, Any]) -> tuple[list[Practice], list[dict[str, Any]], Any]:
    """Patients with random diseases, tests and admissions at six practices; what was put in stands beside."""
    chance = random.Random(3)
    with activate(WORKER):
        home = country["north_1"]
        more = [
            Practice.objects.create(
                number=f"Q{n}", name=f"Nabo {n}", profession=home.profession, region=home.region, municipality=home.municipality,
                valid_from=home.valid_from,
            )
            for n in range(4)
        ]  # fmt: skip
        practices = [home, country["south_1"], *more]
        codes = {name: EventCode.objects.create(kind=kind, system="X", code=name) for name, (kind, _set) in CODES.items()}
        CodeSetMember.objects.bulk_create(CodeSetMember(set_name=CODES[name][1], code=row) for name, row in codes.items())
        goal, events, known = purpose(), [], []
        for practice in practices:
            for _ in range(60):
                facts = _facts(chance, practice)
                patient = Patient.objects.create(
                    practice=practice, sex=facts["sex"], birth=facts["birth"], listed_from=date(2015, 1, 1),
                    listed_to=facts["left"], death=facts["death"],
                )  # fmt: skip
                if facts["objects"]:
                    Objection.objects.create(practice=practice, patient=patient, purpose=goal, since=date(2026, 1, 1))
                known.append(facts)
                events += [
                    Event(
                        practice=practice,
                        patient=patient,
                        code=codes[code],
                        day=day,
                        ended=day,
                        ongoing=code in ("T90", "R95", "K86"),
                    )
                    for code, day in facts["events"]
                ]
        for number, event in enumerate(events):
            event.source, event.received_at = UUID(int=number), datetime(2026, 10, 1, tzinfo=UTC)
        Event.objects.bulk_create(events)
    return practices, known, goal


def _facts(chance: random.Random, practice: Practice) -> dict[str, Any]:
    code = [name for name in CODES if chance.random() < 0.3]
    return {
        "practice": practice.pk,
        "sex": chance.choice([1, 2]),
        "birth": date(chance.randint(1930, 2020), chance.randint(1, 12), chance.randint(1, 28)),
        "left": chance.choice([None, None, None, date(2026, 3, 1), date(2026, 9, 30)]),
        "death": chance.choice([None] * 9 + [date(2026, 5, 1)]),
        "objects": chance.random() < 0.05,
        "events": [(name, date(2024 + chance.randrange(3), chance.randint(1, 9), 15)) for name in code],
    }


def _age(birth: date) -> int:
    return END.year - birth.year - ((END.month, END.day) < (birth.month, birth.day))


def recount(known: list[dict[str, Any]]) -> Counter[tuple[Any, ...]]:
    """x and n of every cell, by hand."""
    found: Counter[tuple[Any, ...]] = Counter()
    for facts in known:
        gone = (facts["left"] and facts["left"] < END) or (facts["death"] and facts["death"] <= END) or facts["objects"]
        if gone:
            continue
        day = dict(facts["events"])
        ill = {name for name in ("T90", "R95", "K86") if name in day}
        where = (facts["practice"], facts["sex"], min(_age(facts["birth"]) // 10, 9))
        found["people", f"{where[1]}-{where[2]}", *where, "x"] += 1
        for disease, code in (("diabetes", "T90"), ("copd", "R95"), ("hypertension", "K86")):
            found["chronic", disease, *where, "x"] += code in ill
            found["chronic", disease, *where, "n"] += 1
        for least in (1, 2, 3):
            found["many", str(least), *where, "x"] += len(ill) >= least
            found["many", str(least), *where, "n"] += 1
        if _age(facts["birth"]) >= 65:
            found["avoidable", "admissions", *where, "x"] += "DJ18" in day and day["DJ18"] > YEAR
            found["avoidable", "admissions", *where, "n"] += 1
        if "NPU27300" in day and day["NPU27300"] > YEAR and not ("T90" in day and day["T90"] < day["NPU27300"]):
            found["early", "new_diabetes", *where, "x"] += "T90" in day
            found["early", "new_diabetes", *where, "n"] += 1
    return found


def test_counts_are_those_of_a_recount(people: Any) -> None:
    practices, known, goal = people
    with activate(WORKER), connection.cursor() as cursor:
        cells = list(counted(cursor, asked(), goal.pk, [practice.pk for practice in practices], END))
    told: Counter[tuple[Any, ...]] = Counter()
    for cell in cells:
        if cell.section != "chronic" or cell.key in ("diabetes", "copd", "hypertension"):
            where = (cell.section, cell.key, cell.practice_id, cell.sex, cell.band)
            told[*where, "x"] += cell.x
            told[*where, "n"] += cell.n
    assert +told == +recount(known)


def test_rows_are_stored_and_each_persona_reads_its_own(people: Any) -> None:
    practices, _known, goal = people
    with activate(WORKER):
        release = Release.objects.create(label="2026-3", month_end=END, method="1")
        assert write_population(release, goal, practices) > 100
        Release.objects.filter(pk=release.pk).update(state="prepared")
        assert PopulationArea.objects.filter(level="region").exists()
        assert all(row.n is None or row.n % 5 == 0 for row in PopulationArea.objects.all())
    here = practices[0]
    with activate(Scope(Persona.PRACTICE, practice_id=here.pk)):
        assert set(PopulationResult.objects.values_list("practice_id", flat=True)) == {here.pk}
    with activate(Scope(Persona.REGION, region_id=here.region_id)):
        assert set(PopulationArea.objects.values_list("region_id", flat=True)) <= {None, here.region_id}
    with pytest.raises(Exception, match="permission denied"), activate(Scope(Persona.REGION, region_id=here.region_id)):
        list(PopulationResult.objects.all())


PLACES = {number: Place(number, 1, "general_practice") for number in range(1, 7)}


def test_a_verdict_allows_for_age_and_chance() -> None:
    """Six practices where the old are ill three times as often: the old practice is as expected, the odd one is not."""
    cells = []
    for number in PLACES:
        old, young = (200, 50) if number == 1 else (50, 200)
        factor = 2.2 if number == 2 else 1
        cells += [
            Cell("chronic", "copd", number, 1, 7, round(0.3 * old * factor), old),
            Cell("chronic", "copd", number, 1, 3, round(0.1 * young * factor), young),
        ]
    lines = {line.practice_id: line for line in judged_lines(cells, PLACES, 1000, Rule())}
    assert [lines[number].verdict for number in PLACES] == ["expected", "higher", "expected", "expected", "expected", "expected"]
    assert (lines[1].value or 0) > 1.5 * (lines[3].value or 0)
    assert abs((lines[1].adjusted or 0) - (lines[3].adjusted or 0)) < 0.01
    few = {line.practice_id: line for line in judged_lines(cells[:4], PLACES, 1000, Rule())}
    assert (few[1].similar, few[1].verdict, few[1].adjusted) == (None, "", None)


def test_small_shares_of_similar_practices_are_hidden_and_the_own_is_not() -> None:
    cells = [Cell("people", key, number, 1, 1, x, 0) for number in PLACES for key, x in (("1-1", 40), ("1-2", 30), ("2-9", 0))]
    cells += [Cell("people", "2-9", 1, 2, 9, 2, 0)]
    lines = {(line.practice_id, line.key): line for line in people_lines(cells, PLACES, Rule())}
    assert lines[1, "2-9"].x == 2
    assert lines[1, "2-9"].similar is None
    shown = [lines[2, key].similar for key in ("1-1", "1-2")]
    assert None in shown, "a second share is hidden, or the first could be computed"


def test_groups_are_held_against_the_other_own_patients() -> None:
    groups = [
        Group("DM-01", number, sex, 3, 0, x, 100) for number in PLACES for sex, x in ((1, 90), (2, 60 if number == 1 else 88))
    ]
    lines = {(line.practice_id, line.key): line for line in same_lines(groups, PLACES, Rule())}
    assert (lines[1, "DM-01|sex|2"].verdict, lines[1, "DM-01|sex|1"].verdict) == ("lower", "higher")
    assert lines[2, "DM-01|sex|2"].verdict == "expected"
    assert lines[1, "DM-01|age|1"].verdict == "few", "there is no other age group to hold it against"
    assert lines[1, "DM-01|sex|1"].similar == 0.9
