"""What the database itself holds of accreditation: the way of a survey, pinned editions, and rows that are never rewritten.

The pairs of states are those of accreditation/machine.py over all kinds of survey; tests/accreditation compares them.
Functions that read across the walls are SECURITY DEFINER and answer only about the person and role of the transaction. What
looks at the survey's state comes after the row, when the walls have let it pass: a refusal tells nothing of others' surveys.
"""

from django.db import migrations

STEPS = """
CREATE FUNCTION accreditation_step(before text, after text, persona text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT EXISTS (SELECT 1 FROM (VALUES
    ('accredited', 'published', '{kip_region}'),
    ('accredited_with_remarks', 'appealed', '{kip_practice}'),
    ('accredited_with_remarks', 'published', '{kip_region}'),
    ('announced', 'dispensation_requested', '{kip_practice}'),
    ('announced', 'documents_shared', '{kip_practice,kip_worker}'),
    ('announced', 'postponed', '{kip_region}'),
    ('announced', 'rating_complete', '{kip_practice,kip_worker}'),
    ('announced', 'self_assessment', '{kip_practice,kip_worker}'),
    ('announced', 'withdrawn', '{kip_region,kip_worker}'),
    ('appealed', 'accredited', '{kip_committee}'),
    ('appealed', 'accredited_with_remarks', '{kip_committee}'),
    ('appealed', 'not_accredited', '{kip_committee}'),
    ('committee_round_2', 'accredited', '{kip_committee}'),
    ('committee_round_2', 'accredited_with_remarks', '{kip_committee}'),
    ('committee_round_2', 'not_accredited', '{kip_committee}'),
    ('decision', 'provisional', '{kip_committee}'),
    ('dispensation_refused', 'self_assessment', '{kip_practice,kip_region,kip_worker}'),
    ('dispensation_refused', 'withdrawn', '{kip_region,kip_worker}'),
    ('dispensation_requested', 'dispensation_refused', '{kip_region}'),
    ('dispensation_requested', 'dispensed', '{kip_region}'),
    ('dispensation_requested', 'withdrawn', '{kip_region,kip_worker}'),
    ('dispensed', 'planned', '{kip_region,kip_worker}'),
    ('dispensed', 'withdrawn', '{kip_region,kip_worker}'),
    ('documents_shared', 'postponed', '{kip_region}'),
    ('documents_shared', 'visit_confirmed', '{kip_survey}'),
    ('documents_shared', 'withdrawn', '{kip_region,kip_worker}'),
    ('follow_up_open', 'committee_round_2', '{kip_worker}'),
    ('follow_up_open', 'follow_up_received', '{kip_practice}'),
    ('follow_up_open', 'reviewed', '{kip_worker}'),
    ('follow_up_open', 'withdrawn', '{kip_region,kip_worker}'),
    ('follow_up_rated', 'in_hearing_2', '{kip_survey}'),
    ('follow_up_rated', 'reviewed', '{kip_survey}'),
    ('follow_up_received', 'follow_up_rated', '{kip_survey}'),
    ('in_hearing', 'report_final', '{kip_survey}'),
    ('in_hearing_2', 'committee_round_2', '{kip_survey}'),
    ('not_accredited', 'appealed', '{kip_practice}'),
    ('not_accredited', 'published', '{kip_region}'),
    ('on_site', 'rating_complete', '{kip_survey}'),
    ('on_site', 'withdrawn', '{kip_region,kip_worker}'),
    ('planned', 'announced', '{kip_region}'),
    ('planned', 'withdrawn', '{kip_region,kip_worker}'),
    ('postponed', 'announced', '{kip_region}'),
    ('postponed', 'withdrawn', '{kip_region,kip_worker}'),
    ('provisional', 'follow_up_open', '{kip_region,kip_worker}'),
    ('published', 'appealed', '{kip_practice}'),
    ('rating_complete', 'report_draft', '{kip_survey}'),
    ('rating_complete', 'report_final', '{kip_survey}'),
    ('report_draft', 'in_hearing', '{kip_survey}'),
    ('report_draft', 'report_final', '{kip_survey}'),
    ('report_final', 'accredited', '{kip_region,kip_worker}'),
    ('report_final', 'committee_round_2', '{kip_region,kip_worker}'),
    ('report_final', 'decision', '{kip_region,kip_worker}'),
    ('report_final', 'follow_up_open', '{kip_region,kip_worker}'),
    ('report_final', 'reviewed', '{kip_region,kip_worker}'),
    ('reviewed', 'published', '{kip_region}'),
    ('self_assessment', 'dispensation_requested', '{kip_practice}'),
    ('self_assessment', 'documents_shared', '{kip_practice,kip_worker}'),
    ('self_assessment', 'on_site', '{kip_practice,kip_worker}'),
    ('self_assessment', 'postponed', '{kip_region}'),
    ('self_assessment', 'visit_confirmed', '{kip_practice,kip_worker}'),
    ('self_assessment', 'withdrawn', '{kip_region,kip_worker}'),
    ('visit_confirmed', 'on_site', '{kip_survey}'),
    ('visit_confirmed', 'postponed', '{kip_region}'),
    ('visit_confirmed', 'withdrawn', '{kip_region,kip_worker}')
    ) AS step (source, target, personas)
    WHERE source = before AND target = after AND (persona = 'kip_worker' OR persona = ANY (personas::text[])))
$$;
"""

