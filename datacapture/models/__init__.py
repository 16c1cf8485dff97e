from datacapture.models.clinical import CodeSetMember, Event, EventCode, EventHistory, Objection, Patient, PatientPseudonym
from datacapture.models.feedback import CaseState, Indicator, IndicatorCount, IndicatorVersion, RegionResult, Release, Result
from datacapture.models.intake import ApiKey, Delivery
from datacapture.models.purpose import Enrolment, Purpose, PurposeTally

__all__ = [
    "ApiKey",
    "CaseState",
    "CodeSetMember",
    "Delivery",
    "Enrolment",
    "Event",
    "EventCode",
    "EventHistory",
    "Indicator",
    "IndicatorCount",
    "IndicatorVersion",
    "Objection",
    "Patient",
    "PatientPseudonym",
    "Purpose",
    "PurposeTally",
    "RegionResult",
    "Release",
    "Result",
]  # fmt: skip
