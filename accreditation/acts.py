"""What accreditation's acts are called in a practice's log."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

ACTS: Mapping[str, Any] = {
    "planned_survey": _("planned a survey"),
    "set_visit": _("set the day of the visit"),
    "assigned_surveyor": _("put a surveyor on the team"),
    "overrode_conflict": _("let a surveyor go in spite of a conflict of interest"),
    "accepted_visit": _("took the visit"),
    "ended_assignment": _("took a surveyor off the team"),
    "described_practice": _("said who works in the practice"),
    "saved_contact": _("saved the contact for the visit"),
    "answered_indicator": _("answered a point of the self-assessment"),
    "changed_relevance": _("changed whether a point is relevant"),
    "added_evidence": _("added evidence"),
    "linked_evidence": _("put evidence at a point"),
    "unlinked_evidence": _("took evidence away from a point"),
    "shared_evidence": _("shared evidence with the surveyors"),
    "unshared_evidence": _("made evidence private again"),
    "removed_evidence": _("deleted evidence"),
    "reconfirmed_closing": _("confirmed the closing of the practice"),
    "logged_call": _("noted the call before the visit"),
    "downloaded_visit": _("took the visit along on a device"),
    "wiped_device": _("deleted the visit from a device"),
    "rated": _("rated a point"),
    "wrote_visit_note": _("wrote a note of the visit"),
    "summarised_visit": _("wrote the summary of the visit"),
    "agreed_with_ratings": _("agreed with the ratings"),
    "dissented": _("wrote a dissent from the ratings"),
    "raised_follow_up": _("asked for a stricter follow-up"),
    "raised_critical_finding": _("reported a critical finding"),
    "acknowledged_critical_finding": _("answered a critical finding"),
    "signed_report": _("signed the report"),
    "objected": _("wrote a point of the hearing"),
    "replied_to_hearing": _("sent the reply of the hearing"),
    "answered_objection": _("answered a point of the hearing"),
    "answered_follow_up": _("answered a point of the follow-up"),
    "put_on_agenda": _("put the case on the committee's agenda"),
    "stepped_out": _("stepped out of the case"),
    "decided_survey": _("decided the case"),
    "told_decision": _("told the practice of the decision"),
    "published_survey": _("published the decision"),
    "took_back_publication": _("took the publication back"),
    "read_sampled_decision": _("read the decision in the yearly sample"),
}
STEP = "survey_"  # acts that move a survey are named after their transition
MOVED: Any = _("moved the survey on")


def act_words(act: str) -> str | None:
    """What an act of accreditation is called; None for an act of something else."""
    if act in ACTS:
        return str(ACTS[act])
    return str(MOVED) if act.startswith(STEP) else None
