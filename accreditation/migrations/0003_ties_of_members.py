"""A committee member's ties are those of accreditation/queries/conflicts.py, also the ones to a municipality.

accreditation_tied answers about anybody and is for the functions here alone; accreditation_tied_seats answers about own meetings.
"""

from django.db import migrations

TIED = """
CREATE FUNCTION accreditation_tied(person bigint, place bigint, on_day date) RETURNS boolean LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public AS $$
    WITH p AS (
        SELECT pr.id, pr.municipality_id, (on_day - make_interval(years => coalesce(r.municipality_years, 3)::int))::date AS since
        FROM practices_practice pr LEFT JOIN accreditation_regionrule r ON r.region_id = pr.region_id WHERE pr.id = place)
    SELECT EXISTS (
        SELECT 1 FROM p JOIN accreditation_conflictdeclaration c ON c.user_id = person
        LEFT JOIN practices_practice other ON other.id = c.practice_id
        WHERE CASE WHEN c.kind = 'relation' THEN c.practice_id = p.id AND (c.last_day IS NULL OR c.last_day >= on_day)
            ELSE (c.last_day IS NULL OR c.last_day >= p.since)
                AND (c.practice_id = p.id OR coalesce(c.municipality_id, other.municipality_id) = p.municipality_id) END)
    OR EXISTS (
        SELECT 1 FROM p JOIN practices_membership m ON m.practice_id = p.id AND m.user_id = person
        WHERE m.valid_to IS NULL OR m.valid_to >= p.since)
$$;
REVOKE EXECUTE ON FUNCTION accreditation_tied(bigint, bigint, date) FROM PUBLIC;
CREATE FUNCTION accreditation_tied_seats(item bigint) RETURNS text[] LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public AS $$
    SELECT coalesce(array_agg(s.name::text ORDER BY s.name), '{}') FROM accreditation_agendaitem i
    JOIN accreditation_meetingseat s ON s.meeting_id = i.meeting_id AND s.present
    WHERE i.id = item AND i.meeting_id = ANY (accreditation_meetings())
      AND NOT EXISTS (SELECT 1 FROM accreditation_recusal r WHERE r.item_id = i.id AND r.user_id = s.user_id)
      AND accreditation_tied(s.user_id, i.practice_id, current_date)
$$;
"""
FORMER = """    IF EXISTS (SELECT 1 FROM accreditation_conflictdeclaration c
               WHERE c.user_id = ANY (seats) AND c.practice_id = place.id
                 AND (c.last_day IS NULL OR c.last_day >= current_date)) THEN
"""
NOW = """    IF EXISTS (SELECT 1 FROM unnest(seats) AS person WHERE accreditation_tied(person, place.id, current_date)) THEN
"""
DECIDE = """
CREATE OR REPLACE FUNCTION accreditation_decide() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
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
{ties}        RAISE EXCEPTION 'a member with a conflict of interest takes no part';
    END IF;
    RETURN NEW;
END $$;
"""
UNTIED = """
DROP FUNCTION accreditation_tied_seats(bigint);
DROP FUNCTION accreditation_tied(bigint, bigint, date);
"""


class Migration(migrations.Migration):
    dependencies = [("accreditation", "0002_guards")]
    operations = [
        migrations.RunSQL(TIED, UNTIED),
        migrations.RunSQL(DECIDE.replace("{ties}", NOW), DECIDE.replace("{ties}", FORMER)),
    ]
