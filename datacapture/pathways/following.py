"""Who takes which step of a pathway and when: set-based SQL over one purpose's linked pseudonyms. Call as the worker.

A person is all patients that share a digest of the purpose under the same key; rotation leaves a patient with digests
of several keys, which then join what each key knows. Somebody who objects to the purpose anywhere is nowhere followed.
Temporary tables are named kip_... and go with the transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from datacapture.engine.masks import ERROR_STATUS, Params, value_test
from datacapture.pathways.definitions import HOSPITAL, Match, Pathway
from kip.stats.arrays import IntArray
from kip.stats.intervals import median_interval

PERSONS = """
CREATE TEMPORARY TABLE kip_person ON COMMIT DROP AS
SELECT p.id AS patient_id, p.id AS person FROM datacapture_patient p
WHERE p.practice_id = ANY (%(practices)s) AND EXISTS (
    SELECT 1 FROM datacapture_patientpseudonym s WHERE s.patient_id = p.id AND s.purpose_id = %(purpose)s)
"""
# Who shares a digest becomes the lowest number among them, until nobody's number changes.
JOIN = """
WITH shared AS (
    SELECT s.key_id, s.digest, min(k.person) AS person
    FROM datacapture_patientpseudonym s JOIN kip_person k ON k.patient_id = s.patient_id
    WHERE s.purpose_id = %(purpose)s GROUP BY s.key_id, s.digest HAVING count(*) > 1),
lowest AS (
    SELECT s.patient_id, min(h.person) AS person
    FROM shared h JOIN datacapture_patientpseudonym s ON s.key_id = h.key_id AND s.digest = h.digest
    WHERE s.purpose_id = %(purpose)s GROUP BY s.patient_id)
UPDATE kip_person k SET person = l.person FROM lowest l WHERE l.patient_id = k.patient_id AND l.person < k.person
"""
OBJECTED = """
DELETE FROM kip_person k WHERE k.person IN (
    SELECT o.person FROM kip_person o JOIN datacapture_objection b ON b.patient_id = o.patient_id AND b.purpose_id = %(purpose)s)
"""
SEEN = f"""
CREATE TEMPORARY TABLE kip_seen ON COMMIT DROP AS
SELECT k.person, e.id AS event_id, e.day, e.practice_id, e.code_id, e.value, e.comparator, e.unit, e.value_code_id
FROM datacapture_event e JOIN kip_person k ON k.patient_id = e.patient_id
WHERE e.code_id IN (SELECT code_id FROM datacapture_codesetmember WHERE set_name = ANY (%(sets)s))
  AND e.day <= %(month_end)s AND e.status <> '{ERROR_STATUS}'
  AND EXISTS (SELECT 1 FROM datacapture_enrolment n WHERE n.practice_id = e.practice_id AND n.purpose_id = %(purpose)s
              AND e.day >= n.enrolled_from AND (n.withdrawn_on IS NULL OR e.day <= n.withdrawn_on))
"""


@dataclass(frozen=True)
class Wait:
    """Days that those who took a step had waited: median with its 95 % interval (None below six persons), 90th percentile."""

    median: float | None = None
    p90: float | None = None
    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True)
class Flow:
    """One step in one region: who could take it, who did, who within the limit, and how long they waited."""

    region_id: int
    step: int
    n: int
    x: int
    timely: int
    wait: Wait = Wait()


@dataclass(frozen=True)
class Own:
    """One practice's patients at a step, and what came back of them: `after` is the later step, None the own one."""

    practice_id: int
    step: int
    after: int | None
    n: int
    x: int
    timely: int
    wait: Wait = Wait()


@dataclass(frozen=True)
class Followed:
    """One pathway counted: by region of the start, by practice, and the country's waiting by step."""

    flows: list[Flow]
    owns: list[Own]
    waits: dict[int, Wait]


def link(cursor: Any, purpose_id: int, practices: Sequence[int], sets: Sequence[str], month_end: date) -> int:
    """Join the practices' patients to persons and gather their events of these code sets; returns how many events."""
    names = {"purpose": purpose_id, "practices": list(practices), "sets": list(sets), "month_end": month_end}
    cursor.execute("DROP TABLE IF EXISTS kip_person, kip_seen")
    cursor.execute(PERSONS, names)
    cursor.execute("CREATE UNIQUE INDEX ON kip_person (patient_id); ANALYZE kip_person")
    cursor.execute(JOIN, names)
    while cursor.rowcount:
        cursor.execute(JOIN, names)
    cursor.execute(OBJECTED, names)
    cursor.execute(SEEN, names)
    events: int = cursor.rowcount
    cursor.execute("CREATE INDEX ON kip_seen (person, day); ANALYZE kip_person, kip_seen")
    return events


