"""Who may touch data capture's tables. Regions and the nation hold no privilege at all on patient-level tables."""

from datacapture.models import (
    ApiKey,
    CaseState,
    CodeSetMember,
    Delivery,
    Enrolment,
    Event,
    EventCode,
    EventHistory,
    Indicator,
    IndicatorCount,
    IndicatorVersion,
    Objection,
    Patient,
    PatientPseudonym,
    Purpose,
    PurposeTally,
    RegionResult,
    Release,
    Result,
)
from kip.core.scope import Persona
from kip.core.walls import ALL, OWN_PRACTICE, OWN_REGION, READ, Grant, Wall, reference

READ_OWN = {Persona.PRACTICE: Grant(READ, OWN_PRACTICE), Persona.WORKER: Grant(ALL)}
CHANGE_OWN = {Persona.PRACTICE: Grant("SELECT, INSERT, UPDATE", OWN_PRACTICE), Persona.WORKER: Grant(ALL)}
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
    reference(Release),
    reference(PurposeTally),
    Wall(RegionResult, {"kip_base": Grant(READ), Persona.WORKER: Grant(ALL)}, tenant=False),
    Wall(Enrolment, {**CHANGE_OWN, Persona.REGION: Grant(READ, REGION_OF_PRACTICE), Persona.INTAKE: Grant(READ, OWN_PRACTICE)}),
    Wall(Patient, READ_OWN),
    Wall(PatientPseudonym, {Persona.WORKER: Grant(ALL)}),
    Wall(Event, READ_OWN),
    Wall(EventHistory, READ_OWN),
    Wall(Objection, {**CHANGE_OWN, Persona.PRACTICE: Grant("SELECT, INSERT, DELETE", OWN_PRACTICE)}),
    Wall(CaseState, READ_OWN),
    Wall(IndicatorCount, READ_OWN),
    Wall(Result, {**READ_OWN, Persona.REGION: Grant(READ, OWN_REGION)}),
    Wall(Delivery, {**CHANGE_OWN, Persona.INTAKE: Grant("SELECT, INSERT, UPDATE", OWN_PRACTICE)}),
    Wall(ApiKey, {**CHANGE_OWN, Persona.INTAKE: Grant("SELECT, UPDATE", OWN_PRACTICE)}),
]
