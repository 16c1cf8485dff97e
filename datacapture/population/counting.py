"""Counts of a release's practices by sex and age band: set-based SQL over the patients listed on the last day. As the worker.

Listed: on the practice's list on the day; where practices keep no list, seen within the twelve months before. Patients who
object to the purpose are not counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from datacapture.engine.masks import ERROR_STATUS
from datacapture.population.definitions import Asked
from kip.core.workdays import add_months

OLDEST = 9  # bands are decades: 0-9 years is 0, 90 and more is 9
LIST = f"""
CREATE TEMPORARY TABLE kip_list ON COMMIT DROP AS
SELECT p.practice_id, p.id AS patient_id, p.sex, age.years, least(age.years / 10, {OLDEST})::int AS band
FROM datacapture_patient p CROSS JOIN LATERAL (SELECT extract(year FROM age(%(month_end)s::date, p.birth))::int AS years) age
WHERE p.practice_id = ANY (%(practices)s) AND p.birth <= %(month_end)s AND (p.death IS NULL OR p.death > %(month_end)s)
  AND CASE WHEN p.listed_from IS NULL
      THEN EXISTS (SELECT 1 FROM datacapture_event e WHERE e.practice_id = p.practice_id AND e.patient_id = p.id
                   AND e.day > %(year)s AND e.day <= %(month_end)s)
      ELSE p.listed_from <= %(month_end)s AND (p.listed_to IS NULL OR p.listed_to >= %(month_end)s) END
  AND NOT EXISTS (SELECT 1 FROM datacapture_objection o WHERE o.patient_id = p.id AND o.purpose_id = %(purpose)s
                  AND o.since <= %(month_end)s)
"""
ILL = f"""
CREATE TEMPORARY TABLE kip_ill ON COMMIT DROP AS
SELECT DISTINCT e.patient_id, d.disease
FROM unnest(%(diseases)s::text[], %(names)s::text[]) AS d (disease, set_name)
JOIN datacapture_codesetmember s ON s.set_name = d.set_name
JOIN datacapture_eventcode c ON c.id = s.code_id AND c.kind = 'dx'
JOIN datacapture_event e ON e.code_id = c.id AND e.practice_id = ANY (%(practices)s)
WHERE e.day <= %(month_end)s AND (e.ongoing OR coalesce(e.ended, e.day) > %(year)s) AND e.status <> '{ERROR_STATUS}'
"""
PEOPLE = "SELECT 'people', sex || '-' || band, practice_id, sex, band, count(*), 0 FROM kip_list GROUP BY 2, 3, 4, 5"
CHRONIC = """
SELECT 'chronic', d.disease, l.practice_id, l.sex, l.band, count(i.patient_id), count(*)
FROM kip_list l CROSS JOIN (SELECT DISTINCT unnest(%(diseases)s::text[]) AS disease) d
LEFT JOIN kip_ill i ON i.patient_id = l.patient_id AND i.disease = d.disease GROUP BY 2, 3, 4, 5
"""
MANY = """
SELECT 'many', k.least::text, l.practice_id, l.sex, l.band, count(*) FILTER (WHERE coalesce(i.n, 0) >= k.least), count(*)
FROM kip_list l CROSS JOIN generate_series(1, 3) AS k (least)
LEFT JOIN (SELECT patient_id, count(*) AS n FROM kip_ill GROUP BY 1) i ON i.patient_id = l.patient_id GROUP BY 2, 3, 4, 5
"""
_EVENTS = f"""
FROM datacapture_event e JOIN datacapture_eventcode c ON c.id = e.code_id JOIN datacapture_codesetmember s ON s.code_id = c.id
WHERE e.practice_id = ANY (%(practices)s) AND e.status <> '{ERROR_STATUS}' AND e.day <= %(month_end)s"""
# The newest diagnosis of somebody who was ill before is no finding, so the first one decides.
FOUND = f"""
WITH ill AS (
    SELECT e.patient_id, min(e.day) AS since {_EVENTS} AND c.kind = 'dx' AND s.set_name = ANY (%(disease)s) GROUP BY 1),
