"""The search of the public page."""

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kip.core.forms import KipForm
from practices.enums import Profession
from practices.models import Region


class PublicSearch(KipForm):
    """Anything unknown means all."""

    q = forms.CharField(label=_("Practice or municipality"), required=False, max_length=60)
    profession = forms.ChoiceField(label=_("Profession"), required=False, choices=[("", _("All")), *Profession.choices])
    region = forms.TypedChoiceField(label=_("Region"), required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        english = get_language() == "en"
        shown = Region.objects.filter(accreditation_rule__publishes=True).order_by("code")
        self.fields["region"].choices = [("", _("All")), *((row.pk, row.name_en if english else row.name_da) for row in shown)]
