"""What the database itself holds of patient surveys: frozen questionnaires, one way through an invitation, and opting out at once.

The pairs of states are those of surveys/enums.py STEPS; tests/surveys compares them. Functions that answer for a link are SECURITY
DEFINER and look at the digest of the transaction only.
"""

from django.db import migrations

LINK = """
CREATE FUNCTION surveys_link_campaign() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT campaign_id FROM surveys_invitation
    WHERE token_digest = decode(nullif(current_setting('kip.link', true), ''), 'hex')
    UNION ALL
    SELECT campaign_id FROM surveys_openchannel
    WHERE token_digest = decode(nullif(current_setting('kip.link', true), ''), 'hex') AND closed_at IS NULL
    LIMIT 1
$$;
CREATE FUNCTION surveys_link_practice() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT practice_id FROM surveys_invitation
    WHERE token_digest = decode(nullif(current_setting('kip.link', true), ''), 'hex')
    UNION ALL
    SELECT practice_id FROM surveys_openchannel
    WHERE token_digest = decode(nullif(current_setting('kip.link', true), ''), 'hex') AND closed_at IS NULL
    LIMIT 1
$$;
"""

RUNNING = """
CREATE FUNCTION surveys_running() RETURNS TABLE (name_da text, name_en text, controller text, first_day date, last_day date)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT DISTINCT r.name_da, r.name_en, c.controller, c.first_day, c.last_day
    FROM surveys_campaign c JOIN practices_region r ON r.id = c.region_id WHERE c.state = 'running' ORDER BY 1, 4, 3
$$;
"""

FROZEN = """
CREATE FUNCTION surveys_version_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.state <> 'draft' OR OLD.frozen_at IS NOT NULL)
        AND (NEW.content, NEW.digest, NEW.code, NEW.version, NEW.region_id)
            IS DISTINCT FROM (OLD.content, OLD.digest, OLD.code, OLD.version, OLD.region_id) THEN
        RAISE EXCEPTION 'a questionnaire that has been published is never changed; make a new version';
    END IF;
    IF OLD.frozen_at IS NOT NULL AND NEW.frozen_at IS DISTINCT FROM OLD.frozen_at THEN
        RAISE EXCEPTION 'a frozen questionnaire stays frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER version_stays BEFORE UPDATE ON surveys_questionnaireversion
    FOR EACH ROW EXECUTE FUNCTION surveys_version_stays();
CREATE FUNCTION surveys_campaign_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'draft' AND (NEW.content, NEW.version_id, NEW.first_day, NEW.subjects)
        IS DISTINCT FROM (OLD.content, OLD.version_id, OLD.first_day, OLD.subjects) THEN
        RAISE EXCEPTION 'a campaign that has begun asks the same to its end';
    END IF;
    IF (OLD.state, NEW.state) NOT IN (('draft', 'draft'), ('draft', 'running'), ('draft', 'cancelled'), ('running', 'running'),
        ('running', 'closed'), ('closed', 'closed'), ('closed', 'cleared'), ('cleared', 'cleared'), ('cancelled', 'cancelled')) THEN
        RAISE EXCEPTION 'a campaign that is % is not made %', OLD.state, NEW.state;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER campaign_stays BEFORE UPDATE ON surveys_campaign FOR EACH ROW EXECUTE FUNCTION surveys_campaign_stays();
"""

MOVES = """
CREATE FUNCTION surveys_step(before text, after text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT before = after OR EXISTS (SELECT 1 FROM (VALUES
    ('created', 'queued'), ('created', 'sent'), ('created', 'ineligible'), ('created', 'expired'), ('created', 'begun'),
    ('created', 'submitted'), ('created', 'opted_out'),
    ('queued', 'created'), ('queued', 'sent'), ('queued', 'bounced'), ('queued', 'ineligible'), ('queued', 'expired'),
    ('queued', 'begun'), ('queued', 'submitted'), ('queued', 'opted_out'),
    ('sent', 'bounced'), ('sent', 'begun'), ('sent', 'submitted'), ('sent', 'opted_out'), ('sent', 'expired'),
    ('bounced', 'sent'), ('bounced', 'begun'), ('bounced', 'submitted'), ('bounced', 'opted_out'), ('bounced', 'expired'),
    ('begun', 'submitted'), ('begun', 'opted_out'), ('begun', 'expired')
    ) AS step (source, target) WHERE source = before AND target = after)
$$;
CREATE FUNCTION surveys_invitation_moves() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE address bytea; place bigint;
BEGIN
    IF NOT surveys_step(OLD.state, NEW.state) THEN
        RAISE EXCEPTION 'an invitation that is % is not made %', OLD.state, NEW.state;
    END IF;
    IF NEW.state = 'submitted' THEN
        NEW.begun_on := NULL;
    END IF;
    -- Who says no is not asked again by anybody in the region, from this moment on.
    IF NEW.state = 'opted_out' AND OLD.state <> 'opted_out' AND NEW.contact_id IS NOT NULL THEN
        SELECT key INTO address FROM surveys_contact WHERE id = NEW.contact_id;
        SELECT region_id INTO place FROM surveys_campaign WHERE id = NEW.campaign_id;
        INSERT INTO surveys_suppression (region_id, key, why, since)
            VALUES (place, address, 'opted_out', (now() AT TIME ZONE 'Europe/Copenhagen')::date)
            ON CONFLICT (region_id, key) DO NOTHING;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invitation_moves BEFORE UPDATE ON surveys_invitation
    FOR EACH ROW EXECUTE FUNCTION surveys_invitation_moves();
"""

UNDO = """
DROP FUNCTION surveys_running();
DROP TRIGGER invitation_moves ON surveys_invitation; DROP TRIGGER campaign_stays ON surveys_campaign;
DROP TRIGGER version_stays ON surveys_questionnaireversion;
DROP FUNCTION surveys_invitation_moves(); DROP FUNCTION surveys_step(text, text); DROP FUNCTION surveys_campaign_stays();
DROP FUNCTION surveys_version_stays(); DROP FUNCTION surveys_link_practice() CASCADE; DROP FUNCTION surveys_link_campaign() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("surveys", "0001_initial")]
    operations = [migrations.RunSQL(LINK + RUNNING + FROZEN + MOVES, UNDO)]
