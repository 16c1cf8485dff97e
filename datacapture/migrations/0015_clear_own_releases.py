"""The worker may clear away a practice's own releases that newer ones have taken the place of; nothing else of a release goes.

The rules are those of migration 0008 with one exception in each function, which `actions.own_releases.clear_superseded` needs.
"""

from django.db import migrations

MAY_CLEAR = "kind = 'own' AND {0}.state = 'superseded' AND current_user = 'kip_worker'"
KEEP = """
CREATE OR REPLACE FUNCTION release_keep() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    own text[] := CASE WHEN OLD.state = 'published' THEN '{{state,superseded_at}}' ELSE '{{state,published_at}}' END;
BEGIN{link}
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
"""
LINK = """
    -- The link to a former own release goes with that one.
    IF OLD.kind = 'own' AND current_user = 'kip_worker' AND NEW.supersedes_id IS NULL
        AND to_jsonb(NEW) - 'supersedes_id' = to_jsonb(OLD) - 'supersedes_id' THEN
        RETURN NEW;
    END IF;"""
BEGIN = """
CREATE OR REPLACE FUNCTION release_begin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.state = 'counting' THEN RETURN NEW; END IF;{clear}
    RAISE EXCEPTION 'a release begins with counting and is never removed';
END $$;
"""
ROWS = """
CREATE OR REPLACE FUNCTION release_rows_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM (SELECT DISTINCT release_id FROM changed) c LEFT JOIN datacapture_release r ON r.id = c.release_id
        WHERE r.state IS DISTINCT FROM 'counting' AND NOT (TG_OP = 'DELETE' AND (r.state = 'withdrawn'{clear}))) THEN
        RAISE EXCEPTION 'the rows of a release are written while it is counted and never after';
    END IF;
    RETURN NULL;
END $$;
"""
CLEAR = "\n    IF TG_OP = 'DELETE' AND OLD." + MAY_CLEAR.format("OLD") + " THEN RETURN OLD; END IF;"
FORWARD = KEEP.format(link=LINK) + BEGIN.format(clear=CLEAR) + ROWS.format(clear=" OR r." + MAY_CLEAR.format("r"))
BACKWARD = KEEP.format(link="") + BEGIN.format(clear="") + ROWS.format(clear="")


class Migration(migrations.Migration):
    dependencies = [("datacapture", "0014_key_scopes")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
