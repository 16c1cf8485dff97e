"""Forms of the office's committee pages."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accreditation.models import CommitteeMember
from accreditation.visit.forms import words_field
from kip.core.forms import DateField, KipForm
from practices.enums import Profession
from practices.models import User


class MemberForm(KipForm):
    """Who sits on the committee, and for which professions."""

    user_id = forms.TypedChoiceField(label=_("Person"), coerce=int)
    professions = forms.MultipleChoiceField(
        label=_("Professions"), choices=Profession.choices, widget=forms.CheckboxSelectMultiple
    )
    chair = forms.BooleanField(label=_("Chair"), required=False)

    def __init__(self, *args: Any, people: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user_id"].choices = [(user.pk, str(user)) for user in people]


class MeetingForm(KipForm):
    """A meeting and who is called to it."""

    held_on = DateField(label=_("Day of the meeting"))
    members = forms.TypedMultipleChoiceField(label=_("Members called"), coerce=int, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, sitting: Sequence[CommitteeMember], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = {member.pk: member for member in sitting}
        self.fields["members"].choices = [(pk, _called(member)) for pk, member in self.known.items()]

    def clean_held_on(self) -> dt.date:
        day: dt.date = self.cleaned_data["held_on"]
        if day < timezone.localdate():
            raise forms.ValidationError(_("The day has passed."))
        return day

    def clean_members(self) -> list[CommitteeMember]:
        return [self.known[pk] for pk in self.cleaned_data["members"]]


def _called(member: CommitteeMember) -> str:
    return f"{member.user} ({', '.join(str(Profession(code).label) for code in member.professions)})"


class MinutesForm(KipForm):
    minutes = words_field(
        _("Minutes"), length=20000, help_text=_("When the meeting is closed, its members see its cases no more.")
    )


class YearForm(KipForm):
    year = forms.TypedChoiceField(label=_("Year"), coerce=int)

    def __init__(self, *args: Any, years: Sequence[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["year"].choices = [(year, str(year)) for year in years]
