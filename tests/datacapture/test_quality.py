"""Data quality: each number against a recount in plain Python, and the planted faults found."""

import math
import random
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from uuid import UUID

import pytest

from datacapture.actions import quality
from datacapture.enums import QualityMeasure
from datacapture.models import (
    CodeSetMember,
    Delivery,
    Event,
    EventCode,
    EventHistory,
    Indicator,
    IndicatorCount,
    IndicatorVersion,
    Patient,
    Producer,
    QualityResult,
)
from datacapture.results.units import PLAUSIBLE, History, implausible, shifted
from kip.core.scope import WORKER, Persona, Scope, activate
from practices.models import Practice
from tests.datacapture.intake_files import enrol, purpose

AS_OF = date(2026, 10, 31)
YEAR, BEFORE, QUARTER = date(2025, 10, 31), date(2024, 10, 31), date(2026, 7, 31)
ZONE = UTC


class Shelf:
    """Puts events into the tables and remembers them for the recount."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.codes = {
            name: EventCode.objects.create(kind=kind, system=system, code=name)
            for name, kind, system in (
                ("T90", "dx", "ICPC2"), ("NPU27300", "lab", "NPU"), ("NPU19661", "lab", "NPU"), ("KONTAKT", "contact", "KIP"),
            )
        }  # fmt: skip
        for name, code in (("dx_diabetes", "T90"), ("lab_hba1c", "NPU27300"), ("lab_uacr", "NPU19661")):
            CodeSetMember.objects.create(set_name=name, code=self.codes[code])
        self.labs = {name: Producer.objects.create(name=name) for name in ("LAB-A", "LAB-B")}

    def put(self, patient: Patient, code: str, day: date, value: float | None = None, lab: str = "", **more: Any) -> Event:
        received = datetime.combine(day, time(12), ZONE) + timedelta(days=more.pop("delay", 1))
        event = Event(
            practice_id=patient.practice_id, patient=patient, code=self.codes[code], day=day, value=value,
            producer=self.labs.get(lab), source=UUID(int=len(self.events)), received_at=received, **more,
        )  # fmt: skip
        self.events.append(event)
        return event

    def write(self) -> None:
        Event.objects.bulk_create(self.events)

    def of(self, practice: Practice, code: str = "") -> list[Event]:
        return [e for e in self.events if e.practice_id == practice.pk and (not code or e.code == self.codes[code])]


def people(practice: Practice, number: int) -> list[Patient]:
    rows = [
        Patient(
            practice=practice, sex=1, birth=date(1950, 1, 1), listed_from=date(2020, 1, 1),
            listed_to=date(2026, 1, 1) if place % 10 == 9 else None, death=date(2025, 3, 1) if place % 11 == 10 else None,
        )
        for place in range(number)
    ]  # fmt: skip
    return Patient.objects.bulk_create(rows)


@pytest.fixture
def world(country: dict[str, Any]) -> tuple[Shelf, dict[str, Practice], dict[str, list[Patient]]]:
    """Two practices of general practice with random events, one of them with planted faults, and one that has nothing."""
    chance = random.Random(7)
    places = {key: country[key] for key in ("north_1", "north_2", "south_1")}
    with activate(WORKER):
        goal = purpose(code_sets=["dx_diabetes", "lab_hba1c", "lab_uacr", "obs_ryg"])
        for practice in places.values():
            enrol(practice, goal, date(2023, 1, 1))
        measures(places["north_1"])
        shelf, listed = Shelf(), {key: people(places[key], 40) for key in ("north_1", "north_2")}
        for key, patients in listed.items():
            for patient in patients[:32]:
                _random_year(shelf, patient, chance, planted=key == "north_2")
        shelf.write()
        Delivery.objects.create(
            practice=places["north_1"], channel="web", file_name="a.csv", size=1, digest="0", state="stored",
            receipt={"read": 50, "new": 10, "changed": 0, "same": 30, "refused": {"duplicate_row": 5}},
        )  # fmt: skip
        corrected = shelf.of(places["north_1"], "T90")[:3]
        for event in [*corrected, corrected[0]]:
            EventHistory.objects.create(practice=places["north_1"], source=event.source, before={})
        EventHistory.objects.update(replaced_at=datetime(2026, 5, 1, tzinfo=ZONE))
    return shelf, places, listed


def measures(practice: Practice) -> None:
    """Three running measures: two need HbA1c, one of them diabetes too, one smoking status."""
    for code, sets in (
        ("A-1", ["lab_hba1c", "dx_diabetes"]),
        ("A-2", ["lab_hba1c", "lab_uacr"]),
        ("A-3", ["obs_ryg", "obs_mrc"]),
    ):
        indicator = Indicator.objects.create(
            code=code, theme="x", professions=["general_practice"], dimension="x", kind="x", type="proportion", direction="higher"
        )
        definition = {"indicator": {"population": [{"codes": sets}]}, "sets": dict.fromkeys(sets)}
        version = IndicatorVersion.objects.create(
            indicator=indicator, number=1, definition=definition, definition_hash=code, texts={}, source="x", trust="own",
            min_n=10, controllable_by="x", author="x",
        )  # fmt: skip
        for month, unknown in ((date(2026, 6, 30), 9), (date(2026, 9, 30), 6 if code == "A-1" else 0)):
            for sex in (1, 2):
                IndicatorCount.objects.create(
                    version=version, practice=practice, region=practice.region, month_end=month, sex=sex, age_band=1,
                    numerator=10, denominator_only=4, excluded=1, unknown=unknown, exception=0,
                )  # fmt: skip


def _random_year(shelf: Shelf, patient: Patient, chance: random.Random, *, planted: bool) -> None:
    day = date(2024, 11, 5) + timedelta(days=chance.randrange(20))
    shelf.put(patient, "T90", date(2015, 1, 1), delay=3560)
    while day <= date(2026, 10, 25):
        if planted and date(2026, 4, 1) <= day < date(2026, 5, 1):
            day += timedelta(days=30)
            continue
        lab = chance.choice(["LAB-A", "LAB-A", "LAB-B"])
        wrong = planted and lab == "LAB-A" and date(2026, 6, 1) <= day < date(2026, 8, 1)
        uacr = math.exp(chance.gauss(2.5, 0.9)) * (1000 if wrong else 1)
        shelf.put(patient, "NPU19661", day, uacr, lab, delay=chance.choice([0, 1, 1, 2, 40]))
        shelf.put(patient, "NPU27300", day, chance.gauss(52, 8), lab, delay=1)
        course = f"F{chance.randrange(9)}" if chance.random() < 0.3 else ""
        shelf.put(patient, "KONTAKT", day, course=course)
        if chance.random() < (0.3 if planted and day > QUARTER else 0.8):
            shelf.put(patient, "T90", day, course=course if chance.random() < 0.5 else "")
        day += timedelta(days=chance.randrange(10, 60))


def stored(practice: Practice, measure: QualityMeasure) -> dict[tuple[str, str], QualityResult]:
    with activate(WORKER):
        rows = QualityResult.objects.filter(practice=practice, measure=measure)
        return {(row.key, row.producer): row for row in rows}


def compute(*places: Practice) -> int:
    with activate(WORKER):
        return quality.compute(places, AS_OF)


@pytest.mark.django_db
def test_every_number_is_that_of_the_recount(world: Any) -> None:
    shelf, places, listed = world
    compute(*places.values())
    for key in ("north_1", "north_2"):
        practice, events = places[key], shelf.of(places[key])
        coverage = stored(practice, QualityMeasure.COVERAGE)["", ""]
        now, earlier = (on_list(listed[key], events, *window) for window in ((YEAR, AS_OF), (BEFORE, YEAR)))
        assert (coverage.n, coverage.x) == now
        assert coverage.before == pytest.approx(earlier[1] / earlier[0])
        coding = stored(practice, QualityMeasure.CODING)["", ""]
        assert (coding.n, coding.x) == coded(shelf, practice, QUARTER, AS_OF)
        contacts, with_code = coded(shelf, practice, YEAR, QUARTER)
        assert coding.before == pytest.approx(with_code / contacts)
        late = stored(practice, QualityMeasure.LATENESS)
        assert set(late) == {("", ""), ("", "LAB-A"), ("", "LAB-B"), ("", "?")}
        for (_, lab), row in late.items():
            assert (row.n, row.x, row.value, row.upper) == pytest.approx(lateness(events, lab))


def on_list(patients: list[Patient], events: list[Event], first: date, last: date) -> tuple[int, int]:
    listed = [
        p for p in patients if (p.listed_to is None or p.listed_to >= last) and (p.death is None or p.death > last)
    ]  # fmt: skip
    seen = {e.patient_id for e in events if first < e.day <= last}
    return len(listed), sum(p.pk in seen for p in listed)


def coded(shelf: Shelf, practice: Practice, first: date, last: date) -> tuple[int, int]:
    diagnoses = shelf.of(practice, "T90")
    days, courses = {(e.patient_id, e.day) for e in diagnoses}, {e.course for e in diagnoses} - {""}
    visits = {(e.patient_id, e.day, e.course) for e in shelf.of(practice, "KONTAKT") if first < e.day <= last}
    return len(visits), sum((patient, day) in days or course in courses for patient, day, course in visits)


def lateness(events: list[Event], lab: str) -> tuple[float, ...]:
    first = min(e.received_at.date() for e in events)
    chosen = [e for e in events if e.day >= first and YEAR < e.day <= AS_OF]
    if lab:
        chosen = [e for e in chosen if (e.producer.name if e.producer else "?") == lab]
    days = sorted(max(0, (e.received_at.date() - e.day).days) for e in chosen)
    upper = quantiles(days, n=10, method="inclusive")[-1]
    return len(days), sum(day > 30 for day in days), median(days), upper


@pytest.mark.django_db
def test_a_thousandfold_shift_is_found_in_the_month_and_the_laboratory_it_came_from(world: Any) -> None:
    shelf, places, _ = world
    compute(*places.values())
    assert stored(places["north_1"], QualityMeasure.UNIT) == {}
    ((place, row),) = stored(places["north_2"], QualityMeasure.UNIT).items()
    assert (place, row.since) == (("NPU19661", "LAB-A"), date(2026, 6, 1))
    values = [e for e in shelf.of(places["north_2"], "NPU19661") if e.producer.name == "LAB-A" and e.day > YEAR]
    assert (row.n, row.x) == (len(values), sum(date(2026, 6, 1) <= e.day < date(2026, 8, 1) for e in values))
    assert 300 < row.value < 3000
    assert row.effect == pytest.approx(1 * row.x / row.n)


@pytest.mark.django_db
def test_thin_months_missing_sets_unknown_and_repeats(world: Any) -> None:
    _, places, _ = world
    compute(*places.values())
    thin = stored(places["north_2"], QualityMeasure.COVERAGE)["months", ""]
    assert (thin.n, thin.x, thin.since) == (11, 1, date(2026, 4, 1))
    assert thin.effect == pytest.approx(3 / 11)
    assert ("months", "") not in stored(places["north_1"], QualityMeasure.COVERAGE)
    # Smoking status is needed and allowed; the grade of breathlessness is needed, but no purpose lets it in.
    assert {key: row.effect for (key, _), row in stored(places["north_1"], QualityMeasure.MISSING).items()} == {"obs_ryg": 1.0}
    unknown = stored(places["north_1"], QualityMeasure.UNKNOWN)
    assert {key: (row.n, row.x) for (key, _), row in unknown.items()} == {"A-1": (40, 12)}
    fixed = stored(places["north_1"], QualityMeasure.CORRECTED)
    assert (fixed["", ""].x, fixed["repeats", ""].n, fixed["repeats", ""].x) == (3, 50, 35)
    assert {row.n for (key, _), row in stored(places["south_1"], QualityMeasure.CORRECTED).items()} == set()
    assert stored(places["south_1"], QualityMeasure.MISSING) == {}


@pytest.mark.django_db
def test_one_practice_gives_the_same_rows_as_all_and_again_the_same(world: Any) -> None:
    _, places, _ = world

    def rows() -> list[Any]:
        names = ("practice_id", "measure", "key", "producer", "n", "x", "value", "before", "upper", "since", "effect")
        with activate(WORKER):
            return sorted(QualityResult.objects.values_list(*names), key=str)

    together = compute(*places.values())
    first = rows()
    assert len(first) == together
    for practice in places.values():
        compute(practice)
    assert rows() == first


@pytest.mark.django_db
def test_queries_do_not_grow_with_the_practices(world: Any, django_assert_num_queries: Any) -> None:
    _, places, _ = world
    with activate(WORKER), django_assert_num_queries(16):
        quality.compute([places["north_1"]], AS_OF)
    with activate(WORKER), django_assert_num_queries(16):
        quality.compute(list(places.values()), AS_OF)


@pytest.mark.django_db
def test_a_region_reads_counts_of_data_and_nothing_on_single_measures(world: Any, country: dict[str, Any]) -> None:
    _, places, _ = world
    compute(*places.values())
    with activate(Scope(Persona.REGION, region_id=country["north"].pk)):
        seen = list(QualityResult.objects.values_list("region_id", "measure").distinct())
    assert {region for region, _ in seen} == {country["north"].pk}
    assert "unknown" not in {measure for _, measure in seen}
    with pytest.raises(Exception, match="permission denied"), activate(Scope(Persona.NATIONAL)):
        list(QualityResult.objects.all())


@pytest.mark.django_db
def test_a_drop_in_coding_holds_figures_back_and_chance_does_not(world: Any) -> None:
    _, places, _ = world
    compute(*places.values())
    assert stored(places["north_1"], QualityMeasure.CODING)["", ""].effect == 0
    dropped = stored(places["north_2"], QualityMeasure.CODING)["", ""]
    assert 0.2 < dropped.effect < 1 - dropped.value / dropped.before


@pytest.mark.django_db
def test_how_usual_it_is_to_have_what_is_missing(world: Any) -> None:
    _, places, _ = world
    with activate(WORKER):
        compute(*places.values())
        for number in range(4):
            other = Practice.objects.get(pk=places["north_1"].pk)
            other.pk, other.number = None, f"X{number}"
            other.save()
            QualityResult.objects.create(
                practice=other, region_id=other.region_id, measure="lateness", n=1, x=0, value=1, as_of=AS_OF
            )
    compute(places["north_1"])
    row = stored(places["north_1"], QualityMeasure.MISSING)["obs_ryg", ""]
    # Two of the six looked at lack it: the practice itself and its northern neighbour.
    assert (row.before, row.effect) == (pytest.approx(4 / 6), pytest.approx(4 / 6))


def test_what_only_an_exclusion_names_is_not_needed() -> None:
    definition = {
        "indicator": {"population": {"ref": "ill"}, "exclusions": {"codes": ["dx_rare"]}, "numerator": {"codes": ["lab_a"]}},
        "clauses": {"ill": {"codes": ["dx_b"]}},
        "sets": dict.fromkeys(("dx_rare", "lab_a", "dx_b")),
        "components": {"A": {"indicator": {"numerator": {"codes": ["lab_c"]}}, "sets": {"lab_c": None}}},
    }
    assert quality._needed(definition) == {"lab_a", "dx_b", "lab_c"}


def test_data_have_thirty_days_to_come() -> None:
    assert quality.looked_at(date(2026, 11, 22)) == date(2026, 9, 30)
    assert quality.looked_at(date(2026, 11, 30)) == date(2026, 10, 31)
    assert quality.looked_at(date(2026, 11, 29)) == date(2026, 9, 30)


def test_the_rule_of_units() -> None:
    usual = History(200, 1.2, 0.7)
    assert shifted(1, 4.2, usual)
    assert not shifted(1, 2.0, usual)
    assert shifted(30, 2.0, usual)
    assert not shifted(30, 1.8, usual)
    assert not shifted(1, 4.2, History(19, 1.2, 0.7))
    assert shifted(5, math.log10(6.5), History(50, math.log10(48), 0.1))
    assert implausible(3, math.log10(6.5), PLAUSIBLE["lab_hba1c"])
    assert not implausible(2, math.log10(6.5), PLAUSIBLE["lab_hba1c"])


@pytest.fixture(autouse=True)
def own_home(settings: Any, tmp_path: Path) -> None:
    settings.KIP_HOME, settings.KIP_KEY_FILE = tmp_path, tmp_path / "keys"
