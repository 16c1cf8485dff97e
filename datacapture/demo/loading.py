"""Puts the demo country into the database: places, purposes, code lists, enrolments, then patients and events."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from datacapture.codes import code_sets, sets_of
from datacapture.demo import records
from datacapture.demo.codes import CODES
from datacapture.demo.country import Country
from datacapture.demo.writing import ENROLLED, Secrets, Writer, made_ahead
from datacapture.keys import worker_ring
from datacapture.models import CodeSetMember, Enrolment, EventCode, Purpose
from practices.denmark import load_denmark
from practices.models import Cluster, Municipality, Practice, Region

Progress = Callable[[int, int, str], None]
AGREEMENT = "2023-1"


@dataclass(frozen=True)
class Loaded:
    """How many rows the country has."""

    practices: int
    patients: int
    events: int


@dataclass(frozen=True)
class Places:
    """What practices belong to, by the demo's own keys."""

    regions: dict[str, Region]
    towns: dict[str, Municipality]
    clusters: dict[str, Cluster]


def load_places(country: Country) -> Places:
    """Write regions and municipalities where they are missing, and the clusters."""
    load_denmark()
    stored = {region.code: region for region in Region.objects.all()}
    regions = {item.key: stored[item.code or item.key] for item in country.regions}
    towns = Municipality.objects.all()
    clusters = Cluster.objects.bulk_create(
        Cluster(name=item.da, region=regions[item.region], profession=item.profession, valid_from=dt.date(2018, 1, 1))
        for item in country.clusters
    )
    keys = (item.id for item in country.clusters)
    return Places(regions, {town.code: town for town in towns}, dict(zip(keys, clusters, strict=True)))


def load_practices(items: Sequence[records.Practice], places: Places, using: str = "default") -> dict[str, Practice]:
    """Write practices; returns them by their demo id."""
    made = Practice.objects.using(using).bulk_create(_practice(item, places) for item in items)
    return {practice.number: practice for practice in made}


def _practice(item: records.Practice, places: Places) -> Practice:
    return Practice(
        number=item.id,
        name=item.name,
        profession=item.profession,
        region=places.regions[item.region],
        municipality=places.towns[item.municipality],
        cluster=places.clusters.get(item.cluster or ""),
        clinicians=item.clinicians,
        valid_from=item.valid_from,
        valid_to=item.valid_to,
    )


def make_purposes() -> Purpose:
    """The ended purpose of 2023 and its renewal of 2026, which is returned."""
    texts = {
        "legal_basis": "Sundhedsloven § 195-196 (demo)",
        "controller": "Demoregionen",
        "code_sets": sorted(name for name in code_sets() if not name.startswith("test_")),
        "recipients": ["Klinikken selv", "Regionen (tal uden patienter)"],
        "retention_days": 5 * 365,
        "allows_linking": True,
    }
    names = {"name_da": "Klinisk feedback til praksis", "name_en": "Clinical feedback to practices"}
    Purpose.objects.create(
        code="feedback-2023", approval_number="DEMO-2023-1", key_id="feedback-2023-1",
        valid_from=dt.date(2023, 10, 1), valid_until=dt.date(2026, 9, 30), **names, **texts,
    )  # fmt: skip
    return Purpose.objects.create(
        code="feedback-2026", approval_number="DEMO-2026-1", key_id="feedback-2026-1",
        valid_from=dt.date(2026, 10, 1), valid_until=dt.date(2029, 9, 30), **names, **texts,
    )  # fmt: skip


def load_codes() -> dict[int, int]:
    """Write the allowed ones of the generator's codes with their sets; returns code ids by position in CODES."""
    ids = {}
    for position, code in enumerate(CODES):
        names = sets_of(code.system, code.code)
        if names:
            row, fresh = EventCode.objects.get_or_create(kind=code.kind, system=code.system, code=code.code)
            ids[position] = row.pk
            if fresh:
                CodeSetMember.objects.bulk_create(CodeSetMember(set_name=name, code=row) for name in sorted(names))
    return ids


def enrol(practices: Iterable[Practice], purpose: Purpose, using: str = "default") -> None:
    Enrolment.objects.using(using).bulk_create(
        Enrolment(
            practice_id=practice.pk, purpose_id=purpose.pk, signer_name="Demo praksisleder", signer_title="Praksisleder",
            agreement_version=AGREEMENT, enrolled_from=ENROLLED,
        )
        for practice in practices
    )  # fmt: skip


def secrets_of(purpose: Purpose) -> Secrets:
    """The worker's keys for a purpose; made where they are missing."""
    return Secrets(worker_ring([purpose]), purpose)


def load_events(
    cursor: Any,
    country: Country,
    practices: dict[str, Practice],
    codes: dict[int, int],
    secrets: Secrets | None,
    progress: Progress,
) -> Loaded:
    """Write patients, pseudonyms and events of every practice that sends data, in the cursor's transaction."""
    writer = Writer(cursor, codes, secrets)
    for number, data in enumerate(made_ahead(country.data, country.practices), 1):
        writer.add(practices[data.practice.id].pk, data)
        progress(number, len(practices), data.practice.name)
    writer.flush()
    return Loaded(len(practices), writer.patients, writer.events)
