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

from datacapture.engine.masks import ERROR_STATUS, Params, value_test
from datacapture.pathways.definitions import HOSPITAL, Match, Pathway

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
class Flow:
    """One step in one region: who could take it, who did, who within the limit, and how long they waited (days)."""

    region_id: int
    step: int
    n: int
    x: int
    timely: int
    median: float | None
    p90: float | None


@dataclass(frozen=True)
class Own:
    """One practice's patients at a step, and what came back of them: `after` is the later step, None the own one."""

    practice_id: int
    step: int
    after: int | None
    n: int
    x: int
    timely: int
    median: float | None


@dataclass(frozen=True)
class Followed:
    """One pathway counted: by region of the start, by practice, and the country's median and 90th percentile by step."""

    flows: list[Flow]
    owns: list[Own]
    waits: dict[int, tuple[float | None, float | None]]


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
    for place in range(len(pathway.steps)):
        cursor.execute(_flow(pathway, place))
        for region, *numbers in cursor.fetchall():
            if region is None:
                found.waits[place] = (numbers[-2], numbers[-1])
            else:
                found.flows.append(Flow(region, place, *numbers))
        if pathway.steps[place].at != HOSPITAL:
            for after in (None, *pathway.followers(place)):
                cursor.execute(_own(place, after))
                found.owns.extend(Own(practice, place, after, *numbers) for practice, *numbers in cursor.fetchall())
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


_WAITED = "percentile_cont(0.5) WITHIN GROUP (ORDER BY w.waited)"


def _flow(pathway: Pathway, place: int) -> str:
    base = f"kip_way_{pathway.anchor(place) if place else 0}"
    return (
        f"SELECT a.region_id, count(*), count(w.person), count(*) FILTER (WHERE w.timely), {_WAITED},"
        " percentile_cont(0.9) WITHIN GROUP (ORDER BY w.waited)"
        f" FROM {base} a LEFT JOIN kip_way_{place} w ON w.person = a.person GROUP BY GROUPING SETS ((a.region_id), ()) ORDER BY 1"
    )


def _own(place: int, after: int | None) -> str:
    later = place if after is None else after
    return (
        f"SELECT a.practice_id, count(*), count(w.person), count(*) FILTER (WHERE w.timely), {_WAITED}"
        f" FROM kip_way_{place} a LEFT JOIN kip_way_{later} w ON w.person = a.person GROUP BY 1 ORDER BY 1"
    )
