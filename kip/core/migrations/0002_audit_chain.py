"""The audit chain: numbered under a lock, hashed, append-only for every login."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION audit_link() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE head record;
BEGIN
    NEW.chain := coalesce(NEW.practice_id, 0);
    NEW.at := clock_timestamp();
    INSERT INTO core_audithead (chain, seq, digest) VALUES (NEW.chain, 0, ''::bytea) ON CONFLICT DO NOTHING;
    SELECT seq, digest INTO head FROM core_audithead WHERE chain = NEW.chain FOR UPDATE;
    NEW.seq := head.seq + 1;
    NEW.previous := head.digest;
    NEW.digest := audit_digest(NEW);
    UPDATE core_audithead SET seq = NEW.seq, digest = NEW.digest WHERE chain = NEW.chain;
    RETURN NEW;
END $$;

CREATE FUNCTION audit_digest(r core_auditrecord) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(r.previous || convert_to((to_jsonb(r) - 'id' - 'digest' - 'previous' - 'at'
        || jsonb_build_object('at', extract(epoch FROM r.at)))::text, 'UTF8'))
$$;

CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the audit trail is append-only'; END $$;

CREATE TRIGGER audit_link BEFORE INSERT ON core_auditrecord FOR EACH ROW EXECUTE FUNCTION audit_link();
CREATE TRIGGER audit_keep BEFORE UPDATE OR DELETE ON core_auditrecord FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_keep_all BEFORE TRUNCATE ON core_auditrecord FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
"""
BACKWARD = """
DROP TRIGGER audit_keep_all ON core_auditrecord; DROP TRIGGER audit_keep ON core_auditrecord;
DROP TRIGGER audit_link ON core_auditrecord; DROP FUNCTION audit_refuse(); DROP FUNCTION audit_link();
DROP FUNCTION audit_digest(core_auditrecord);
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
