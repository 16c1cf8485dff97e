"""Short stable codes of accreditation. Ratings and statuses belong to the rule set, so they have no list here."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class State(TextChoices):
    """Where a survey stands (accreditation/machine.py says how it moves)."""

    PLANNED = "planned", _("planned")
    ANNOUNCED = "announced", _("announced")
    SELF_ASSESSMENT = "self_assessment", _("self-assessment")
    DOCUMENTS_SHARED = "documents_shared", _("documents shared")
    VISIT_CONFIRMED = "visit_confirmed", _("visit confirmed")
    ON_SITE = "on_site", _("visit under way")
    RATING_COMPLETE = "rating_complete", _("everything rated")
    REPORT_DRAFT = "report_draft", _("report being written")
    IN_HEARING = "in_hearing", _("in hearing")
    REPORT_FINAL = "report_final", _("report finished")
    DECISION = "decision", _("before the committee")
    PROVISIONAL = "provisional", _("provisionally accredited")
    FOLLOW_UP_OPEN = "follow_up_open", _("follow-up under way")
    FOLLOW_UP_RECEIVED = "follow_up_received", _("follow-up received")
    FOLLOW_UP_RATED = "follow_up_rated", _("follow-up rated")
    IN_HEARING_2 = "in_hearing_2", _("in hearing after follow-up")
    COMMITTEE_ROUND_2 = "committee_round_2", _("before the committee for the second time")
    ACCREDITED = "accredited", _("accredited")
    ACCREDITED_WITH_REMARKS = "accredited_with_remarks", _("accredited with remarks")
    NOT_ACCREDITED = "not_accredited", _("not accredited")
    REVIEWED = "reviewed", _("reviewed")
    PUBLISHED = "published", _("published")
    DISPENSATION_REQUESTED = "dispensation_requested", _("dispensation asked for")
    DISPENSED = "dispensed", _("exempted")
    DISPENSATION_REFUSED = "dispensation_refused", _("dispensation refused")
    POSTPONED = "postponed", _("postponed")
    WITHDRAWN = "withdrawn", _("withdrawn")
    APPEALED = "appealed", _("appealed")


class ProgrammeKind(TextChoices):
    FULL_SURVEY = "full_survey", _("full survey")
    FOCUSED_REVISIT = "focused_revisit", _("focused re-visit")
    PEER_VISIT = "peer_visit", _("peer visit")
    CLUSTER_REVIEW = "cluster_review", _("cluster review")
    SUPERVISION_FOLLOW_UP = "supervision_follow_up", _("follow-up of a supervision visit")


class CycleOrder(TextChoices):
    """How the practices of a cycle got their places."""

    LOTTERY = "lottery", _("drawn by lot")
    LISTED = "listed", _("in a chosen order")
    SINGLE = "single", _("one by one")


class MappingKind(TextChoices):
    KEPT = "kept", _("kept")
    CHANGED = "changed", _("changed")
    SPLIT = "split", _("split")
    MERGED = "merged", _("merged")
    REMOVED = "removed", _("removed")
    ADDED = "added", _("added")


class AnswerState(TextChoices):
    OPEN = "open", _("not begun")
    DRAFT = "draft", _("begun")
    DONE = "done", _("finished")


class EvidenceKind(TextChoices):
    FILE = "file", _("document or picture")
    FIGURES = "figures", _("own figures")
    PATIENT_ANSWERS = "patient_answers", _("patients' answers")
    LEARNING = "learning", _("learning")


class TeamRole(TextChoices):
    LEAD = "lead", _("lead surveyor")
    SECOND = "second", _("second surveyor")
    OBSERVER = "observer", _("observer")


class NoteKind(TextChoices):
    NOTE = "note", _("note")
    QUOTE = "quote", _("quote")
    STRENGTH = "strength", _("strength")
    IMPROVEMENT = "improvement", _("point to follow up")
    PHOTO = "photo", _("photo")


class Severity(TextChoices):
    MINOR = "minor", _("minor")
    MODERATE = "moderate", _("moderate")
    MAJOR = "major", _("major")


class FollowUpKind(TextChoices):
    MATERIAL = "material", _("material sent in")
    DIALOGUE = "dialogue", _("conversation")
    VISIT = "visit", _("visit")


class PointOutcome(TextChoices):
    """What the team did with a point of the hearing."""

    KEPT = "kept", _("kept as it was")
    TEXT_CORRECTED = "text_corrected", _("text corrected")
    RATING_CHANGED = "rating_changed", _("rating changed")


class DecisionKind(TextChoices):
    ADMINISTRATIVE = "administrative", _("administrative")
    COMMITTEE = "committee", _("committee")


class AgendaKind(TextChoices):
    ROUND_1 = "round_1", _("first round")
    ROUND_2 = "round_2", _("second round")
    APPEAL = "appeal", _("appeal")
    SAMPLE = "sample", _("sample of administrative decisions")


class MeetingState(TextChoices):
    PLANNED = "planned", _("planned")
    AGENDA_SENT = "agenda_sent", _("agenda sent")
    CLOSED = "closed", _("closed")


class TieKind(TextChoices):
    """What ties a surveyor or committee member to a practice or a municipality."""

    WORKS_AT = "works_at", _("works or worked there")
    OWNS = "owns", _("owns or owned a share")
    MUNICIPALITY = "municipality", _("works or worked in the municipality")
    RELATION = "relation", _("declared relation")


class DispensationReason(TextChoices):
    AGE = "age", _("age")
    ILLNESS = "illness", _("illness")
    OTHER = "other", _("other reason")
