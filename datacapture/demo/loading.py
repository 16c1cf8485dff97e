"""Puts the demo country into the database: places, purposes, code lists, enrolments, then patients and events."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from datacapture.codes import code_sets, sets_of
from datacapture.demo import records
from datacapture.demo.arriving import without_newest
from datacapture.demo.codes import CODES
from datacapture.demo.country import Country
from datacapture.demo.writing import Secrets, Writer, made_ahead
from datacapture.keys import worker_ring
from datacapture.models import CodeSetMember, Enrolment, EventCode, Purpose
from practices.denmark import load_denmark
from practices.models import Cluster, Municipality, Practice, Region

Progress = Callable[[int, int, str], None]
# Approvals last three years (design note datacapture.md 1.3), so a country with data since 2013 has renewed them four times.
YEARS = (2013, 2016, 2019, 2022, 2025)


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
    """The purpose as it was approved and renewed every three years; the one that is open is returned."""
    texts = {
        "legal_basis": "Sundhedsloven § 195-196 (demo)",
        "controller": "Demoregionen",
        "code_sets": sorted(name for name in code_sets() if not name.startswith("test_")),
        "recipients": ["Klinikken selv", "Regionen (tal uden patienter)"],
        "retention_days": 5 * 365,
        "allows_linking": True,
    }
    names = {"name_da": "Klinisk feedback til praksis", "name_en": "Clinical feedback to practices"}
    made = [
        Purpose.objects.create(
            code=f"feedback-{year}", approval_number=f"DEMO-{year}-1", key_id=f"feedback-{year}-1",
            valid_from=dt.date(year, 1, 1), valid_until=dt.date(year + 2, 12, 31), **names, **texts,
        )
        for year in YEARS
    ]  # fmt: skip
    return made[-1]


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
    """Each practice's agreements: for the purpose, and for those it has renewed, from the day that both were there."""
    chain = list(Purpose.objects.using(using).filter(valid_from__lte=purpose.valid_from, code__startswith="feedback-"))
    Enrolment.objects.using(using).bulk_create(
        Enrolment(
            practice_id=practice.pk, purpose_id=item.pk, signer_name="Demo praksisleder", signer_title="Praksisleder",
            agreement_version=f"{item.valid_from.year}-1", enrolled_from=max(item.valid_from, _day(practice.valid_from)),
            withdrawn_on=None if item.pk == purpose.pk else item.valid_until,
        )
        for practice in practices
        for item in chain
        if _day(practice.valid_from) <= item.valid_until and (not practice.valid_to or _day(practice.valid_to) >= item.valid_from)
    )  # fmt: skip


def _day(value: dt.date | str) -> dt.date:
    """A practice just made still has its dates as they were written."""
    return dt.date.fromisoformat(value) if isinstance(value, str) else value


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
    held: Callable[[records.Practice], bool] = lambda _practice: False,
) -> Loaded:
    """Write patients, pseudonyms and events of every practice that sends data, in the cursor's transaction.

    held: whose newest month is left out, since it comes as files (`arriving`).
    """
    writer = Writer(cursor, codes, secrets)
    for number, data in enumerate(made_ahead(country.data, country.practices), 1):
        writer.add(practices[data.practice.id].pk, without_newest(data) if held(data.practice) else data)
        progress(number, len(practices), data.practice.name)
    writer.flush()
    return Loaded(len(practices), writer.patients, writer.events)
