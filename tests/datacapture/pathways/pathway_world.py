"""A random country of linked people, and a second way to follow them that knows nothing of SQL."""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID

from datacapture.models import (
    CodeSetMember,
    Enrolment,
    Event,
    EventCode,
    Objection,
    Patient,
    PatientPseudonym,
    Purpose,
)
from datacapture.pathways.definitions import Match, Pathway, Span
from kip.core.scope import WORKER, activate
from kip.core.workdays import add_months
from practices.models import Practice

MONTH_END = date(2026, 9, 30)
PROFESSIONS = (
    "general_practice", "general_practice", "specialist_practice", "podiatry", "chiropractic", "physiotherapy", "dentistry",
    "dental_hygiene",
)  # fmt: skip
CODES = {
    ("dx", "ICPC2", "T90"): ["dx_diabetes"],
    ("dx", "ICPC2", "L84"): ["dx_laenderyg"],
    ("lab", "NPU", "NPU27300"): ["lab_hba1c"],
    ("lab", "KIP", "OEJENUS"): ["obs_oeje"],
    ("lab", "KIP", "FODSTATUS"): ["obs_fodstatus"],
    ("lab", "KIP", "TANDRISIKO"): ["obs_tandrisiko"],
    ("svc", "KIP", "TAND_US"): ["svc_tandus"],
    ("hosp", "KIP", "INDL_AKUT"): ["hosp_akut"],
    ("hosp", "SKS", "DJ189"): ["dx_forebyg_indl"],
}
USUAL = {
    "general_practice": [0, 1, 2, 7, 8], "specialist_practice": [3], "podiatry": [4], "chiropractic": [1], "physiotherapy": [1],
    "dentistry": [5, 6], "dental_hygiene": [6],
}  # fmt: skip
SETS = sorted({name for names in CODES.values() for name in names})
SINCE = date(2023, 9, 1)


@dataclass
class Note:
    """One event as the recount sees it."""

    practice: Practice
    kind: str
    sets: list[str]
    day: date
    value: float | None
    number: int


@dataclass
class World:
    """People of the country: their events wherever they are known; objectors stand apart."""

    purpose: Purpose
    practices: list[Practice]
    people: list[list[Note]] = field(default_factory=list)


def purpose(**more: Any) -> Purpose:
    values: dict[str, Any] = {
        "code": "forloeb", "name_da": "Forløb", "name_en": "Pathways", "legal_basis": "x", "approval_number": "1",
        "controller": "x", "valid_from": date(2025, 1, 1), "valid_until": date(2027, 6, 30), "code_sets": SETS,
        "recipients": ["klinikken"], "retention_days": 1825, "key_id": "k1", "allows_linking": True,
    }  # fmt: skip
    return Purpose.objects.create(**{**values, **more})


def build(country: dict[str, Any], *, people: int = 240, seed: int = 7) -> World:
    """Fill the tables with people known to several practices, under old and new keys, some of whom object."""
    chance = random.Random(seed)
    with activate(WORKER):
        world = World(purpose(), _practices(country))
        codes = {}
        for (kind, system, code), names in CODES.items():
            codes[kind, system, code] = EventCode.objects.create(kind=kind, system=system, code=code)
            CodeSetMember.objects.bulk_create(CodeSetMember(set_name=name, code=codes[kind, system, code]) for name in names)
        Enrolment.objects.bulk_create(
            Enrolment(
                practice=practice, purpose=world.purpose, signer_name="A", signer_title="B", agreement_version="1",
                enrolled_from=SINCE,
            )
            for practice in world.practices
        )  # fmt: skip
        events: list[Event] = []
        for number in range(people):
            _person(world, chance, number, codes, events)
        Event.objects.bulk_create(events)
    return world


def _practices(country: dict[str, Any]) -> list[Practice]:
    made = [country["north_1"], country["north_2"], country["south_1"], country["south_2"]]
    for side in ("north", "south"):
        home = country[f"{side}_1"]
        made += [
            Practice.objects.create(
                number=f"{side}{place}", name=f"Klinik {side} {place}", profession=profession, region=home.region,
                municipality=home.municipality, valid_from=home.valid_from,
            )
            for place, profession in enumerate(PROFESSIONS)
        ]  # fmt: skip
    return made