def follow(cursor: Any, pathway: Pathway, month_end: date) -> Followed:
    """Counts of one pathway after `link`; every region that has a start has a row for every step."""
    params = Params()
    first, last = pathway.entry(month_end)
    tables = ", ".join(f"kip_way_{place}" for place in range(len(pathway.steps)))
    cursor.execute(f"DROP TABLE IF EXISTS {tables}")
    for place in range(len(pathway.steps)):
        chosen = _start(pathway, params, first, last) if place == 0 else _step(pathway, place, params)
        cursor.execute(f"CREATE TEMPORARY TABLE kip_way_{place} ON COMMIT DROP AS {chosen}", params.values)
        cursor.execute(f"CREATE UNIQUE INDEX ON kip_way_{place} (person); ANALYZE kip_way_{place}")
    found = Followed([], [], {})
    for place, step in enumerate(pathway.steps):
        base = pathway.anchor(place) if place else 0
        waits = _waits(cursor, "region_id", base, place)
        found.waits[place] = waits.get(None, Wait())
        rows = _counts(cursor, "region_id", base, place)
        found.flows.extend(Flow(region, place, *numbers, waits.get(region, Wait())) for region, *numbers in rows)
        if step.at != HOSPITAL:
            for after in (None, *pathway.followers(place)):
                later = place if after is None else after
                waits = _waits(cursor, "practice_id", place, later)
                owns = _counts(cursor, "practice_id", place, later)
                found.owns.extend(
                    Own(practice, place, after, *numbers, waits.get(practice, Wait())) for practice, *numbers in owns
                )
    cursor.execute(f"DROP TABLE {tables}")
    return found


def _matches(match: Match, params: Params) -> str:
    """Condition on an event `e` of kip_seen."""
    codes = (
        "SELECT c.id FROM datacapture_eventcode c JOIN datacapture_codesetmember s ON s.code_id = c.id"
        f" WHERE c.kind = {params.add(match.kind, 'text')} AND s.set_name = ANY ({params.add(match.codes, 'text[]')})"
    )
    value = f" AND {value_test(match.value, 'e', params)}" if match.value else ""
    return f"e.code_id = ANY (ARRAY({codes})){value}"


def _at(at: list[str] | str, params: Params) -> str:
    """Condition on the practice `q` that delivered the event; hospital events come with anybody's delivery."""
    return "true" if at == HOSPITAL else f"q.profession = ANY ({params.add(list(at), 'text[]')})"


def _start(pathway: Pathway, params: Params, first: date, last: date) -> str:
    """The first matching event of every person between two days, where what they must have was there by then."""
    step = pathway.steps[0]
    having = ""
    if step.having:
        having = (
            f" AND EXISTS (SELECT 1 FROM kip_seen h WHERE h.person = e.person AND h.day <= e.day"
            f" AND {_matches(step.having, params).replace('e.', 'h.')})"
        )
    return (
        "SELECT DISTINCT ON (e.person) e.person, e.day, e.practice_id, q.region_id, 0 AS waited, true AS timely"
        " FROM kip_seen e JOIN practices_practice q ON q.id = e.practice_id"
        f" WHERE {_matches(step.event, params)} AND {_at(step.at, params)}"
        f" AND e.day BETWEEN {params.add(first, 'date')} AND {params.add(last, 'date')}{having}"
        " ORDER BY e.person, e.day, e.practice_id, e.event_id"
    )


def _step(pathway: Pathway, place: int, params: Params) -> str:
    """The first matching event on a later day than the step it is counted from, as long as one waits for it."""
    step = pathway.steps[place]
    limit = step.within or step.patience
    return (
        "SELECT DISTINCT ON (a.person) a.person, e.day, e.practice_id, a.region_id, e.day - a.day AS waited,"
        f" e.day <= a.day + {limit.sql} AS timely"
        f" FROM kip_way_{pathway.anchor(place)} a JOIN kip_seen e ON e.person = a.person AND e.day > a.day"
        f" AND e.day <= a.day + {step.patience.sql} JOIN practices_practice q ON q.id = e.practice_id"
        f" WHERE {_matches(step.event, params)} AND {_at(step.at, params)}"
        " ORDER BY a.person, e.day, e.practice_id, e.event_id"
    )


def _counts(cursor: Any, key: str, base: int, later: int) -> list[tuple[int, ...]]:
    """By region or practice of the step `base`: who took it, who of them took the step `later`, and who in time."""
    cursor.execute(
        f"SELECT a.{key}, count(*), count(w.person), count(*) FILTER (WHERE w.timely)"
        f" FROM kip_way_{base} a LEFT JOIN kip_way_{later} w ON w.person = a.person GROUP BY 1 ORDER BY 1"
    )
    found: list[tuple[int, ...]] = cursor.fetchall()
    return found


def _waits(cursor: Any, key: str, base: int, later: int) -> dict[int | None, Wait]:
    """Waiting by region or practice of the step `base`, and of everybody under None: from how many waited how many days."""
    cursor.execute(
        f"SELECT a.{key}, w.waited, count(*) FROM kip_way_{base} a JOIN kip_way_{later} w ON w.person = a.person GROUP BY 1, 2"
    )
    rows = cursor.fetchall()
    if not rows:
        return {}
    groups, days, persons = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    groups, days = np.repeat(groups, persons), np.repeat(days, persons)
    found: dict[int | None, Wait] = {None: _wait(days)}
    order = np.argsort(groups, kind="stable")
    ids, first = np.unique(groups[order], return_index=True)
    for group, part in zip(ids.tolist(), np.split(days[order], first[1:]), strict=True):
        found[group] = _wait(part)
    return found


def _wait(days: IntArray) -> Wait:
    middle = median_interval(days)
    lower, upper = float(middle.lower[0]), float(middle.upper[0])
    known = not np.isnan(lower)
    return Wait(
        median=float(middle.median[0]),
        p90=float(np.quantile(days, 0.9)),
        lower=lower if known else None,
        upper=upper if known else None,
    )