# Which surveys a person may see: used by accreditation/walls.py.
SETS = """
CREATE FUNCTION accreditation_person() RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('kip.user_id', true), '')::bigint
$$;
CREATE FUNCTION accreditation_visits() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT coalesce(array_agg(a.survey_id), '{}') FROM accreditation_assignment a JOIN accreditation_survey s ON s.id = a.survey_id
    WHERE a.user_id = accreditation_person() AND a.ended_at IS NULL AND (NOT a.blocked OR a.overridden_at IS NOT NULL)
      AND s.state NOT IN ('accredited', 'accredited_with_remarks', 'not_accredited', 'reviewed', 'published', 'withdrawn',
                          'dispensed', 'appealed')
$$;
CREATE FUNCTION accreditation_window() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT coalesce(array_agg(s.id), '{}') FROM accreditation_survey s
    WHERE s.id = ANY (accreditation_visits())
      AND s.state IN ('documents_shared', 'visit_confirmed', 'on_site', 'rating_complete', 'report_draft', 'in_hearing',
                      'follow_up_received', 'follow_up_rated', 'in_hearing_2')
$$;
CREATE FUNCTION accreditation_meetings() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT coalesce(array_agg(m.id), '{}') FROM accreditation_committeemeeting m
    JOIN accreditation_meetingseat s ON s.meeting_id = m.id
    WHERE s.user_id = accreditation_person() AND m.state = 'agenda_sent'
$$;
CREATE FUNCTION accreditation_agenda() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT coalesce(array_agg(i.survey_id), '{}') FROM accreditation_agendaitem i
    WHERE i.meeting_id = ANY (accreditation_meetings()) AND NOT EXISTS (
        SELECT 1 FROM accreditation_recusal r WHERE r.item_id = i.id AND r.user_id = accreditation_person())
$$;
"""

