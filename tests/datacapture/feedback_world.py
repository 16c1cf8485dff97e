"""A tiny hand-made country with laboratory results, and a recount of it in plain Python that knows nothing of SQL."""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from datacapture import keys
from datacapture.actions.computing import prepare
from datacapture.actions.library import load_library
from datacapture.actions.releasing import begin, count, pass_checks, prepare_rows, publish_approved
from datacapture.enums import ReleaseState
from datacapture.models import (
    AreaResult,
    Enrolment,
    Event,
    EventCode,
    GroupResult,
    IndicatorVersion,
    Objection,
    Patient,
    PracticeCell,
    Purpose,
    RegionStanding,
    Release,
    ReleaseApproval,
    Result,
)
from kip.core.scope import WORKER, activate
from practices.models import Practice, Region, User

MONTH_END = date(2026, 9, 30)
FIRST_EVENT = date(2023, 10, 1)
MEASURES = ("DM-01", "DM-02", "DM-03", "AB-02")
PEERS = 9  # with the four of `country`: thirteen general practices, so that a peer median exists
MET = {"north_1": 0.35, "north_2": 0.75, "south_1": 0.72, "south_2": 0.78}
SIZE = {"north_1": 90, "north_2": 70, "south_1": 8, "south_2": 14}


EVERYTHING = Q()


@dataclass
class Lab:
    day: date
    value: float | None


@dataclass
class Person:
    """One patient as the recount sees it."""

    practice: str
    birth: date
    listed_to: date | None
    death: date | None
    objects_since: date | None
    labs: list[Lab] = field(default_factory=list)
    row: Patient | None = None


@dataclass
class World:
    """What was put into the tables."""

    places: dict[str, Practice]
    regions: dict[str, Region]
    people: list[Person]
    purpose: Purpose
    release: Release


def build(country: dict[str, Any], *, objections: bool = True, only: tuple[str, ...] = MEASURES) -> World:
    """Fill the tables, publish the definitions, count both regions and publish the release.

    only: measures that run, to keep a test short; none = all of the library.
    """
    chance = random.Random(20261122)
    with activate(WORKER):
        places = _places(country)
        purpose = _purpose()
        people = [person for key in places for person in _people(key, chance, objections)]
        _store(people, places, purpose)
        for practice in places.values():
            Enrolment.objects.create(
                practice=practice,
                purpose=purpose,
                signer_name="A",
                signer_title="B",
                agreement_version="1",
                enrolled_from=FIRST_EVENT,
            )
        load_library()
        if only:
            others = IndicatorVersion.objects.exclude(indicator__code__in=only)
            others.update(retired_at=datetime(2026, 10, 1, tzinfo=UTC))
    return World(places, {key: country[key] for key in ("north", "south")}, people, purpose, compute())


def compute(reason: str = "") -> Release:
    """Count every region and publish; with a reason, as the correction of what is published."""
    release = prepared(reason)
    let_out(release)
    with activate(WORKER):
        return Release.objects.get(pk=release.pk)


def prepared(reason: str = "") -> Release:
    """A release that is counted and prepared, as the command makes it."""
    with activate(WORKER):
        setup = prepare(MONTH_END)
        release = begin(MONTH_END, reason=reason)
    assert count(release, setup)
    with activate(WORKER):
        return prepare_rows(release, setup)


def let_out(release: Release) -> None:
    """Checked, approved by two people and published."""
    with activate(WORKER):
        pass_checks(release)
        for number in (1, 2):
            email = f"godkender.{number}@kip.example"
            person = User.objects.filter(email=email).first() or User.objects.create_user(
                email, "prøve-kodeord-1", name="Godkender"
            )
            ReleaseApproval.objects.create(release=release, user=person, name=person.name, role="steering_group_member")
        Release.objects.filter(pk=release.pk).update(state=ReleaseState.APPROVED)
        publish_approved(release)


def corrected(former: Release, *, results: Q = EVERYTHING, areas: Q = EVERYTHING, **changes: Any) -> Release:
    """Publish a correction that holds only these rows of the former release, its area rows with changes. results: of the
    practices, as themselves and as regions read them.

    Rows of a published release cannot be touched, not even by a test.
    """
    with activate(WORKER):
        release = begin(former.month_end, reason="Prøve")
        own = ((Result, results, {}), (PracticeCell, results, {}), (AreaResult, areas, changes))
        for model, wanted, new in (*own, (RegionStanding, EVERYTHING, {}), (GroupResult, EVERYTHING, {})):
            rows = list(model.objects.filter(wanted, release=former))
            for row in rows:
                row.pk, row.release = None, release
                for name, value in new.items():
                    setattr(row, name, value)
            model.objects.bulk_create(rows)
        if changes.get("suppressed"):
            _hidden_with(release)
        Release.objects.filter(pk=release.pk).update(state=ReleaseState.PREPARED)
    let_out(release)
    return release


