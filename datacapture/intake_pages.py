"""What the pages of data intake show, ready for the templates."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from datacapture import keys
from datacapture.codes import code_sets
from datacapture.enums import DeliveryState
from datacapture.intake_queries import Agreement
from datacapture.models import Delivery, Objection
from kip.core.jobs import progress_of
from kip.core.keyring import SealError
from kip.core.models import Job
from kip.core.numbers import danish, integer, short_date

UNFINISHED = frozenset({DeliveryState.WAITING, DeliveryState.READING})
TONES = {DeliveryState.STORED: "solid", DeliveryState.REFUSED: "concern", DeliveryState.CHECKED: "accent"}
ALERTS = {"stop": "error", "row": "warning", "warn": "warning", "info": "info"}


def language() -> str:
    return "da" if danish() else "en"


@dataclass(frozen=True)
class DeliveryPage:
    """A delivery with its progress or its receipt."""

    delivery: Delivery
    work: Job | None

    @property
    def failed(self) -> bool:
        """The worker gave up after three attempts."""
        return self.delivery.state in UNFINISHED and self.work is not None and self.work.state == Job.State.PARKED

    @property
    def unfinished(self) -> bool:
        return self.delivery.state in UNFINISHED and not self.failed

    @property
    def progress(self) -> Mapping[str, Any]:
        return progress_of(self.work) if self.work else {"done": 0, "total": 0}

    @property
    def checked(self) -> bool:
        return self.delivery.state == DeliveryState.CHECKED

    @property
    def sendable(self) -> bool:
        """Checked, and with something to store: a file without one usable line is not sent for the sake of its receipt."""
        receipt = self.delivery.receipt
        return self.checked and sum(receipt.get(kind, 0) for kind in ("new", "changed", "removed")) > 0

    @property
    def stored(self) -> bool:
        return self.delivery.state == DeliveryState.STORED

    @property
    def tone(self) -> str:
        return TONES.get(DeliveryState(self.delivery.state), "neutral")

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The receipt's messages in the reader's language."""
        found = self.delivery.receipt.get("messages", [])
        return [{"text": item[language()], "kind": ALERTS[item["level"]], "n": item["n"]} for item in found]

    @property
    def facts(self) -> list[dict[str, str]]:
        """The counts as (label, figure)."""
        receipt = self.delivery.receipt
        if "read" not in receipt:
            return []
        dropped = sum(sum(systems.values()) for systems in receipt["dropped"].values())
        found = [
            (_("Lines read"), receipt["read"]),
            (_("New"), receipt["new"]),
            (_("Changed"), receipt["changed"]),
            (_("Known already"), receipt["same"]),
            (_("Removed from earlier files"), receipt.get("removed", 0)),
            (_("Not allowed in, not stored"), dropped),
            (_("Refused"), sum(receipt["refused"].values())),
        ]
        return [{"label": label, "value": integer(value)} for label, value in found]

    @property
    def dropped(self) -> list[list[str]]:
        """Rows for the table of what was not let in: reason, code system, number of lines."""
        reasons = {
            "code_outside_purpose": _("The code is outside the purpose"),
            "date_before_enrolment": _("Older than the enrolment"),
            "patient_objection": _("The patient has objected"),
            "entered_in_error": _("Entered by mistake, taken back"),
            "refuted": _("The diagnosis was ruled out"),
        }
        found = self.delivery.receipt.get("dropped", {})
        return [
            [reasons.get(reason, reason), system or "–", integer(n)]
            for reason, systems in found.items()
            for system, n in systems.items()
        ]

    @property
    def dropped_columns(self) -> list[dict[str, Any]]:
        return [{"label": _("Reason")}, {"label": _("Code system")}, {"label": _("Lines"), "numeric": True}]


@dataclass(frozen=True)
class AgreementCard:
    """A purpose with its facts as rows."""

    agreement: Agreement

    @property
    def name(self) -> str:
        purpose = self.agreement.purpose
        return str(getattr(purpose, f"name_{language()}"))

    @property
    def rows(self) -> list[dict[str, str]]:
        purpose, enrolment = self.agreement.purpose, self.agreement.enrolment
        found = [
            (_("Legal basis"), purpose.legal_basis),
            (_("Approval number"), purpose.approval_number),
            (_("Data controller"), purpose.controller),
            (_("Valid"), f"{short_date(purpose.valid_from)} – {short_date(purpose.valid_until)}"),
            (_("Recipients"), ", ".join(purpose.recipients)),
            (_("Deleted after the end"), _("after %(days)s days") % {"days": integer(purpose.retention_days)}),
            (_("Following a patient across practices"), _("allowed") if purpose.allows_linking else _("not allowed")),
        ]
        if enrolment:
            signer = f"{enrolment.signer_name}, {enrolment.signer_title}"
            found += [
                (_("Signed by"), signer),
                (_("Agreement version"), enrolment.agreement_version),
                (_("Enrolled from"), short_date(enrolment.enrolled_from)),
            ]
        return [{"label": label, "value": value} for label, value in found]

    @property
    def sets(self) -> list[str]:
        """What the purpose lets in, in words."""
        known = code_sets()
        return sorted(str(getattr(known[name], language())) for name in self.agreement.purpose.code_sets if name in known)


def patient_label(objection: Objection) -> str:
    """The practice's own number for a patient, or the year of birth when there is none."""
    patient = objection.patient
    if patient.local_id_sealed:
        try:
            return keys.portal_ring().unseal(bytes(patient.local_id_sealed), objection.practice_id)
        except SealError:
            pass
    return _("patient born in %(year)s") % {"year": patient.birth.year}


def objection_rows(objections: Iterable[Objection]) -> list[dict[str, Any]]:
    return [
        {"objection": item, "patient": patient_label(item), "purpose": getattr(item.purpose, f"name_{language()}")}
        for item in objections
    ]


def wish_text(work: Job) -> tuple[str, str]:
    """(alert kind, sentence) on an objection that was asked for."""
    outcome = (work.result or {}).get("outcome", "") if work.state == Job.State.DONE else ""
    said = {
        "registered": ("success", _("The objection is registered.")),
        "known": ("info", _("The objection was registered before.")),
        "unreadable": ("warning", _("The number could not be read as a CPR number or a record number.")),
        "unknown_patient": ("warning", _("No patient has that record number in the practice's deliveries.")),
    }
    return said.get(outcome, ("info", _("The objection is being registered.")))
