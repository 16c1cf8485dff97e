from datacapture.models.clinical import CodeSetMember, Event, EventCode, EventHistory, Objection, Patient, PatientPseudonym
from datacapture.models.definitions import DefinitionDraft
from datacapture.models.digest import DigestMail, DigestStop
from datacapture.models.feedback import CaseState, Indicator, IndicatorCount, IndicatorVersion
from datacapture.models.intake import ApiKey, Delivery
from datacapture.models.marks import ChartNote, PatientMark
from datacapture.models.pathways import PathwayCount, PathwayOwn, PathwayResult
from datacapture.models.population import PopulationArea, PopulationResult
from datacapture.models.purpose import Enrolment, Purpose, PurposeTally
from datacapture.models.quality import Producer, QualityResult
from datacapture.models.region import GroupResult, Inequality, PracticeCell, RegionStanding
from datacapture.models.releases import AreaResult, Release, ReleaseApproval, Result, Yardstick
from datacapture.models.tallies import CaseTally, CountBasis, TouchedPatient

__all__ = [
    "ApiKey",
    "AreaResult",
    "CaseState",
    "CaseTally",
    "ChartNote",
    "CodeSetMember",
    "CountBasis",
    "DefinitionDraft",
    "Delivery",
    "DigestMail",
    "DigestStop",
    "Enrolment",
    "Event",
    "EventCode",
    "EventHistory",
    "GroupResult",
    "Indicator",
    "IndicatorCount",
    "IndicatorVersion",
    "Inequality",
    "Objection",
    "PathwayCount",
    "PathwayOwn",
    "PathwayResult",
    "Patient",
    "PatientMark",
    "PatientPseudonym",
    "PopulationArea",
    "PopulationResult",
    "PracticeCell",
    "Producer",
    "Purpose",
    "PurposeTally",
    "QualityResult",
    "RegionStanding",
    "Release",
    "ReleaseApproval",
    "Result",
    "TouchedPatient",
    "Yardstick",
]  # fmt: skip