MOVES = """
CREATE FUNCTION accreditation_move() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE now_in text; persona text := current_setting('role');
BEGIN
    SELECT state INTO now_in FROM accreditation_survey WHERE id = NEW.survey_id FOR UPDATE;
    IF now_in IS DISTINCT FROM NEW.from_state THEN
        RAISE EXCEPTION 'the survey is % by now', now_in;
    END IF;
    IF NOT accreditation_step(NEW.from_state, NEW.to_state, persona) THEN
        RAISE EXCEPTION 'a survey that is % is not made % by %', NEW.from_state, NEW.to_state, persona;
    END IF;
    IF NEW.to_state IN ('provisional', 'accredited', 'accredited_with_remarks', 'not_accredited')
        AND (SELECT status FROM accreditation_decision WHERE survey_id = NEW.survey_id ORDER BY at DESC, id DESC LIMIT 1)
            IS DISTINCT FROM NEW.to_state THEN
        RAISE EXCEPTION 'there is no decision that the survey is %', NEW.to_state;
    END IF;
    IF NEW.to_state IN ('in_hearing', 'in_hearing_2') AND NOT EXISTS (
        SELECT 1 FROM accreditation_hearing WHERE survey_id = NEW.survey_id AND closed_at IS NULL
            AND round = CASE NEW.to_state WHEN 'in_hearing' THEN 1 ELSE 2 END) THEN
        RAISE EXCEPTION 'there is no open hearing';
    END IF;
    IF NEW.from_state IN ('in_hearing', 'in_hearing_2') AND NEW.to_state <> 'withdrawn' AND EXISTS (
        SELECT 1 FROM accreditation_hearing WHERE survey_id = NEW.survey_id AND closed_at IS NULL) THEN
        RAISE EXCEPTION 'the hearing is still open';
    END IF;
    IF NEW.to_state = 'published' AND NOT EXISTS (
        SELECT 1 FROM accreditation_publication WHERE survey_id = NEW.survey_id AND taken_back_at IS NULL) THEN
        RAISE EXCEPTION 'nothing is published of the survey';
    END IF;
    UPDATE accreditation_survey SET state = NEW.to_state WHERE id = NEW.survey_id;
    RETURN NEW;
END $$;

CREATE FUNCTION accreditation_survey_keep() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE pinned text[] := '{id,practice_id,programme_id,edition_id,rule_set_id,cycle_id,previous_id,carried,created_at}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state = 'planned' THEN RETURN NEW; END IF;
        RAISE EXCEPTION 'a survey begins with being planned';
    END IF;
    IF NEW.state <> OLD.state AND pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'a survey moves by its events alone';
    END IF;
    IF EXISTS (SELECT 1 FROM unnest(pinned) c WHERE to_jsonb(NEW) -> c IS DISTINCT FROM to_jsonb(OLD) -> c) THEN
        RAISE EXCEPTION 'a survey keeps its practice, programme, edition and rule set';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER move AFTER INSERT ON accreditation_surveyevent FOR EACH ROW EXECUTE FUNCTION accreditation_move();
CREATE TRIGGER keep BEFORE INSERT OR UPDATE ON accreditation_survey FOR EACH ROW EXECUTE FUNCTION accreditation_survey_keep();
"""

# Generic guards. in_state takes 'state' or 'state:round', separated by commas. write_once takes the columns that are filled
# later, as 'column' or 'column<seal': then only while the seal is empty.
GUARDS = """
CREATE FUNCTION accreditation_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is only added to', TG_TABLE_NAME; END $$;

CREATE FUNCTION accreditation_write_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE before jsonb := to_jsonb(OLD); after jsonb; name text;
BEGIN
    IF TG_OP = 'DELETE' THEN RAISE EXCEPTION '% is never removed', TG_TABLE_NAME; END IF;
    after := to_jsonb(NEW);
    FOR name IN SELECT jsonb_object_keys(after) LOOP
        IF after -> name IS DISTINCT FROM before -> name AND NOT EXISTS (
            SELECT 1 FROM unnest(TG_ARGV) a WHERE split_part(a, '<', 1) = name
                AND before -> name IN ('null'::jsonb, '""'::jsonb, 'false'::jsonb)
                AND coalesce(before -> nullif(split_part(a, '<', 2), ''), 'null') = 'null'::jsonb) THEN
            RAISE EXCEPTION '% of % is written once', name, TG_TABLE_NAME;
        END IF;
    END LOOP;
    RETURN NEW;
END $$;

CREATE FUNCTION accreditation_in_state() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE r jsonb; s record; round_now text; open boolean;
BEGIN
    IF TG_OP = 'DELETE' THEN r := to_jsonb(OLD); ELSE r := to_jsonb(NEW); END IF;
    SELECT state, edition_id INTO s FROM accreditation_survey WHERE id = (r ->> 'survey_id')::bigint FOR NO KEY UPDATE;
    round_now := coalesce(r ->> 'round', '');
    open := s.state = ANY (string_to_array(TG_ARGV[0], ',')) OR s.state || ':' || round_now = ANY (string_to_array(TG_ARGV[0], ','));
    IF NOT coalesce(open, false) THEN
        RAISE EXCEPTION '% is not written while the survey is %', TG_TABLE_NAME, s.state;
    END IF;
    IF TG_OP <> 'DELETE' AND r ->> 'indicator_id' IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM accreditation_standardindicator i
        WHERE i.id = (r ->> 'indicator_id')::bigint AND i.edition_id = s.edition_id) THEN
        RAISE EXCEPTION 'the indicator is not of the survey''s edition';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION accreditation_edition_keep() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE r jsonb;
BEGIN
    IF TG_OP = 'UPDATE' THEN RAISE EXCEPTION 'an edition is never edited'; END IF;
    IF TG_OP = 'DELETE' THEN r := to_jsonb(OLD); ELSE r := to_jsonb(NEW); END IF;
    IF EXISTS (SELECT 1 FROM accreditation_survey WHERE edition_id = coalesce(r ->> 'edition_id', r ->> 'id')::bigint) THEN
        RAISE EXCEPTION 'a survey has begun with the edition';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
"""

