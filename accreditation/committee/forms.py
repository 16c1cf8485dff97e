"""All that a committee member types."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accreditation.visit.forms import words_field
from kip.core.forms import KipForm


class RecusalForm(KipForm):
    reason = words_field(_("What ties you to the practice?"), length=300, help_text=_("From then on you do not see the case."))


class DecideForm(KipForm):
    """The decision; one that departs from the recommendation has its reason in writing."""

    status = forms.ChoiceField(label=_("Decision"), widget=forms.RadioSelect)
    reason = words_field(
        _("Reason"), required=False, help_text=_("Needed when the decision departs from the recommendation. It is published.")
    )

    def __init__(self, *args: Any, statuses: Sequence[str], words: Mapping[str, str], recommendation: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.recommendation = recommendation
        self.fields["status"].choices = [(code, words.get(code, code).capitalize()) for code in statuses]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        departs = said.get("status") not in (None, "", self.recommendation)
        if departs and not said.get("reason", "").strip():
            self.add_error("reason", _("Write why the decision departs from the recommendation."))
        return said


class ReadForm(KipForm):
    """What the committee says of a sampled decision."""

    agrees = forms.TypedChoiceField(
        label=_("Do you agree with the decision?"), widget=forms.RadioSelect, coerce=lambda said: said == "yes",
        choices=[("yes", _("Yes, I agree")), ("no", _("No, and I write why"))],
    )  # fmt: skip
    note = words_field(_("Note"), required=False, help_text=_("It changes nothing for the practice; the region reads it."))

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("agrees") is False and not said.get("note", "").strip():
            self.add_error("note", _("Write why you do not agree."))
        return said
