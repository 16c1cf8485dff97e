"""The statements of `storing`: temporary tables and set-based changes. Column types are PostgreSQL's names for COPY."""

EVENT = {
    "line": "int4", "no": "int4", "source": "uuid", "producer": "int4", "code": "int4", "answer": "int4", "day": "date",
    "ended": "date", "ongoing": "bool", "value": "float8", "comparator": "text", "unit": "text", "status": "text",
    "category": "text[]", "verified": "bool", "authored": "date", "course": "text", "referral": "text", "doses": "float8",
    "ddd": "float8", "qty": "float8",
}  # fmt: skip
PATIENT = {
    "no": "int4", "sealed": "bytea", "sex": "int2", "birth": "date", "death": "date", "listed_from": "date",
    "listed_to": "date", "relisted": "bool", "lines": "int4[]",
}  # fmt: skip
DIGEST = {"no": "int4", "purpose_id": "int8", "key_id": "text", "digest": "bytea", "is_current": "bool"}
CODE = {"no": "int4", "kind": "text", "system": "text", "code": "text"}
COVER = {"code": "int4", "purpose_id": "int8", "since": "date"}
MEMBER = {"code": "int4", "set_name": "text"}
PRODUCER = {"no": "int4", "name": "text"}


def _table(name: str, columns: dict[str, str], more: str = "") -> str:
    body = ", ".join(f"{column} {kind}" for column, kind in columns.items())
    return f"CREATE TEMPORARY TABLE {name} ({body}{more}) ON COMMIT DROP"


TABLES = ("intake_event", "intake_patient", "intake_digest", "intake_code", "intake_cover", "intake_member", "intake_producer")
DROP = f"DROP TABLE IF EXISTS {', '.join(TABLES)}"
CREATE = (
    DROP,
    _table("intake_event", EVENT),
    _table("intake_patient", PATIENT, ", id int8, is_new bool NOT NULL DEFAULT false"),
    _table("intake_digest", DIGEST),
    _table("intake_code", CODE, ", id int8"),
    _table("intake_cover", COVER),
    _table("intake_member", MEMBER),
    _table("intake_producer", PRODUCER, ", id int4"),
)

# New codes first, in one order, so that two practices that bring the same codes never wait for each other in a circle.
CODES = (
    """INSERT INTO datacapture_eventcode (kind, system, code)
       SELECT i.kind, i.system, i.code FROM intake_code i
       WHERE NOT EXISTS (SELECT 1 FROM datacapture_eventcode c
                         WHERE c.kind = i.kind AND c.system = i.system AND c.code = i.code)
       ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING""",
    """UPDATE intake_code i SET id = c.id FROM datacapture_eventcode c
       WHERE c.kind = i.kind AND c.system = i.system AND c.code = i.code""",
    """INSERT INTO datacapture_codesetmember (set_name, code_id)
       SELECT m.set_name, i.id FROM intake_member m JOIN intake_code i ON i.no = m.code
       WHERE NOT EXISTS (SELECT 1 FROM datacapture_codesetmember s WHERE s.set_name = m.set_name AND s.code_id = i.id)
       ORDER BY 1, 2 ON CONFLICT DO NOTHING""",
    """INSERT INTO datacapture_producer (name)
       SELECT i.name FROM intake_producer i WHERE NOT EXISTS (SELECT 1 FROM datacapture_producer p WHERE p.name = i.name)
       ORDER BY 1 ON CONFLICT DO NOTHING""",
    "UPDATE intake_producer i SET id = p.id FROM datacapture_producer p WHERE p.name = i.name",
    "ANALYZE intake_event",
    "ANALYZE intake_patient",
    "ANALYZE intake_digest",
    "ANALYZE intake_code",
    "ANALYZE intake_producer",
)

MATCH = """
UPDATE intake_patient p SET id = m.id
FROM (SELECT d.no, min(x.patient_id) AS id FROM intake_digest d
      JOIN datacapture_patientpseudonym x ON x.practice_id = %(practice)s AND x.purpose_id = d.purpose_id
           AND x.key_id = d.key_id AND x.digest = d.digest
      GROUP BY d.no) m
WHERE m.no = p.no"""
NAMELESS_EVENTS = """
DELETE FROM intake_event e USING intake_patient p
WHERE p.no = e.no AND p.id IS NULL AND (p.sex IS NULL OR p.birth IS NULL) RETURNING e.line"""
NAMELESS_PATIENTS = "DELETE FROM intake_patient WHERE id IS NULL AND (sex IS NULL OR birth IS NULL) RETURNING lines"

# A staged row without a patient only says that its id withdraws what is stored under it.
OBJECTED_EVENTS = """
WITH gone AS (
    UPDATE intake_event e SET no = NULL FROM intake_patient p
    WHERE p.no = e.no
      AND EXISTS (SELECT 1 FROM datacapture_objection o WHERE o.practice_id = %(practice)s AND o.patient_id = p.id)
      AND NOT EXISTS (
        SELECT 1 FROM intake_cover c WHERE c.code = e.code AND e.day >= c.since
          AND NOT EXISTS (SELECT 1 FROM datacapture_objection o WHERE o.patient_id = p.id AND o.purpose_id = c.purpose_id))
    RETURNING e.code)
SELECT i.system, count(*) FROM gone g JOIN intake_code i ON i.no = g.code GROUP BY i.system"""
# A patient who objects to every open purpose: nothing of the file is kept, not even a move to another list.
OBJECTED_PATIENTS = """
DELETE FROM intake_patient p WHERE p.id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM unnest(%(purposes)s::int8[]) AS open(purpose_id)
    WHERE NOT EXISTS (SELECT 1 FROM datacapture_objection o WHERE o.patient_id = p.id AND o.purpose_id = open.purpose_id))
RETURNING p.lines"""

