"""A published release never changes, whoever asks: triggers hold what actions/releasing.py promises.

A release moves along its states only, needs two people before it is approved, and its rows are written while it is
counted and never after. A region's persona may do nothing but let the second approval count.
"""

from django.db import migrations

FORWARD = """
UPDATE datacapture_release SET state = 'published', published_at = prepared_at WHERE prepared_at IS NOT NULL;
UPDATE datacapture_release SET state = 'withdrawn' WHERE prepared_at IS NULL;

CREATE FUNCTION release_moves(before text, after text, kind text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT (before, after) IN (
        ('counting', 'counting'), ('counting', 'stopped'), ('stopped', 'counting'), ('counting', 'prepared'),
        ('prepared', 'checked'), ('checked', 'approved'), ('approved', 'published'), ('published', 'superseded'))
        OR (kind = 'own' AND before = 'counting' AND after = 'published')
        OR (after = 'withdrawn' AND before IN ('counting', 'stopped', 'prepared', 'checked', 'approved'))
$$;

CREATE FUNCTION release_keep() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    own text[] := CASE WHEN OLD.state = 'published' THEN '{state,superseded_at}' ELSE '{state,published_at}' END;
BEGIN
    IF NOT release_moves(OLD.state, NEW.state, OLD.kind) THEN
        RAISE EXCEPTION 'a release that is % does not become %', OLD.state, NEW.state;
    END IF;
    IF to_jsonb(NEW) - own <> to_jsonb(OLD) - own AND (OLD.state <> 'counting' OR current_user = 'kip_region') THEN
        RAISE EXCEPTION 'a release that is % keeps what it says', OLD.state;
    END IF;
    IF current_user = 'kip_region' AND NEW.state <> 'approved' THEN
        RAISE EXCEPTION 'a region approves a release and nothing else';
    END IF;
    IF NEW.kind = 'quarter' AND NEW.state IN ('approved', 'published')
        AND (SELECT count(DISTINCT user_id) FROM datacapture_releaseapproval WHERE release_id = NEW.id) < 2 THEN
        RAISE EXCEPTION 'two people approve a release';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION release_begin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.state = 'counting' THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'a release begins with counting and is never removed';
END $$;

CREATE FUNCTION release_rows_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM (SELECT DISTINCT release_id FROM changed) c LEFT JOIN datacapture_release r ON r.id = c.release_id
        WHERE r.state IS DISTINCT FROM 'counting' AND NOT (TG_OP = 'DELETE' AND r.state = 'withdrawn')) THEN
        RAISE EXCEPTION 'the rows of a release are written while it is counted and never after';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION release_approval_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND EXISTS (SELECT 1 FROM datacapture_release WHERE id = NEW.release_id AND state = 'checked') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a checked release is approved, and an approval is never changed';
END $$;

CREATE TRIGGER release_keep BEFORE UPDATE ON datacapture_release FOR EACH ROW EXECUTE FUNCTION release_keep();
CREATE TRIGGER release_begin BEFORE INSERT OR DELETE ON datacapture_release FOR EACH ROW EXECUTE FUNCTION release_begin();
CREATE TRIGGER release_approval_keep BEFORE INSERT OR UPDATE OR DELETE ON datacapture_releaseapproval
    FOR EACH ROW EXECUTE FUNCTION release_approval_keep();
"""
BACKWARD = """
DROP TRIGGER release_approval_keep ON datacapture_releaseapproval; DROP TRIGGER release_begin ON datacapture_release;
DROP TRIGGER release_keep ON datacapture_release; DROP FUNCTION release_approval_keep(); DROP FUNCTION release_rows_keep();
DROP FUNCTION release_begin(); DROP FUNCTION release_keep(); DROP FUNCTION release_moves(text, text, text);
"""
TABLES = ("datacapture_result", "datacapture_arearesult", "datacapture_yardstick")
CHANGES = (("insert", "NEW"), ("update", "OLD"), ("update", "NEW"), ("delete", "OLD"))


def _triggers(table: str) -> tuple[str, str]:
    forward = backward = ""
    for event, side in CHANGES:
        name = f"rows_{event}_{side.lower()}"
        forward += (
            f"CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {side} TABLE AS changed "
            "FOR EACH STATEMENT EXECUTE FUNCTION release_rows_keep();\n"
        )
        backward += f"DROP TRIGGER {name} ON {table};\n"
    return forward, backward


class Migration(migrations.Migration):
    dependencies = [("datacapture", "0007_releases")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD), *(migrations.RunSQL(*_triggers(table)) for table in TABLES)]
