"""What people write on the feedback pages: why they look, what they found out about a patient, what they did."""

from typing import Any

from django import forms
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from datacapture.enums import MarkReason
from kip.core.forms import ConditionalCharField, DateField, KipForm, refuse_cpr
from kip.core.texts import library, text

REFERENCE_LENGTH = 200


def purpose_choices() -> list[tuple[str, str]]:
    """Permitted purposes: id and words."""
    return [(item["id"], text(f"access_purpose.choices.{item['id']}.label")) for item in library()["access_purpose"]["choices"]]


def needs_reference(purpose: str) -> bool:
    """True where the purpose must say which dialogue, signal or meeting it is about."""
    return any(item["id"] == purpose and item["needs_reference"] for item in library()["access_purpose"]["choices"])


def purpose_words(stored: str) -> str:
    """A recorded purpose ("id: reference") in the reader's language."""
    purpose, _colon, reference = stored.partition(": ")
    known = {item["id"] for item in library()["access_purpose"]["choices"]}
    if purpose not in known:
        return stored
    label = text(f"access_purpose.choices.{purpose}.label")
    return f"{label}: {reference}" if reference else label


class PurposeForm(KipForm):
    """A purpose from the list, and what it refers to where the purpose asks for that."""

    purpose = forms.ChoiceField(label=_("Purpose"), choices=lazy(purpose_choices, list)(), widget=forms.RadioSelect)
    reference = ConditionalCharField(
        label=_("What does it concern?"),
        help_text=_("A date, a case number or a few words. No patient data. The practice sees the text."),
        max_length=REFERENCE_LENGTH,
        validators=[refuse_cpr],
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if needs_reference(data.get("purpose", "")) and not data.get("reference") and "reference" not in self.errors:
            self.add_error("reference", _("Write what it concerns: this purpose needs it."))
        return data

    def stored(self) -> str:
        """As it is recorded: "id" or "id: reference"."""
        reference = str(self.cleaned_data["reference"]).strip()
        return f"{self.cleaned_data['purpose']}: {reference}" if reference else str(self.cleaned_data["purpose"])


class MarkForm(KipForm):
    """A reason for patients of the list; "other" says in a few words what it is.

    The page shows one for the ticked patients and one per patient: `of` tells them apart, also in the ids of their fields.
    """

    reason = forms.ChoiceField(label=_("What did you find out?"), choices=MarkReason.choices)
    note = ConditionalCharField(
        label=_("In a few words"),
        help_text=_("Write something when you choose another reason. No names and no civil registration numbers."),
        max_length=120,
        validators=[refuse_cpr],
    )

    @classmethod
    def of(cls, patient_id: int, data: Any = None) -> "MarkForm":
        """The form of one patient."""
        return cls(data, auto_id=f"id_{patient_id}_%s")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("reason") == MarkReason.OTHER and not data.get("note") and "note" not in self.errors:
            self.add_error("note", _("Write in a few words what the reason is."))
        return data


class NoteForm(KipForm):
    """Something the practice did on a day, for its own chart."""

    day = DateField(label=_("When?"), past_only=True)
    text = forms.CharField(
        label=_("What did you do?"),
        help_text=_("A few words that only your own practice sees on the chart. No names and no civil registration numbers."),
        max_length=80,
        validators=[refuse_cpr],
    )
