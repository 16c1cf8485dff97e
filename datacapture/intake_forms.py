"""Forms of data intake."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from datacapture.enums import KeyScope
from datacapture.models import Purpose
from kip.core.forms import KipForm, refuse_cpr


class UploadForm(KipForm):
    """One file; it is in the vault before the form is asked."""

    file = forms.FileField(
        label=_("File from the record system"), help_text=_("CSV, JSON Lines or FHIR JSON, also packed as ZIP."), max_length=200
    )


class EnrolForm(KipForm):
    """The signature under an agreement."""

    signer_name = forms.CharField(label=_("Name of the person who signs"), max_length=120, validators=[refuse_cpr])
    signer_title = forms.CharField(label=_("Title"), max_length=80, validators=[refuse_cpr])
    agreed = forms.BooleanField(label=_("I have read the agreement and sign it on behalf of the practice."))


class ApiKeyForm(KipForm):
    """What a key is for, in the practice's own words."""

    label = forms.CharField(
        label=_("What the key is for"), help_text=_("For example the name of the record system."), max_length=80,
        validators=[refuse_cpr],
    )  # fmt: skip
    scopes = forms.MultipleChoiceField(
        label=_("What the key may do"), choices=KeyScope.choices, initial=[KeyScope.DELIVER], widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip


class ObjectionForm(KipForm):
    """A patient by CPR or by the record number that the practice's own files use; never shown again."""

    identifier = forms.CharField(
        label=_("The patient's CPR number or record number"),
        help_text=_("Used once to find the patient, then deleted."),
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    purpose = forms.ModelChoiceField(label=_("Purpose"), queryset=Purpose.objects.none(), empty_label=None)

    def __init__(self, *args: Any, purposes: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["purpose"].queryset = purposes  # type: ignore[attr-defined]  # a ModelChoiceField
