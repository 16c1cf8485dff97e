"""Who may touch accreditation's tables. The nation holds no privilege on any survey; it reads tallies only.

Sets of surveys come from functions of migration 0002, so that a rule stands in one place: `visits` are those a surveyor is on
the team of, `window` those of them whose documents are shared and whose report is not final, `agenda` the cases of a
committee member's open meetings without those the member stepped out of.
"""

from accreditation.models import (
    AgendaItem,
    Agreement,
    Applicability,
    Assignment,
    CommitteeMeeting,
    CommitteeMember,
    ConflictDeclaration,
    ContactCall,
    CriticalFinding,
    Cycle,
    Deadline,
    Decision,
    DecisionSample,
    Dispensation,
    EditionMapping,
    EvidenceFile,
    EvidenceLink,
    FindingTally,
    FollowUp,
    FollowUpRating,
    Hearing,
    HearingPoint,
    MeetingSeat,
    Postponement,
    Programme,
    Publication,
    Recusal,
    RegionRule,
    RuleSet,
    SampledDecision,
    SelfAssessment,
    SentMail,
    Standard,
    StandardIndicator,
    StandardsEdition,
    Survey,
    SurveyEvent,
    SurveyorProfile,
    SurveyorRating,
    SurveyReport,
    TeamSummary,
    Unavailable,
    VisitDevice,
    VisitNote,
)
from kip.core.scope import Persona
from kip.core.walls import ALL, BASE, OWN_PRACTICE, OWN_REGION, OWN_USER, READ, Grant, Wall, reference

ADD = "SELECT, INSERT"
CHANGE = "SELECT, INSERT, UPDATE"
WORKER = {Persona.WORKER: Grant(ALL)}
# The sub-selects are evaluated once a statement and keep the index on survey_id (measured: docs/adr/0002-two-walls.md).
REGION = (
    "practice_id = ANY (ARRAY(SELECT p.id FROM practices_practice p"
    " WHERE p.region_id = nullif(current_setting('kip.region_id', true), '')::bigint))"
)
REGION_PLACE = "nullif(current_setting('kip.region_id', true), '')::bigint"
VISITS = "survey_id = ANY ((SELECT accreditation_visits())::bigint[])"
IN_WINDOW = "survey_id = ANY ((SELECT accreditation_window())::bigint[])"
ON_AGENDA = "survey_id = ANY ((SELECT accreditation_agenda())::bigint[])"
OWN_MEETING = "meeting_id = ANY ((SELECT accreditation_meetings())::bigint[])"
REGION_MEETING = f"meeting_id = ANY (ARRAY(SELECT m.id FROM accreditation_committeemeeting m WHERE m.region_id = {REGION_PLACE}))"
SHARED = (
    "id = ANY (ARRAY(SELECT l.evidence_id FROM accreditation_evidencelink l WHERE l.shared"
    " AND l.survey_id = ANY ((SELECT accreditation_window())::bigint[])))"
)


def heard(round_number: int) -> str:
    """Own rows of surveys whose draft report of the round the practice has been sent."""
    return (
        f"{OWN_PRACTICE} AND survey_id = ANY (ARRAY(SELECT h.survey_id FROM accreditation_hearing h"
        f" WHERE h.round = {round_number} AND h.{OWN_PRACTICE}))"
    )


def reported(round_number: int) -> str:
    """Rows of the region's surveys whose report of the round is final."""
    return (
        f"{REGION} AND survey_id = ANY (ARRAY(SELECT r.survey_id FROM accreditation_surveyreport r"
        f" WHERE r.final AND r.round = {round_number}))"
    )


def own_only(table: str, columns: str) -> tuple[str, ...]:
    """A surveyor reads the whole team's rows of the table and changes these columns of the own ones."""
    return (
        f"GRANT UPDATE ({columns}) ON {table} TO {Persona.SURVEY}",
        f'CREATE POLICY "{Persona.SURVEY}_update" ON {table} FOR UPDATE TO {Persona.SURVEY}'
        f" USING ({OWN_USER} AND {VISITS}) WITH CHECK ({OWN_USER})",
    )