def _hidden_with(release: Release) -> None:
    """What a real release hides together with the totals of an area: their groups, and funnel lines around them."""
    hidden = set(release.areas.filter(suppressed=True).values_list("version_id", flat=True))
    empty = dict.fromkeys(("n", "x", "value", "lower", "upper"))
    GroupResult.objects.filter(release=release, version__in=hidden).update(suppressed=True, **empty)
    RegionStanding.objects.filter(release=release, version__in=hidden).update(funnel={})


def _places(country: dict[str, Any]) -> dict[str, Practice]:
    places = {key: country[key] for key in MET}
    for number in range(PEERS):
        home = country["north_2" if number % 2 else "south_2"]
        places[f"peer_{number}"] = Practice.objects.create(
            number=f"P{number}",
            name=f"Lægehuset nabo {number} (demo)",
            profession=home.profession,
            region=home.region,
            municipality=home.municipality,
            valid_from=home.valid_from,
        )
    return places


def _purpose() -> Purpose:
    return Purpose.objects.create(
        code="kvalitet", name_da="Kvalitet", name_en="Quality", legal_basis="x", approval_number="1", controller="x",
        valid_from=date(2025, 1, 1), valid_until=date(2027, 6, 30), code_sets=["dx_diabetes", "lab_hba1c"],
        recipients=["klinikken"], retention_days=1825, key_id="k1",
    )  # fmt: skip


def _people(place: str, chance: random.Random, objections: bool) -> list[Person]:
    share = MET.get(place, 0.70)
    return [_person(place, number, share, chance, objections) for number in range(SIZE.get(place, 45))]


def _person(place: str, number: int, share: float, chance: random.Random, objections: bool) -> Person:
    person = Person(
        practice=place,
        birth=date(2008, 12, 1) if number % 31 == 30 else date(1940 + number % 50, 3, 7),
        listed_to=date(2025, 11, 15) if number % 23 == 22 else None,
        death=date(2026, 2, 3) if number % 19 == 18 else None,
        objects_since=date(2026, 5, 10) if objections and number % 29 == 28 else None,
    )
    day = FIRST_EVENT + timedelta(days=chance.randrange(300))
    while day <= MONTH_END and not (number % 13 == 12 and day > date(2025, 3, 1)):
        person.labs.append(Lab(day, round(chance.uniform(40, 58) if chance.random() < share else chance.uniform(60, 90), 1)))
        day += timedelta(days=chance.randrange(60, 300))
    if number % 17 == 16 and person.labs:
        person.labs.append(Lab(person.labs[-1].day, 59.0))
    return person


def _store(people: list[Person], places: dict[str, Practice], purpose: Purpose) -> None:
    diagnosis = EventCode.objects.create(kind="dx", system="ICPC2", code="T90")
    test = EventCode.objects.create(kind="lab", system="NPU", code="NPU27300")
    now = datetime(2026, 10, 1, tzinfo=UTC)
    ring = keys.portal_ring()
    events = []
    rows = [
        Patient(
            practice=places[person.practice], sex=1 + number % 2, birth=person.birth, death=person.death,
            local_id_sealed=ring.seal(f"J{number}", places[person.practice].pk) if number % 2 == 0 else None,
            listed_from=date(2015, 1, 1), listed_to=person.listed_to,
        )
        for number, person in enumerate(people)
    ]  # fmt: skip
    for person, row in zip(people, Patient.objects.bulk_create(rows), strict=True):
        person.row = row
        shared = {"practice": row.practice, "patient": row, "received_at": now}
        events.append(Event(code=diagnosis, day=date(2016, 1, 1), ongoing=True, status="active", **shared))
        events += [
            Event(code=test, day=lab.day, value=lab.value, unit="mmol/mol", status="final", **shared) for lab in person.labs
        ]
        if person.objects_since:
            Objection.objects.create(practice=row.practice, patient=row, purpose=purpose, since=person.objects_since)
    for number, event in enumerate(events):
        event.source = UUID(int=number)
    Event.objects.bulk_create(events)


def naive_hba1c(world: World, place: str, month_end: date, limit: float = 59) -> tuple[int, int, int, int]:
    """DM-02 by hand: (numerator, denominator, excluded, unknown) of a practice for the year that ends on month_end."""
    start = date(month_end.year - 1, month_end.month, month_end.day) + timedelta(days=1)
    if month_end.month == 2:
        start = date(month_end.year - 1, 3, 1)
    met = size = excluded = unknown = 0
    for person in world.people:
        if person.practice != place or not _looked_at(person, month_end):
            continue
        if person.death and start <= person.death <= month_end:
            excluded += 1
            continue
        inside = [lab for lab in person.labs if start <= lab.day <= month_end]
        if not inside:
            unknown += 1
            continue
        last = max(lab.day for lab in inside)
        size += 1
        met += min(lab.value for lab in inside if lab.day == last) < limit
    return met, size, excluded, unknown


def _looked_at(person: Person, month_end: date) -> bool:
    grown = (month_end.year - person.birth.year) - (
        (month_end.month, month_end.day) < (person.birth.month, person.birth.day)
    ) >= 18
    listed = person.listed_to is None or person.listed_to >= month_end
    return grown and listed and not (person.objects_since and person.objects_since <= month_end)