NEW_IDS = """
UPDATE intake_patient SET id = nextval(pg_get_serial_sequence('datacapture_patient', 'id')), is_new = true WHERE id IS NULL"""
NEW_PATIENTS = """
INSERT INTO datacapture_patient (id, practice_id, local_id_sealed, sex, birth, death, listed_from, listed_to)
OVERRIDING SYSTEM VALUE
SELECT id, %(practice)s, sealed, sex, birth, death, listed_from, listed_to FROM intake_patient WHERE is_new"""
_SAID = """
coalesce(p.sex, t.sex), coalesce(p.birth, t.birth), coalesce(p.death, t.death),
CASE WHEN p.relisted THEN p.listed_from ELSE t.listed_from END,
CASE WHEN p.relisted THEN p.listed_to ELSE coalesce(p.listed_to, t.listed_to) END"""
CHANGED_PATIENTS = f"""
UPDATE datacapture_patient t SET (sex, birth, death, listed_from, listed_to) = ROW({_SAID})
FROM intake_patient p
WHERE t.id = p.id AND t.practice_id = %(practice)s AND NOT p.is_new
  AND (t.sex, t.birth, t.death, t.listed_from, t.listed_to) IS DISTINCT FROM ({_SAID})
RETURNING t.id"""
SEAL_PATIENTS = """
UPDATE datacapture_patient t SET local_id_sealed = p.sealed FROM intake_patient p
WHERE t.id = p.id AND t.practice_id = %(practice)s AND t.local_id_sealed IS NULL AND p.sealed IS NOT NULL"""
PSEUDONYMS = """
INSERT INTO datacapture_patientpseudonym (practice_id, patient_id, purpose_id, key_id, digest)
SELECT %(practice)s, p.id, d.purpose_id, d.key_id, d.digest
FROM intake_digest d JOIN intake_patient p ON p.no = d.no
WHERE d.is_current AND NOT EXISTS (
    SELECT 1 FROM datacapture_patientpseudonym x
    WHERE x.practice_id = %(practice)s AND x.purpose_id = d.purpose_id AND x.key_id = d.key_id AND x.digest = d.digest)"""
LISTED = "SELECT id, is_new, cardinality(lines) FROM intake_patient WHERE cardinality(lines) > 0"

_COLUMNS = (
    "patient_id, code_id, day, ended, ongoing, value, comparator, unit, value_code_id, status, category, verified, authored,"
    " course, referral, doses, ddd, qty"
)
_INCOMING = """
SELECT e.source, r.id AS producer_id, p.id AS patient_id, c.id AS code_id, e.day, e.ended, e.ongoing, e.value, e.comparator,
       e.unit, a.id AS value_code_id, e.status, e.category, e.verified, e.authored, e.course, e.referral, e.doses, e.ddd, e.qty
FROM intake_event e JOIN intake_patient p ON p.no = e.no JOIN intake_code c ON c.no = e.code
LEFT JOIN intake_producer r ON r.no = e.producer
LEFT JOIN intake_code a ON a.no = e.answer"""


def _of(row: str) -> str:
    return ", ".join(f"{row}.{column.strip()}" for column in _COLUMNS.split(","))


def _typed(row: str) -> str:
    """The columns of a staged row, with the type that the stored array has."""
    return _of(row).replace(f"{row}.category", f"{row}.category::varchar[]")


_REMEMBER = """
INSERT INTO datacapture_eventhistory (practice_id, source, before, replaced_at, batch_id)
SELECT t.practice_id, t.source, to_jsonb(t) - '{id,practice_id,source}'::text[], now(), %(delivery)s
FROM"""
WITHDRAW = f"""
WITH t AS (
    DELETE FROM datacapture_event t USING intake_event e
    WHERE e.no IS NULL AND t.practice_id = %(practice)s AND t.source = e.source RETURNING t.*)
{_REMEMBER} t"""
INCOMING = "SELECT count(*) FROM intake_event WHERE no IS NOT NULL"
HISTORY = f"""
{_REMEMBER} ({_INCOMING}) i JOIN datacapture_event t ON t.practice_id = %(practice)s AND t.source = i.source
WHERE ({_of("t")}) IS DISTINCT FROM ({_typed("i")})"""
UPSERT = f"""
INSERT INTO datacapture_event AS t (practice_id, source, producer_id, batch_id, received_at, {_COLUMNS})
SELECT %(practice)s, i.source, i.producer_id, %(delivery)s, now(), {_typed("i")}
FROM ({_INCOMING}) i ORDER BY i.patient_id, i.code_id
ON CONFLICT (practice_id, source) DO UPDATE
SET (batch_id, received_at, {_COLUMNS}) = ROW(excluded.batch_id, excluded.received_at, {_of("excluded")})
WHERE ({_of("t")}) IS DISTINCT FROM ({_of("excluded")})"""
