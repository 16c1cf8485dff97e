"""Warnings that need the stored data: another unit, unlikely values, too few rows, unknown patients, the same file."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from datacapture.enums import Channel, DeliveryState
from datacapture.models import Delivery, Event, Patient
from kip.core.scope import WORKER, activate
from practices.models import Practice
from tests.datacapture.intake_files import counts, csv_file, enrol, hand_in, line, purpose

pytestmark = pytest.mark.django_db
Row = dict[str, str]


@pytest.fixture(autouse=True)
def own_home(settings: Any, tmp_path: Path) -> None:
    settings.KIP_HOME, settings.KIP_KEY_FILE = tmp_path, tmp_path / "keys"


@pytest.fixture
def practice(country: dict[str, Any]) -> Practice:
    with activate(WORKER):
        enrol(country["north_1"], purpose(code_sets=["lab_hba1c", "lab_uacr", "dx_diabetes"]))
    return country["north_1"]


def urine(number: int, value: float, **more: str) -> Row:
    cells = {"code": "NPU19661", "unit": "mg/g", "value": f"{value:.1f}".replace(".", ","), **more}
    return line(f"u{number}", **cells)


def years(chance: random.Random, number: int, start: int = 0) -> list[Row]:
    return [urine(start + place, chance.lognormvariate(2.5, 0.9)) for place in range(number)]


def warned(delivery: Delivery) -> dict[str, int]:
    return delivery.receipt["warned"]


def said(delivery: Delivery, key: str) -> list[dict[str, Any]]:
    return [item for item in delivery.receipt["messages"] if item["key"] == key]


def test_a_thousandfold_shift_of_one_laboratory_is_told_in_preview_and_receipt(practice: Practice) -> None:
    chance = random.Random(1)
    hand_in(practice, csv_file(*years(chance, 60)))
    fresh = [row | {"producer": "lab-b"} for row in years(chance, 9, 100)]
    wrong = [urine(200 + n, 1000 * chance.lognormvariate(2.5, 0.9), producer="lab-c") for n in range(4)]
    file = csv_file(*fresh, *wrong)
    for mode in ("check", "store"):
        delivery = hand_in(practice, file, mode=mode)
        assert (warned(delivery), counts(delivery)) == ({"unit_suspicion": 1}, {"new": 13})
        (told,) = said(delivery, "unit_suspicion")
        assert told["da"].startswith("Værdierne kan være angivet i en anden enhed, end der står. NPU19661: de fleste")
        assert "mg/g" in told["en"]
    again = hand_in(practice, file)
    assert warned(again) == {}


def test_values_as_usual_and_a_correction_back_are_not_suspected(practice: Practice) -> None:
    chance = random.Random(2)
    hand_in(practice, csv_file(*years(chance, 60)))
    assert warned(hand_in(practice, csv_file(*years(chance, 20, 100)))) == {}


def test_an_old_unit_is_seen_without_any_history(practice: Practice) -> None:
    percents = [line(str(n), value=f"{value}") for n, value in enumerate(("6,5", "7,1", "8,0"))]
    delivery = hand_in(practice, csv_file(*percents))
    assert warned(delivery) == {"unit_suspicion": 1}


def test_single_unlikely_values_are_listed_with_their_line(practice: Practice) -> None:
    delivery = hand_in(practice, csv_file(line("1"), line("2", value="480"), line("3", value="45"), line("4", value="52")))
    assert warned(delivery) == {"value_unlikely": 1}
    (told,) = said(delivery, "value_unlikely")
    assert "Linje 3: NPU27300 er 480 mmol/mol." in told["da"]
    assert "\r\n3;value;;value_unlikely;" in delivery.row_list
    with activate(WORKER):
        assert Event.objects.count() == 4


def test_values_are_compared_with_the_own_practice_only(practice: Practice, country: dict[str, Any]) -> None:
    with activate(WORKER):
        enrol(country["north_2"], practice.enrolments.get().purpose)
    chance = random.Random(3)
    hand_in(practice, csv_file(*years(chance, 60)))
    high = [urine(n, 700 + n, practice="D10812") for n in range(5)]
    assert warned(hand_in(country["north_2"], csv_file(*high))) == {}


@pytest.fixture
def deliveries(practice: Practice) -> Callable[..., Delivery]:
    """`deliveries(rows, patients, start)`: one delivery of so many rows on so many patients with local numbers."""

    def run(rows: int, patients: int = 60, start: int = 0, **more: Any) -> Delivery:
        born = {"sex": "k", "birth": "1961-05-06"}
        number = Delivery.objects.count
        with activate(WORKER):
            place = number()
        lines = [line(f"{place}-{n}", patient=f"P-{start + n % patients}", **born) for n in range(rows)]
        return hand_in(practice, csv_file(*lines), **more)

    return run


def test_far_fewer_rows_than_usual(deliveries: Callable[..., Delivery]) -> None:
    for _ in range(3):
        assert warned(deliveries(90)) == {}
    assert warned(deliveries(31)) == {}
    delivery = deliveries(29)
    assert warned(delivery) == {"fewer_than_usual": 1}
    assert "29 mod omkring 90 i tidligere perioder." in said(delivery, "fewer_than_usual")[0]["da"]
    assert warned(deliveries(29, channel=Channel.API)) == {}


def test_patients_that_are_suddenly_all_unknown_refuse_the_file_until_a_person_sends_it_again(
    deliveries: Callable[..., Delivery],
) -> None:
    for _ in range(4):
        deliveries(90)
    with activate(WORKER):
        assert Patient.objects.count() == 60
    assert warned(deliveries(90, 60, 30)) == {}
    for channel in (Channel.WEB, Channel.API):
        for _ in range(4 if channel == Channel.API else 0):
            deliveries(90, channel=channel)
        refused = deliveries(90, 60, 500, channel=channel)
        assert (refused.state, counts(refused)) == (DeliveryState.REFUSED, {"stopped": ["pseudonym_mismatch"]})
    assert "Kun 0 % af koderne i udtraek.csv er set før." in refused.receipt["messages"][0]["da"].replace("\u00a0", " ")
    with activate(WORKER):
        assert Patient.objects.count() == 90
    assert counts(deliveries(90, 60, 500, channel=Channel.API)) == {"stopped": ["pseudonym_mismatch"]}
    settled = deliveries(90, 60, 500)
    assert (counts(settled), warned(settled)) == ({"new": 90}, {"pseudonym_mismatch": 1})


def test_the_same_file_again_is_told(practice: Practice) -> None:
    hand_in(practice, csv_file(line("1")))
    again = hand_in(practice, csv_file(line("1")), mode="check")
    assert [item["key"] for item in again.receipt["messages"]] == ["duplicate_file"]


def test_one_file_may_hold_measurements_with_whole_and_with_broken_bounds(country: dict[str, Any]) -> None:
    """HbA1c lies between 15 and 200, LDL cholesterol between 0.1 and 20: both went to the database in one list."""
    practice = country["north_1"]
    with activate(WORKER):
        enrol(practice, purpose(code_sets=["lab_hba1c", "lab_ldl"]))
    file = csv_file(line("1", value="48"), line("2", code="NPU01568", unit="mmol/L", value="2,4"))
    assert counts(hand_in(practice, file)) == {"new": 2}
