"""What decides a number never changes once it runs, and an approved text is what was approved: triggers hold it."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION version_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.indicator_id, NEW.number, NEW.definition, NEW.definition_hash, NEW.min_n, NEW.author)
        IS DISTINCT FROM (OLD.indicator_id, OLD.number, OLD.definition, OLD.definition_hash, OLD.min_n, OLD.author) THEN
        RAISE EXCEPTION 'a version of a definition never changes';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION draft_keep() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE moving text[] := '{state,version_id,changed_at}';
BEGIN
    IF (OLD.state, NEW.state) NOT IN (('draft', 'draft'), ('draft', 'approved'), ('draft', 'dropped'), ('approved', 'dropped'),
        ('approved', 'published'), ('approved', 'retired'), ('published', 'retired')) THEN
        RAISE EXCEPTION 'a draft that is % does not become %', OLD.state, NEW.state;
    END IF;
    IF OLD.state <> 'draft' AND to_jsonb(NEW) - moving <> to_jsonb(OLD) - moving THEN
        RAISE EXCEPTION 'an approved draft keeps what it says';
    END IF;
    IF NEW.author_id <> OLD.author_id THEN RAISE EXCEPTION 'a draft keeps its author'; END IF;
    IF current_user = 'kip_national' AND NEW.state IN ('published', 'retired') THEN
        RAISE EXCEPTION 'the worker makes versions';
    END IF;
    IF current_user = 'kip_national' AND NEW.state = 'approved'
        AND NEW.checker_id IS DISTINCT FROM nullif(current_setting('kip.user_id', true), '')::bigint THEN
        RAISE EXCEPTION 'a person approves in the own name';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION draft_begin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'draft' OR (current_user = 'kip_national'
        AND NEW.author_id IS DISTINCT FROM nullif(current_setting('kip.user_id', true), '')::bigint) THEN
        RAISE EXCEPTION 'a draft begins as the own draft';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER version_keep BEFORE UPDATE ON datacapture_indicatorversion FOR EACH ROW EXECUTE FUNCTION version_keep();
CREATE TRIGGER draft_keep BEFORE UPDATE ON datacapture_definitiondraft FOR EACH ROW EXECUTE FUNCTION draft_keep();
CREATE TRIGGER draft_begin BEFORE INSERT ON datacapture_definitiondraft FOR EACH ROW EXECUTE FUNCTION draft_begin();
"""
BACKWARD = """
DROP TRIGGER draft_begin ON datacapture_definitiondraft; DROP TRIGGER draft_keep ON datacapture_definitiondraft;
DROP TRIGGER version_keep ON datacapture_indicatorversion;
DROP FUNCTION draft_begin(); DROP FUNCTION draft_keep(); DROP FUNCTION version_keep();
"""


class Migration(migrations.Migration):
    dependencies = [("datacapture", "0011_definition_drafts")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
