"""The newest month through the real intake: what is stored in the end is what the loader alone would have stored."""

from collections import Counter
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from datacapture.demo import arriving, loading
from datacapture.demo.country import Country
from datacapture.demo.signins import DEMO_REGION
from datacapture.enums import Channel, DeliveryState
from datacapture.models import Delivery, Enrolment, Event
from kip.core.scope import WORKER, activate

WRONG = "entered-in-error"


@pytest.fixture
def few(country: Country, settings: Any, tmp_path: Path) -> Country:
    """A doctor, a dentist and a psychologist of the demo's region, and one whose newest month does not come as a file."""
    settings.KIP_HOME, settings.KIP_KEY_FILE = tmp_path, tmp_path / "keys"
    chosen = {}
    for item in country.practices:
        if item.sends_data and item.valid_to is None and item.region in (DEMO_REGION, "1081"):
            chosen.setdefault((item.region, item.profession), item)
    here = [chosen[DEMO_REGION, name] for name in ("general_practice", "dentistry", "psychology")]
    return replace(country, practices=[*here, chosen["1081", "podiatry"]])


# When a row was received is told by the intake itself, and differs.
SAID = (
    "practice__number", "code__system", "code__code", "day", "ended", "ongoing", "value", "comparator", "unit", "status",
    "course", "referral", "doses", "producer__name",
)  # fmt: skip


def stored() -> dict[UUID, dict[str, Any]]:
    """Every event that counts and what it says, by its source."""
    rows = Event.objects.exclude(status=WRONG).values("source", *SAID)
    return {row.pop("source"): row for row in rows}


def differences(after: dict[UUID, dict[str, Any]], wanted: dict[UUID, dict[str, Any]]) -> dict[str, int]:
    """How many events are missing or too many, and how many say something else, by field."""
    found = Counter({"missing": len(wanted.keys() - after.keys()), "too many": len(after.keys() - wanted.keys())})
    for source in wanted.keys() & after.keys():
        found.update(name for name in SAID if after[source][name] != wanted[source][name])
    return {name: number for name, number in found.items() if number}


def load(few: Country, **more: Any) -> None:
    practices = loading.load_practices(few.practices, loading.load_places(few))
    purpose = loading.make_purposes()
    loading.enrol(practices.values(), purpose)
    with connection.cursor() as cursor:
        secrets = loading.secrets_of(purpose)
        loading.load_events(cursor, few, practices, loading.load_codes(), secrets, lambda *_: None, **more)


@pytest.mark.django_db
def test_files_end_where_the_loader_would_have_ended(few: Country, tmp_path: Path) -> None:
    with activate(WORKER):
        with transaction.atomic():
            load(few)
            wanted = stored()
            transaction.set_rollback(True)
        load(few, held=arriving.arrives)
        before = stored()
        folder = tmp_path / "files"
        folder.mkdir()
        rows = arriving.write_files(few, folder)
    call_command("deliver_folder", str(folder), stdout=StringIO())
    with activate(WORKER):
        after = stored()
        deliveries = list(Delivery.objects.order_by("pk"))
    assert differences(after, wanted) == {}
    came = wanted.keys() - before.keys()
    assert {wanted[source]["practice__number"] for source in came} == {item.id for item in few.practices[:3]}
    assert {item.state for item in deliveries} == {DeliveryState.STORED}
    assert {item.channel for item in deliveries} == {Channel.FOLDER}
    assert sum(item.file_name.endswith(".json") for item in deliveries) == 1
    assert len(deliveries) == 4
    assert sum(item.receipt["read"] for item in deliveries) >= rows  # people and the sender are read too
    assert sum(item.receipt["new"] for item in deliveries) >= len(came)
    assert any(item.receipt["dropped"] or item.receipt["refused"] for item in deliveries)


@pytest.mark.django_db
def test_agreements_begin_no_earlier_than_what_they_are_for(few: Country) -> None:
    with activate(WORKER):
        load(few)
        found = list(Enrolment.objects.select_related("purpose", "practice"))
    assert {item.purpose.code for item in found} == {f"feedback-{year}" for year in loading.YEARS}
    for item in found:
        assert item.purpose.valid_from <= item.enrolled_from <= item.purpose.valid_until
        assert item.enrolled_from >= item.practice.valid_from
        assert item.withdrawn_on in (None, item.purpose.valid_until)
    assert {item.purpose.code for item in found if item.withdrawn_on is None} == {"feedback-2025"}