RATINGS = """
CREATE FUNCTION accreditation_revise() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE head uuid; waiting uuid[]; last integer; survey_state text;
BEGIN
    SELECT state INTO survey_state FROM accreditation_survey WHERE id = NEW.survey_id FOR NO KEY UPDATE;
    IF survey_state IN ('in_hearing', 'in_hearing_2') AND NEW.point_id IS NULL THEN
        RAISE EXCEPTION 'in a hearing a rating changes only by an answer to a point';
    END IF;
    IF TG_TABLE_NAME = 'accreditation_followuprating' AND NOT EXISTS (
        SELECT 1 FROM accreditation_followup WHERE survey_id = NEW.survey_id AND indicator_id = NEW.indicator_id) THEN
        RAISE EXCEPTION 'only an open indicator is rated again';
    END IF;
    EXECUTE format('SELECT coalesce(max(revision), 0) FROM %I WHERE survey_id = $1 AND indicator_id = $2', TG_TABLE_NAME)
        INTO last USING NEW.survey_id, NEW.indicator_id;
    EXECUTE format('SELECT id FROM %I WHERE survey_id = $1 AND indicator_id = $2 AND NOT conflicting'
        ' ORDER BY revision DESC LIMIT 1', TG_TABLE_NAME) INTO head USING NEW.survey_id, NEW.indicator_id;
    EXECUTE format('SELECT coalesce(array_agg(id), ''{}'') FROM %I WHERE survey_id = $1 AND indicator_id = $2 AND conflicting',
        TG_TABLE_NAME) INTO waiting USING NEW.survey_id, NEW.indicator_id;
    IF NOT (NEW.resolves <@ waiting) THEN
        RAISE EXCEPTION 'only a conflicting rating is resolved';
    END IF;
    NEW.revision := last + 1;
    NEW.conflicting := NEW.base IS DISTINCT FROM head;
    IF NEW.conflicting AND cardinality(NEW.resolves) > 0 THEN
        RAISE EXCEPTION 'a conflict is resolved on top of the current rating';
    END IF;
    RETURN NEW;
END $$;
"""

