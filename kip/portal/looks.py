"""The practice's log in sentences: who saw what, when and why."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accreditation.acts import act_words
from datacapture.feedback_forms import purpose_words
from kip.core.models import AuditRecord
from kip.core.numbers import clock, short_date
from kip.core.texts import text
from practices.enums import PRACTICE_ROLES, Role

ACTS = {
    "marked_patients": gettext_lazy("marked patients on the list"),
    "unmarked_patients": gettext_lazy("removed marks from the list"),
    "added_note": gettext_lazy("put a note on the chart"),
    "removed_note": gettext_lazy("removed a note from the chart"),
    "mailed": gettext_lazy("sent the mail about new figures"),
    "delivery_received": gettext_lazy("received a file"),
    "delivery_sent": gettext_lazy("asked for a file to be stored"),
    "delivery_stored": gettext_lazy("stored a file"),
    "delivery_checked": gettext_lazy("checked a file"),
    "delivery_refused": gettext_lazy("refused a file"),
    "delivery_cancelled": gettext_lazy("deleted a file without storing it"),
    "ordered": gettext_lazy("ordered a report"),
    "enrolled": gettext_lazy("signed an agreement"),
    "withdrew_enrolment": gettext_lazy("withdrew from an agreement"),
    "api_key_created": gettext_lazy("made a key for automatic transfer"),
    "api_key_revoked": gettext_lazy("stopped a key for automatic transfer"),
    "objection_requested": gettext_lazy("asked for a patient's objection to be registered"),
    "objection_registered": gettext_lazy("registered a patient's objection"),
    "objection_withdrawn": gettext_lazy("took a patient's objection back"),
    "closed_practice": gettext_lazy("closed the practice in the register"),
    "merged_practice": gettext_lazy("merged the practice in the register"),
    "split_practice": gettext_lazy("split the practice in the register"),
    "changed_region": gettext_lazy("moved the practice to the region that follows its own"),
    "moved_practice": gettext_lazy("moved the practice in the register"),
    "invited": gettext_lazy("invited a person"),
    "denied": gettext_lazy("was refused a page"),
}
PURPOSES = {"accreditation": gettext_lazy("the accreditation")}
WITH_OBJECT = ("patient_list", "patient", "measure_figures", "self_assessment")
LOOKS = {"viewed": "viewed", "stated_purpose": "viewed", "downloaded": "downloaded"}


@dataclass(frozen=True)
class Looks:
    """Sentences of one page of the log: people from outside, and the practice's own."""

    outside: tuple[str, ...]
    own: tuple[str, ...]


def sentences(records: Iterable[AuditRecord]) -> Looks:
    """Each record as one sentence in the reader's language, in the order given."""
    outside, own = [], []
    for record in records:
        (own if record.role in PRACTICE_ROLES else outside).append(sentence(record))
    return Looks(tuple(outside), tuple(own))


def sentence(record: AuditRecord) -> str:
    """One record; an act that is no look is told by its name."""
    moment = timezone.localtime(record.at)
    when = {"date": moment.date(), "time": clock(moment)}
    form = LOOKS.get(record.act)
    if record.role in PRACTICE_ROLES and form == "viewed":
        return text("who_looked.own_staff", name=record.actor, page=page_words(record), **when)
    purpose = _purpose(record.purpose)
    if form == "downloaded":
        return text("who_looked.downloaded", name=record.actor, file=page_words(record), purpose=purpose, **when)
    if form == "viewed":
        who = {"name": record.actor, "role": role_words(record.role), "organisation": record.organisation}
        return text("who_looked.viewed", **who, page=page_words(record), purpose=purpose, **when)
    of_survey = act_words(record.act)
    act = of_survey or ACTS.get(record.act, record.act.replace("_", " "))
    told = f"{act} ({record.object_id})" if of_survey or record.act in ACTS else act
    values = {"name": record.actor, "act": told, "time": when["time"]}
    return _("%(date)s at %(time)s: %(name)s, %(act)s.") % {**values, "date": short_date(moment.date())}


def _purpose(stored: str) -> str:
    if stored in PURPOSES:
        return str(PURPOSES[stored])
    return purpose_words(stored) if stored else _("own quality work")


def role_words(role: str) -> str:
    return str(Role(role).label) if role in Role.values else role


def page_words(record: AuditRecord) -> str:
    """What was looked at, with the measure's code where there is one."""
    names = {
        "practice_sheet": _("the practice's figures"),
        "data_quality": _("the quality of the practice's data"),
        "patient_list": _("the patient list"),
        "patient": _("why a patient is on the list"),
        "measure_figures": _("the figures"),
        "practice_report": _("the practice's report"),
        "evidence": _("evidence for the accreditation"),
        "visit_photo": _("a photo from the visit"),
        "visit_documents": _("what you have shared for the visit"),
        "self_assessment": _("your self-assessment of an indicator"),
        "visit_ratings": _("the ratings of the visit"),
        "visit_report": _("the draft of the visit's report"),
        "visit_hearing": _("your points in the hearing"),
        "survey": _("how far your accreditation is"),
        "committee_case": _("your case before the accreditation committee"),
    }
    name = names.get(record.kind, record.kind.replace("_", " "))
    return f"{name} ({record.object_id})" if record.object_id and record.kind in WITH_OBJECT else name
