"""All that the accreditation office types."""

import datetime as dt
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accreditation.enums import ProgrammeKind, TeamRole
from accreditation.models import Cycle, Survey
from accreditation.queries.office import PHASES
from accreditation.visit.forms import words_field
from kip.core.forms import DateField, IntegerField, KipForm
from practices.acting import Acting
from practices.enums import REGION_ROLES, Profession
from practices.models import Membership

ALL = [("", _("All"))]


class SurveySearch(KipForm):
    """The filters of the list; anything unknown means all."""

    q = forms.CharField(label=_("Name or provider number"), required=False, max_length=60)
    phase = forms.ChoiceField(label=_("Where it stands"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[*ALL, *ProgrammeKind.choices])
    profession = forms.ChoiceField(label=_("Profession"), required=False, choices=[*ALL, *Profession.choices])
    cycle = forms.TypedChoiceField(label=_("Cycle"), required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, by: Acting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cycles = Cycle.objects.filter(region_id=by.scope.region_id).exclude(order="single").select_related("programme")
        self.fields["phase"].choices = [*ALL, *((code, words) for code, (words, _states) in PHASES.items())]
        self.fields["cycle"].choices = [*ALL, *((row.pk, cycle_name(row)) for row in cycles.order_by("-first_day", "pk"))]
        if by.profession:
            del self.fields["profession"]


def cycle_name(cycle: Cycle) -> str:
    """Which round of which programme it is, in the reader's language."""
    kind, profession = ProgrammeKind(cycle.programme.kind).label, Profession(cycle.programme.profession).label
    return capfirst(f"{kind}, {profession} {cycle.number} ({cycle.first_day.year}-{cycle.last_day.year})")


class ReasonForm(KipForm):
    reason = words_field(_("Why?"), length=500)


class OverrideForm(ReasonForm):
    """As ReasonForm; the reason is read by everybody who looks at the survey."""


class VisitForm(KipForm):
    """Day and place of a visit, and whom the practice turns to."""

    visit_on = DateField(label=_("Day of the visit"))
    starts = forms.TimeField(
        label=_("The visit begins"), required=False, input_formats=["%H:%M", "%H.%M"], help_text=_("Hour and minute, as 9.00."),
        widget=forms.TimeInput(format="%H.%M"),
    )  # fmt: skip
    minutes = IntegerField(label=_("Minutes"), min_value=15, max_value=600)
    address = forms.CharField(label=_("Address"), required=False, max_length=200)
    consultant_id = forms.TypedChoiceField(
        label=_("The region's contact"), required=False, coerce=int, empty_value=None,
        help_text=_("Is told of critical findings. With nobody chosen the region's administrators are told."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        region_id = (kwargs.get("initial") or {}).get("region_id")
        today = timezone.localdate()
        people = Membership.objects.filter(
            Q(valid_to=None) | Q(valid_to__gte=today), valid_from__lte=today, region_id=region_id, role__in=sorted(REGION_ROLES)
        )
        named = people.select_related("user").order_by("user__name", "user_id")
        self.fields["consultant_id"].choices = [("", _("nobody")), *dict.fromkeys((row.user_id, str(row.user)) for row in named)]

    def clean_visit_on(self) -> dt.date:
        day: dt.date = self.cleaned_data["visit_on"]
        if day < timezone.localdate():
            raise forms.ValidationError(_("The day has passed."))
        return day


def visit_initial(survey: Survey) -> dict[str, Any]:
    """What stands now."""
    return {
        "visit_on": survey.visit_on, "starts": survey.visit_starts, "minutes": survey.visit_minutes, "address": survey.address,
        "consultant_id": survey.consultant_id, "region_id": survey.practice.region_id,
    }  # fmt: skip


class DispensationForm(KipForm):
    """Yes or no to a practice that asks to be left out."""

    granted = forms.TypedChoiceField(
        label=_("Answer"), widget=forms.RadioSelect, coerce=lambda said: said == "yes",
        choices=[("yes", _("Yes, the practice is left out")), ("no", _("No, the survey goes on"))],
    )  # fmt: skip
    answer = words_field(_("Reason for the answer"), length=1000, help_text=_("The practice reads it."))
    reconfirm_by = DateField(
        label=_("The closing is confirmed again by"), required=False, help_text=_("Only when the answer is yes.")
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("granted") and not said.get("reconfirm_by") and "reconfirm_by" not in self.errors:
            self.add_error("reconfirm_by", _("Say by which day the practice confirms again that it closes."))
        return said


class AssignForm(KipForm):
    user_id = forms.IntegerField()
    role = forms.ChoiceField(choices=TeamRole.choices)