COMMITTEE = """
CREATE FUNCTION accreditation_decide() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE seats bigint[]; place record;
BEGIN
    SELECT s.state, p.id, p.profession INTO place
    FROM accreditation_survey s JOIN practices_practice p ON p.id = s.practice_id WHERE s.id = NEW.survey_id FOR UPDATE OF s;
    IF NEW.kind = 'administrative' THEN
        IF place.state NOT IN ('report_final', 'rating_complete', 'follow_up_open', 'follow_up_rated')
            OR NEW.status IS DISTINCT FROM coalesce(nullif(NEW.recommendation, ''), NEW.status) THEN
            RAISE EXCEPTION 'an administrative decision follows the rules';
        END IF;
        RETURN NEW;
    END IF;
    SELECT coalesce(array_agg(m.user_id), '{}') INTO seats FROM accreditation_agendaitem i
    JOIN accreditation_meetingseat m ON m.meeting_id = i.meeting_id AND m.present
    WHERE i.id = NEW.item_id
      AND NOT EXISTS (SELECT 1 FROM accreditation_recusal r WHERE r.item_id = i.id AND r.user_id = m.user_id);
    IF NEW.by_id IS NULL OR NOT (NEW.by_id = ANY (seats)) THEN
        RAISE EXCEPTION 'a decision is written by a member who takes part in the case';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM accreditation_agendaitem i JOIN accreditation_meetingseat m ON m.meeting_id = i.meeting_id
                   WHERE i.id = NEW.item_id AND m.user_id = ANY (seats) AND place.profession = ANY (m.professions)) THEN
        RAISE EXCEPTION 'a member of the practice''s own profession takes part in the decision';
    END IF;
    IF EXISTS (SELECT 1 FROM accreditation_conflictdeclaration c
               WHERE c.user_id = ANY (seats) AND c.practice_id = place.id
                 AND (c.last_day IS NULL OR c.last_day >= current_date)) THEN
        RAISE EXCEPTION 'a member with a conflict of interest takes no part';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER decide AFTER INSERT ON accreditation_decision FOR EACH ROW EXECUTE FUNCTION accreditation_decide();
"""

OF_SURVEY = (
    "surveyevent", "deadline", "applicability", "surveyreport", "selfassessment", "evidencefile", "evidencelink", "contactcall",
    "surveyorrating", "followup", "followuprating", "agreement", "teamsummary", "visitnote", "criticalfinding", "visitdevice",
    "hearing", "hearingpoint", "agendaitem", "recusal", "decision", "publication", "sampleddecision", "assignment", "dispensation",
    "postponement",
)  # fmt: skip
# A row points only at rows of its own survey: foreign keys look through row-level security (docs/adr/0002-two-walls.md).
SAME_SURVEY = (
    ("evidencelink", "evidence", "evidencefile"),
    ("visitnote", "evidence", "evidencefile"),
    ("hearingpoint", "hearing", "hearing"),
    ("surveyorrating", "point", "hearingpoint"),
    ("followuprating", "point", "hearingpoint"),
    ("recusal", "item", "agendaitem"),
    ("decision", "item", "agendaitem"),
)
APPEND_ONLY = (
    "surveyevent", "surveyorrating", "followuprating", "agreement", "visitnote", "contactcall", "surveyreport", "postponement",
    "recusal", "ruleset", "editionmapping", "decisionsample",
)  # fmt: skip
WRITE_ONCE = {
    "programme": ("retired_at",),
    "deadline": ("met_at", "cancelled_at"),
    "assignment": (
        "overridden_by_id<overridden_at", "overridden_at", "override_reason<overridden_at", "accepted_at", "ended_at",
        "end_reason<ended_at",
    ),
    "dispensation": (
        "granted", "answer<answered_at", "answered_by_id<answered_at", "answered_at", "reconfirm_by<answered_at", "reconfirmed_at",
    ),
    "criticalfinding": ("told_at", "acknowledged_at", "acknowledged_by_id<acknowledged_at", "action<acknowledged_at"),
    "hearing": ("reply<replied_at", "replied_by_id<replied_at", "replied_at<closed_at", "closed_by_id<closed_at", "closed_at"),
    "hearingpoint": ("answer<answered_at", "outcome<answered_at", "answered_by_id<answered_at", "answered_at"),
    "decision": ("told_at",),
    "publication": ("taken_back_by_id<taken_back_at", "taken_back_at", "taken_back_reason<taken_back_at"),
    "sampleddecision": ("agrees", "note<read_at", "read_by_id<read_at", "read_at"),
}  # fmt: skip
EVIDENCE = "announced:1,self_assessment:1,follow_up_open:2"
IN_STATE = {
    "applicability": ("INSERT OR UPDATE OR DELETE", "planned,announced,self_assessment"),
    "selfassessment": ("INSERT OR UPDATE OR DELETE", "announced,self_assessment"),
    "evidencefile": ("INSERT OR UPDATE OR DELETE", "announced,self_assessment,follow_up_open"),
    "evidencelink": ("INSERT OR UPDATE OR DELETE", EVIDENCE),
    "surveyorrating": ("INSERT", "on_site,rating_complete,report_draft,in_hearing"),
    "followup": ("INSERT OR UPDATE OR DELETE", "report_final,decision,provisional,follow_up_open"),
    "followuprating": ("INSERT", "follow_up_received,follow_up_rated,in_hearing_2"),
    "agreement": ("INSERT", "rating_complete:1,report_draft:1,follow_up_rated:2"),
    "teamsummary": (
        "INSERT OR UPDATE OR DELETE",
        "documents_shared:1,visit_confirmed:1,on_site:1,rating_complete:1,report_draft:1,in_hearing:1,"
        "follow_up_received:2,follow_up_rated:2,in_hearing_2:2",
    ),
    "hearing": ("INSERT", "report_draft:1,follow_up_rated:2"),
    "hearingpoint": ("INSERT OR UPDATE", "in_hearing,in_hearing_2"),
    "surveyreport": ("INSERT", "rating_complete:1,report_draft:1,in_hearing:1,follow_up_rated:2,in_hearing_2:2"),
    "decision": ("INSERT", "report_final,rating_complete,follow_up_open,follow_up_rated,decision,committee_round_2,appealed"),
    "publication": ("INSERT", "accredited,accredited_with_remarks,not_accredited,reviewed,published"),
}  # fmt: skip