PRACTICE_TELLS = "contact_name, contact_phone, address, people, staff_groups, shared_by"
OFFICE_PLANS = (
    "visit_on, visit_starts, visit_minutes, address, contact_name, contact_phone, consultant_id, place_in_cycle, people,"
    " staff_groups, shared_by, focus, announced_on"
)
SURVEY_ROWS = {name: rows.replace("survey_id", "id", 1) for name, rows in (("visits", VISITS), ("agenda", ON_AGENDA))}
LIBRARY = [reference(model) for model in (StandardsEdition, Standard, StandardIndicator, EditionMapping, RuleSet, Programme)]
PLANNING = [
    Wall(RegionRule, {BASE: Grant(READ), Persona.REGION: Grant(CHANGE, OWN_REGION), **WORKER}),
    Wall(Cycle, {BASE: Grant(READ), Persona.REGION: Grant(CHANGE, OWN_REGION), **WORKER}),
    # Surveyors work for every region, so each region may keep the pool.
    Wall(SurveyorProfile, {Persona.REGION: Grant(CHANGE), Persona.SURVEY: Grant(CHANGE, OWN_USER), **WORKER}),
    Wall(Unavailable, {Persona.REGION: Grant(READ), Persona.SURVEY: Grant(ALL, OWN_USER), **WORKER}),
    Wall(
        ConflictDeclaration,
        {
            Persona.REGION: Grant(ADD),
            Persona.SURVEY: Grant("SELECT, INSERT, UPDATE (last_day)", OWN_USER),
            Persona.COMMITTEE: Grant("SELECT, INSERT, UPDATE (last_day)", OWN_USER),
            **WORKER,
        },
    ),
    Wall(
        Survey,
        {
            Persona.PRACTICE: Grant(f"SELECT, UPDATE ({PRACTICE_TELLS})", OWN_PRACTICE),
            Persona.REGION: Grant(f"SELECT, INSERT, UPDATE ({OFFICE_PLANS})", REGION),
            Persona.SURVEY: Grant("SELECT, UPDATE (raised_follow_up)", SURVEY_ROWS["visits"]),
            Persona.COMMITTEE: Grant(READ, SURVEY_ROWS["agenda"]),
            **WORKER,
        },
    ),
    # Writing an event moves the survey; which persona may write which one, the trigger knows.
    Wall(
        SurveyEvent,
        {
            Persona.PRACTICE: Grant(ADD, OWN_PRACTICE),
            Persona.REGION: Grant(ADD, REGION),
            Persona.SURVEY: Grant(ADD, VISITS),
            Persona.COMMITTEE: Grant(ADD, ON_AGENDA),
            **WORKER,
        },
    ),
    Wall(
        Deadline,
        {
            Persona.PRACTICE: Grant(CHANGE, OWN_PRACTICE),
            Persona.REGION: Grant(CHANGE, REGION),
            Persona.SURVEY: Grant(CHANGE, VISITS),
            Persona.COMMITTEE: Grant(CHANGE, ON_AGENDA),
            **WORKER,
        },
    ),
    Wall(SentMail, WORKER),
    Wall(
        Assignment,
        {
            Persona.PRACTICE: Grant(READ, OWN_PRACTICE),
            Persona.REGION: Grant(CHANGE, REGION),
            Persona.SURVEY: Grant(READ, VISITS),
            Persona.COMMITTEE: Grant(READ, ON_AGENDA),
            **WORKER,
        },
        extra=own_only("accreditation_assignment", "accepted_at, ended_at, end_reason"),
    ),
    Wall(
        Dispensation,
        {
            Persona.PRACTICE: Grant("SELECT, INSERT, UPDATE (reconfirmed_at)", OWN_PRACTICE),
            Persona.REGION: Grant("SELECT, UPDATE (granted, answer, answered_by_id, answered_at, reconfirm_by)", REGION),
            **WORKER,
        },
    ),
    Wall(
        Postponement,
        {
            Persona.PRACTICE: Grant(READ, OWN_PRACTICE),
            Persona.REGION: Grant(ADD, REGION),
            Persona.SURVEY: Grant(READ, VISITS),
            **WORKER,
        },
    ),
]
SELF_ASSESSING = [
    Wall(
        Applicability,
        {
            Persona.PRACTICE: Grant(CHANGE, OWN_PRACTICE),
            Persona.REGION: Grant(CHANGE, REGION),
            Persona.SURVEY: Grant(READ, IN_WINDOW),
            Persona.COMMITTEE: Grant(READ, ON_AGENDA),
            **WORKER,
        },
    ),
    # A region follows how far a practice is, never what it answers.
    Wall(
        SelfAssessment,
        {
            Persona.PRACTICE: Grant(CHANGE, OWN_PRACTICE),
            Persona.REGION: Grant("SELECT (id, survey_id, practice_id, indicator_id, state, minutes_used, changed_at)", REGION),
            Persona.SURVEY: Grant(READ, IN_WINDOW),
            **WORKER,
        },
    ),
    Wall(EvidenceFile, {Persona.PRACTICE: Grant(ALL, OWN_PRACTICE), Persona.SURVEY: Grant(READ, SHARED), **WORKER}),
    Wall(
        EvidenceLink,
        {Persona.PRACTICE: Grant(ALL, OWN_PRACTICE), Persona.SURVEY: Grant(READ, f"shared AND {IN_WINDOW}"), **WORKER},
    ),
]
VISITING = [
    Wall(
        ContactCall,
        {
            Persona.PRACTICE: Grant(READ, OWN_PRACTICE),
            Persona.REGION: Grant(READ, REGION),
            Persona.SURVEY: Grant(ADD, VISITS),
            **WORKER,
        },
    ),
    Wall(
        SurveyorRating,
        {
            Persona.PRACTICE: Grant(READ, heard(1)),
            Persona.REGION: Grant(READ, reported(1)),
            Persona.SURVEY: Grant(ADD, IN_WINDOW),
            Persona.COMMITTEE: Grant(READ, ON_AGENDA),
            **WORKER,
        },
    ),
    Wall(
        FollowUpRating,
        {
            Persona.PRACTICE: Grant(READ, heard(2)),
            Persona.REGION: Grant(READ, reported(2)),
            Persona.SURVEY: Grant(ADD, IN_WINDOW),
            Persona.COMMITTEE: Grant(READ, ON_AGENDA),
            **WORKER,
        },
    ),
    Wall(
        FollowUp,
        {
            Persona.PRACTICE: Grant("SELECT, UPDATE (answer, answered_by_id, answered_at)", OWN_PRACTICE),
            Persona.REGION: Grant("SELECT (id, survey_id, practice_id, indicator_id, kind, answered_at), INSERT", REGION),
            Persona.SURVEY: Grant(READ, IN_WINDOW),
            Persona.COMMITTEE: Grant(ADD, ON_AGENDA),
            **WORKER,
        },
    ),
    Wall(Agreement, {Persona.SURVEY: Grant(ADD, IN_WINDOW), Persona.COMMITTEE: Grant(READ, ON_AGENDA), **WORKER}),
    Wall(TeamSummary, {Persona.SURVEY: Grant(CHANGE, IN_WINDOW), Persona.COMMITTEE: Grant(READ, ON_AGENDA), **WORKER}),
    Wall(VisitNote, {Persona.SURVEY: Grant(ADD, IN_WINDOW), **WORKER}),
    Wall(
        CriticalFinding,
        {
            Persona.PRACTICE: Grant("SELECT, UPDATE (acknowledged_at, acknowledged_by_id, action)", OWN_PRACTICE),
            Persona.REGION: Grant(READ, REGION),
            Persona.SURVEY: Grant(ADD, IN_WINDOW),
            Persona.COMMITTEE: Grant(READ, ON_AGENDA),
            **WORKER,
        },
    ),
    # The device says that it wiped itself also when the window has closed.
    Wall(VisitDevice, {Persona.SURVEY: Grant(CHANGE, OWN_USER), **WORKER}),
]
DECIDING = [
    Wall(
        Hearing,
        {
            Persona.PRACTICE: Grant("SELECT, UPDATE (reply, replied_by_id, replied_at)", OWN_PRACTICE),
            Persona.REGION: Grant("SELECT (id, survey_id, practice_id, round, opened_at, replied_at, closed_at)", REGION),
            Persona.SURVEY: Grant("SELECT, INSERT, UPDATE (closed_by_id, closed_at)", IN_WINDOW),
            Persona.COMMITTEE: Grant(READ, ON_AGENDA),
            **WORKER,
        },
    ),
    Wall(
        HearingPoint,
        {
            Persona.PRACTICE: Grant(ADD, OWN_PRACTICE),
            Persona.SURVEY: Grant("SELECT, UPDATE (answer, outcome, answered_by_id, answered_at)", IN_WINDOW),
            Persona.COMMITTEE: Grant(READ, ON_AGENDA),
            **WORKER,
        },
    ),
    Wall(
        SurveyReport,
        {
            Persona.PRACTICE: Grant(READ, OWN_PRACTICE),
            Persona.REGION: Grant(READ, f"final AND {REGION}"),
            Persona.SURVEY: Grant(ADD, IN_WINDOW),
            Persona.COMMITTEE: Grant(READ, ON_AGENDA),
            **WORKER,
        },
    ),
    Wall(CommitteeMember, {BASE: Grant(READ), Persona.REGION: Grant(CHANGE), Persona.SUPPORT: Grant(CHANGE), **WORKER}),
    Wall(
        CommitteeMeeting,
        {
            Persona.REGION: Grant(CHANGE, OWN_REGION),
            Persona.COMMITTEE: Grant("SELECT, UPDATE (minutes, state, closed_at)", OWN_MEETING.replace("meeting_id", "id", 1)),
            **WORKER,
        },
    ),
    Wall(
        MeetingSeat,
        {
            Persona.REGION: Grant(CHANGE, REGION_MEETING),
            Persona.COMMITTEE: Grant("SELECT, UPDATE (present)", OWN_MEETING),
            **WORKER,
        },
    ),
    Wall(AgendaItem, {Persona.REGION: Grant(ADD, REGION), Persona.COMMITTEE: Grant(READ, ON_AGENDA), **WORKER}),
    Wall(
        Recusal,
        {Persona.REGION: Grant(READ, REGION), Persona.COMMITTEE: Grant(READ, f"({OWN_USER} OR {ON_AGENDA})"), **WORKER},
        # A member steps out alone: nobody puts another one out.
        extra=(
            f"GRANT INSERT ON accreditation_recusal TO {Persona.COMMITTEE}",
            f'CREATE POLICY "{Persona.COMMITTEE}_insert" ON accreditation_recusal FOR INSERT TO {Persona.COMMITTEE}'
            f" WITH CHECK ({OWN_USER} AND {ON_AGENDA})",
        ),
    ),
    Wall(
        Decision,
        {
            Persona.PRACTICE: Grant(READ, OWN_PRACTICE),
            Persona.REGION: Grant("SELECT, INSERT, UPDATE (told_at)", REGION),
            Persona.SURVEY: Grant(READ, IN_WINDOW),
            Persona.COMMITTEE: Grant(ADD, ON_AGENDA),
            **WORKER,
        },
        # The team ends the follow-up of a supervision visit; an accreditation is none of its decisions.
        extra=(
            f"GRANT INSERT ON accreditation_decision TO {Persona.SURVEY}",
            f'CREATE POLICY "{Persona.SURVEY}_insert" ON accreditation_decision FOR INSERT TO {Persona.SURVEY}'
            f" WITH CHECK ({IN_WINDOW} AND kind = 'administrative' AND status NOT IN ('provisional', 'accredited',"
            " 'accredited_with_remarks', 'not_accredited'))",
        ),
    ),
    Wall(
        Publication,
        {
            BASE: Grant(READ, "taken_back_at IS NULL"),
            Persona.PRACTICE: Grant(READ, OWN_PRACTICE),
            Persona.REGION: Grant("SELECT, INSERT, UPDATE (taken_back_by_id, taken_back_at, taken_back_reason)", REGION),
            **WORKER,
        },
    ),
    Wall(DecisionSample, {Persona.REGION: Grant(ADD, OWN_REGION), **WORKER}),
    Wall(
        SampledDecision,
        {
            Persona.REGION: Grant(ADD, REGION),
            Persona.COMMITTEE: Grant("SELECT, UPDATE (agrees, note, read_by_id, read_at)", ON_AGENDA),
            **WORKER,
        },
    ),
    Wall(FindingTally, {BASE: Grant(READ, "region_id IS NULL"), Persona.REGION: Grant(READ, OWN_REGION), **WORKER}),
]
WALLS = [*LIBRARY, *PLANNING, *SELF_ASSESSING, *VISITING, *DECIDING]
