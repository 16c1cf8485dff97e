"""Who may touch data capture's tables. Regions and the nation hold no privilege at all on patient-level tables."""

from datacapture.models import (
    ApiKey,
    AreaResult,
    CaseState,
    CaseTally,
    ChartNote,
    CodeSetMember,
    CountBasis,
    DefinitionDraft,
    Delivery,
    DigestMail,
    DigestStop,
    Enrolment,
    Event,
    EventCode,
    EventHistory,
    GroupResult,
    Indicator,
    IndicatorCount,
    IndicatorVersion,
    Inequality,
    Objection,
    PathwayCount,
    PathwayOwn,
    PathwayResult,
    Patient,
    PatientMark,
    PatientPseudonym,
    PopulationArea,
    PopulationResult,
    PracticeCell,
    Producer,
    Purpose,
    PurposeTally,
    QualityResult,
    RegionStanding,
    Release,
    ReleaseApproval,
    Result,
    TouchedPatient,
    Yardstick,
)
from kip.core.scope import Persona
from kip.core.walls import ALL, BASE, OWN_PRACTICE, OWN_REGION, OWN_USER, READ, Grant, Wall, reference

READ_OWN = {Persona.PRACTICE: Grant(READ, OWN_PRACTICE), Persona.WORKER: Grant(ALL)}
CHANGE_OWN = {Persona.PRACTICE: Grant("SELECT, INSERT, UPDATE", OWN_PRACTICE), Persona.WORKER: Grant(ALL)}
KEEP_OWN = {Persona.PRACTICE: Grant(ALL, OWN_PRACTICE), Persona.WORKER: Grant(ALL)}
REGION_OF_PRACTICE = (
    "EXISTS (SELECT 1 FROM practices_practice p WHERE p.id = practice_id"
    " AND p.region_id = nullif(current_setting('kip.region_id', true), '')::bigint)"
)
WALLS = [
    reference(Purpose, **{Persona.SUPPORT: Grant("SELECT, INSERT, UPDATE")}),
    reference(EventCode),
    reference(CodeSetMember),
    reference(Indicator),
    reference(IndicatorVersion),
    # Versions are made by the worker from approved drafts; who may write and approve one, policies.py decides.
    # What is approved is coming, and everybody who reads the definition is told.
    Wall(
        DefinitionDraft,
        {
            BASE: Grant(READ, "state = 'approved'"),
            Persona.NATIONAL: Grant("SELECT, INSERT, UPDATE"),
            Persona.WORKER: Grant(ALL),
        },
    ),
    reference(PurposeTally),
    # A practice's own release is its own secret; who may move a quarter's release on, its triggers and policies.py decide.
    Wall(
        Release,
        {
            BASE: Grant(READ, "practice_id IS NULL"),
            Persona.PRACTICE: Grant(READ, OWN_PRACTICE),
            Persona.REGION: Grant("UPDATE", "practice_id IS NULL"),
            Persona.NATIONAL: Grant("INSERT, UPDATE", "practice_id IS NULL"),
            Persona.WORKER: Grant(ALL),
        },
    ),
    Wall(
        ReleaseApproval,
        {
            BASE: Grant(READ),
            Persona.REGION: Grant("INSERT", OWN_USER),
            Persona.NATIONAL: Grant("INSERT", OWN_USER),
            Persona.WORKER: Grant(ALL),
        },
    ),
    Wall(AreaResult, {BASE: Grant(READ), Persona.WORKER: Grant(ALL)}, tenant=False),
    Wall(GroupResult, {BASE: Grant(READ), Persona.WORKER: Grant(ALL)}, tenant=False),
    Wall(Inequality, {BASE: Grant(READ), Persona.WORKER: Grant(ALL)}, tenant=False),
    Wall(Yardstick, {Persona.WORKER: Grant(ALL)}),
    Wall(Enrolment, {**CHANGE_OWN, Persona.REGION: Grant(READ, REGION_OF_PRACTICE), Persona.INTAKE: Grant(READ, OWN_PRACTICE)}),
    Wall(Patient, READ_OWN),
    Wall(PatientPseudonym, {Persona.WORKER: Grant(ALL)}),
    Wall(Event, READ_OWN),
    Wall(EventHistory, READ_OWN),
    Wall(Objection, {**CHANGE_OWN, Persona.PRACTICE: Grant("SELECT, INSERT, DELETE", OWN_PRACTICE)}),
    Wall(CaseState, READ_OWN),
    Wall(PatientMark, KEEP_OWN),
    Wall(ChartNote, KEEP_OWN),
    Wall(IndicatorCount, READ_OWN),
    Wall(CaseTally, {Persona.WORKER: Grant(ALL)}),
    Wall(CountBasis, {Persona.WORKER: Grant(ALL)}),
    # A practice's objection touches its patient by a trigger.
    Wall(TouchedPatient, {Persona.PRACTICE: Grant("INSERT", OWN_PRACTICE), Persona.WORKER: Grant(ALL)}),
    # A region reads on counts of data, never on single indicators: those pass the disclosure gate as results.
    Wall(QualityResult, {**READ_OWN, Persona.REGION: Grant(READ, f"{OWN_REGION} AND measure <> 'unknown'")}),
    Wall(Producer, {Persona.WORKER: Grant(ALL)}, tenant=False),
    # A practice's exact numbers are its own; its region reads them after the disclosure gate.
    Wall(Result, READ_OWN),
    Wall(PracticeCell, {Persona.REGION: Grant(READ, OWN_REGION), Persona.WORKER: Grant(ALL)}),
    Wall(RegionStanding, {Persona.REGION: Grant(READ, OWN_REGION), Persona.WORKER: Grant(ALL)}),
    Wall(DigestMail, {Persona.WORKER: Grant(ALL)}),
    # The signed link in the mail is the door: whoever holds it may stop that one mail, signed in or not. A person sees and
    # takes back the own stops only.
    Wall(DigestStop, {BASE: Grant("INSERT"), Persona.PRACTICE: Grant("SELECT, DELETE", OWN_USER), Persona.WORKER: Grant(ALL)}),
    # A region may read of its own practices; the country's row is everybody's, another region's is not.
    Wall(
        PathwayResult,
        {BASE: Grant(READ, "region_id IS NULL"), Persona.REGION: Grant(READ, OWN_REGION), Persona.WORKER: Grant(ALL)},
    ),
    Wall(PathwayCount, {Persona.WORKER: Grant(ALL)}),
    Wall(PathwayOwn, READ_OWN),
    Wall(PopulationResult, READ_OWN),
    Wall(
        PopulationArea,
        {BASE: Grant(READ, "region_id IS NULL"), Persona.REGION: Grant(READ, OWN_REGION), Persona.WORKER: Grant(ALL)},
    ),
    Wall(Delivery, {**CHANGE_OWN, Persona.INTAKE: Grant("SELECT, INSERT, UPDATE", OWN_PRACTICE)}),
    Wall(ApiKey, {**CHANGE_OWN, Persona.INTAKE: Grant("SELECT, UPDATE", OWN_PRACTICE)}),
]