def _table(name: str) -> str:
    return f"accreditation_{name}"


def _guards() -> str:
    said = []
    for name in OF_SURVEY:
        said.append(
            f"ALTER TABLE {_table(name)} ADD CONSTRAINT {name}_practice FOREIGN KEY (survey_id, practice_id)"
            " REFERENCES accreditation_survey (id, practice_id)"
        )
    for name, column, other in SAME_SURVEY:
        said.append(
            f"ALTER TABLE {_table(name)} ADD CONSTRAINT {name}_{column}_survey FOREIGN KEY ({column}_id, survey_id)"
            f" REFERENCES {_table(other)} (id, survey_id) ON DELETE CASCADE"
        )
    said.append(
        "ALTER TABLE accreditation_survey ADD CONSTRAINT survey_pins FOREIGN KEY (programme_id, edition_id, rule_set_id)"
        " REFERENCES accreditation_programme (id, edition_id, rule_set_id)"
    )
    trigger = "CREATE TRIGGER {name} {when} {events} ON {table} FOR EACH ROW EXECUTE FUNCTION accreditation_{name}({values})"
    for name in APPEND_ONLY:
        said.append(trigger.format(name="append_only", when="BEFORE", events="UPDATE OR DELETE", table=_table(name), values=""))
    for name, columns in WRITE_ONCE.items():
        values = ", ".join(f"'{column}'" for column in columns)
        said.append(trigger.format(name="write_once", when="BEFORE", events="UPDATE OR DELETE", table=_table(name), values=values))
    for name, (events, states) in IN_STATE.items():
        said.append(trigger.format(name="in_state", when="AFTER", events=events, table=_table(name), values=f"'{states}'"))
    for name in ("standardsedition", "standard", "standardindicator"):
        said.append(trigger.format(name="edition_keep", when="BEFORE", events="INSERT OR UPDATE OR DELETE", table=_table(name), values=""))
    for name in ("surveyorrating", "followuprating"):
        said.append(trigger.format(name="revise", when="BEFORE", events="INSERT", table=_table(name), values=""))
    return ";\n".join(said)


class Migration(migrations.Migration):
    dependencies = [("accreditation", "0001_initial")]
    operations = [
        migrations.RunSQL(part, migrations.RunSQL.noop) for part in (STEPS, SETS, MOVES, GUARDS, RATINGS, COMMITTEE, _guards())
    ]