tested AS (
    SELECT e.patient_id, min(e.day) AS day {_EVENTS} AND s.set_name = ANY (%(test)s) AND e.day > %(year)s GROUP BY 1)
SELECT 'early', %(key)s, l.practice_id, l.sex, l.band, count(i.patient_id), count(*)
FROM kip_list l JOIN tested t ON t.patient_id = l.patient_id LEFT JOIN ill i ON i.patient_id = l.patient_id
WHERE i.since IS NULL OR i.since >= t.day GROUP BY 3, 4, 5
"""
AVOIDABLE = f"""
WITH admitted AS (
    SELECT e.patient_id, count(DISTINCT e.id) AS n {_EVENTS} AND c.kind = 'hosp' AND s.set_name = ANY (%(avoidable)s)
    AND e.day > %(year)s GROUP BY 1)
SELECT 'avoidable', 'admissions', l.practice_id, l.sex, l.band, coalesce(sum(a.n), 0)::int, count(*)
FROM kip_list l LEFT JOIN admitted a ON a.patient_id = l.patient_id WHERE l.years >= %(age)s GROUP BY 3, 4, 5
"""
SAME = """
SELECT i.code, n.practice_id, n.sex, n.age_band, n.quintile, sum(n.numerator)::int, sum(n.numerator + n.denominator_only)::int
FROM datacapture_indicatorcount n JOIN datacapture_indicatorversion v ON v.id = n.version_id AND v.retired_at IS NULL
JOIN datacapture_indicator i ON i.id = v.indicator_id
WHERE i.code = ANY (%(same)s) AND n.practice_id = ANY (%(practices)s) AND n.month_end = %(month_end)s GROUP BY 1, 2, 3, 4, 5
"""


@dataclass(frozen=True)
class Cell:
    """x of n (events of persons in `avoidable`) in one practice, sex and decade of age; n is 0 in `people`, which only counts."""

    section: str
    key: str
    practice_id: int
    sex: int
    band: int
    x: int
    n: int


@dataclass(frozen=True)
class Group:
    """x of n patients of one practice that a measure counts, in one group of sex, age band (the engine's) and quintile."""

    code: str
    practice_id: int
    sex: int
    band: int
    quintile: int
    x: int
    n: int


def counted(cursor: Any, asked: Asked, purpose_id: int, practices: Sequence[int], month_end: date) -> Iterator[Cell]:
    """All cells of these practices; temporary tables go with the transaction."""
    names: dict[str, Any] = {
        "practices": list(practices), "purpose": purpose_id, "month_end": month_end, "year": add_months(month_end, -12),
        "diseases": [item.id for item in asked.diseases for _name in item.codes],
        "names": [name for item in asked.diseases for name in item.codes],
        "avoidable": asked.avoidable.codes, "age": asked.avoidable.age,
    }  # fmt: skip
    cursor.execute("DROP TABLE IF EXISTS kip_list, kip_ill")
    cursor.execute(LIST, names)
    cursor.execute(ILL, names)
    cursor.execute("CREATE UNIQUE INDEX ON kip_list (patient_id); ANALYZE kip_list, kip_ill")
    statements = [(text, names) for text in (PEOPLE, CHRONIC, MANY, AVOIDABLE)]
    statements += [(FOUND, {**names, "key": item.id, "test": item.test, "disease": item.disease}) for item in asked.found]
    for text, values in statements:
        cursor.execute(text, values)
        yield from (Cell(*row) for row in cursor.fetchall())
    cursor.execute("DROP TABLE kip_list, kip_ill")


def counted_groups(cursor: Any, asked: Asked, practices: Sequence[int], month_end: date) -> list[Group]:
    """What the measures of `same` counted, by group."""
    cursor.execute(SAME, {"same": asked.same, "practices": list(practices), "month_end": month_end})
    return [Group(*row) for row in cursor.fetchall()]