def _person(world: World, chance: random.Random, number: int, codes: dict[Any, EventCode], events: list[Event]) -> None:
    side = chance.choice(["north", "south"])
    near = [practice for practice in world.practices if (practice.region == world.practices[0].region) == (side == "north")]
    known = chance.sample(near, chance.randint(3, 8))
    if chance.random() < 0.1:
        known.append(chance.choice([practice for practice in world.practices if practice not in known]))
    objects = chance.random() < 0.08
    notes: list[Note] = []
    keys = ["k1", "k2"]
    for place, practice in enumerate(known):
        patient = Patient.objects.create(practice=practice, sex=1, birth=date(1950, 1, 1))
        # The first practice has the person under both keys, so that the others meet through it.
        mine = keys if place == 0 else [chance.choice(keys)]
        rows = [(key, f"cpr-{number}-{key}") for key in mine] + [("k1", f"local-{practice.pk}-{number}")]
        PatientPseudonym.objects.bulk_create(
            PatientPseudonym(practice=practice, patient=patient, purpose=world.purpose, key_id=key, digest=digest.encode())
            for key, digest in rows
        )
        if objects and place == len(known) - 1:
            Objection.objects.create(practice=practice, patient=patient, purpose=world.purpose, since=date(2026, 8, 1))
        notes += _notes(chance, practice, patient, codes, events)
    if not objects:
        world.people.append(notes)


def _notes(
    chance: random.Random, practice: Practice, patient: Patient, codes: dict[Any, EventCode], events: list[Event]
) -> list[Note]:
    found = []
    for _ in range(chance.randint(1, 9)):
        usual = chance.choice(USUAL[practice.profession])
        kind, system, code = list(CODES)[usual if chance.random() < 0.85 else chance.randrange(len(CODES))]
        day = date(2023, 7, 1) + timedelta(days=chance.randrange(1180))
        value = float(chance.randint(1, 3)) if code == "TANDRISIKO" else None
        wrong = chance.random() < 0.05
        number = len(events)
        events.append(
            Event(
                practice=practice, patient=patient, code=codes[kind, system, code], day=day, value=value, source=UUID(int=number),
                received_at=datetime(2026, 10, 1, tzinfo=UTC), status="entered-in-error" if wrong else "final",
            )
        )  # fmt: skip
        if not wrong and SINCE <= day <= MONTH_END:
            found.append(Note(practice, kind, CODES[kind, system, code], day, value, number))
    return found


def naive(world: World, pathway: Pathway) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Numbers by (region, step) and by (practice, step, after): (n, x, timely, median of the waiting)."""
    first, last = pathway.entry(MONTH_END)
    ways = [way for way in (_way(notes, pathway, first, last) for notes in world.people) if way]
    flows: dict[Any, list[tuple[bool, int, bool]]] = defaultdict(list)
    owns: dict[Any, list[tuple[bool, int, bool]]] = defaultdict(list)
    for way in ways:
        region = way[0].practice.region_id
        for place in range(len(pathway.steps)):
            anchor = pathway.anchor(place) if place else 0
            if anchor in way:
                flows[region, place].append(_taken(pathway, way, place))
            if place in way and pathway.steps[place].at != "hospital":
                owns[way[place].practice.pk, place, None].append(_taken(pathway, way, place))
                for after in pathway.followers(place):
                    owns[way[place].practice.pk, place, after].append(_taken(pathway, way, after))
    return {key: _sums(rows) for key, rows in flows.items()}, {key: _sums(rows) for key, rows in owns.items()}


def _way(notes: list[Note], pathway: Pathway, first: date, last: date) -> dict[int, Note]:
    start = pathway.steps[0]
    able = [
        note
        for note in notes
        if first <= note.day <= last
        and _fits(note, start.event, start.at)
        and (not start.having or any(_is(other, start.having) and other.day <= note.day for other in notes))
    ]
    if not able:
        return {}
    way = {0: min(able, key=_order)}
    for place, step in enumerate(pathway.steps):
        anchor = way.get(pathway.anchor(place)) if place else None
        if anchor:
            until = _end(anchor.day, step.patience)
            after = [note for note in notes if anchor.day < note.day <= until and _fits(note, step.event, step.at)]
            if after:
                way[place] = min(after, key=_order)
    return way


def _order(note: Note) -> tuple[date, int, int]:
    return note.day, note.practice.pk, note.number


def _end(day: date, span: Span) -> date:
    return day + timedelta(days=span.number) if span.unit == "d" else add_months(day, span.number)


def _is(note: Note, match: Match) -> bool:
    fits = note.kind == match.kind and bool(set(note.sets) & set(match.codes))
    return fits and (match.value is None or (note.value is not None and note.value >= (match.value.num or 0)))


def _fits(note: Note, match: Match, at: Any) -> bool:
    return _is(note, match) and (at == "hospital" or note.practice.profession in at)


def _taken(pathway: Pathway, way: dict[int, Note], place: int) -> tuple[bool, int, bool]:
    if place not in way:
        return False, 0, False
    if place == 0:
        return True, 0, True
    step, start = pathway.steps[place], way[pathway.anchor(place)]
    return True, (way[place].day - start.day).days, way[place].day <= _end(start.day, step.within or step.patience)


def _sums(rows: list[tuple[bool, int, bool]]) -> tuple[int, int, int, float | None]:
    waits = [days for taken, days, _timely in rows if taken]
    return len(rows), len(waits), sum(timely for *_rest, timely in rows), median(waits) if waits else None
