"""All that a surveyor types on the visit's pages."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from accreditation.actions.visiting import NoteEntry, RatingEntry
from accreditation.enums import FollowUpKind, NoteKind, PointOutcome, Severity, TieKind
from accreditation.models import HearingPoint, StandardIndicator
from accreditation.queries.visit import Point, Visit
from kip.core.forms import ConditionalCharField, DateField, KipForm, refuse_cpr
from practices.models import Municipality, Practice

LONGEST = 5000


def words_field(label: Any, *, required: bool = True, help_text: Any = "", length: int = LONGEST) -> forms.CharField:
    """Free text about a practice; what looks like a civil registration number is refused."""
    kind = forms.CharField if required else ConditionalCharField
    return kind(
        label=label, required=required, help_text=help_text, max_length=length, validators=[refuse_cpr],
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip


class CallForm(KipForm):
    spoke_with = forms.CharField(label=_("Who did you speak with?"), max_length=120, validators=[refuse_cpr])
    note = words_field(_("What did you agree?"), required=False, length=1000)


class RatingForm(KipForm):
    """A rating with its reason. id and base make sending twice harmless and show when somebody rated meanwhile."""

    id = forms.UUIDField(widget=forms.HiddenInput)
    base = forms.UUIDField(widget=forms.HiddenInput, required=False)
    rating = forms.ChoiceField(label=_("Rating"), widget=forms.RadioSelect)
    reason = words_field(_("Reason for the rating"), required=False)

    def __init__(self, *args: Any, visit: Visit, point: Point, **kwargs: Any) -> None:
        current = point.current
        kwargs.setdefault(
            "initial",
            {
                "id": uuid4(), "base": current.pk if current else None,
                "rating": current.rating if current else None, "reason": current.reason if current else "",
            },
        )  # fmt: skip
        super().__init__(*args, **kwargs)
        allowed = [code for code, _words in visit.scale]
        if not point.words.may_be_not_relevant:
            allowed = allowed[: -1 if visit.outside else None]
        self.fields["rating"].choices = [(code, words) for code, words in visit.scale if code in allowed]
        self.needs_reason = set(allowed) - visit.passes

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("rating") in self.needs_reason and not said.get("reason", "").strip():
            self.add_error("reason", _("Write why. What is not met, or not relevant, needs a reason."))
        return said

    def entry(self, indicator: StandardIndicator, resolves: Sequence[UUID] = ()) -> RatingEntry:
        said = self.cleaned_data
        return RatingEntry(
            indicator, said["rating"], reason=said["reason"], base=said["base"], resolves=resolves, id=said["id"]
        )  # fmt: skip


class ChoiceForm(KipForm):
    """Choosing between two versions of one rating: one of them as it stands."""

    id = forms.UUIDField(widget=forms.HiddenInput)
    base = forms.UUIDField(widget=forms.HiddenInput)
    version = forms.UUIDField()


class NoteForm(KipForm):
    id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    kind = forms.ChoiceField(
        label=_("Kind of note"), choices=[(code, words) for code, words in NoteKind.choices if code != NoteKind.PHOTO]
    )
    text = words_field(_("Note"))
    severity = forms.ChoiceField(label=_("How serious"), required=False, choices=[("", _("not stated")), *Severity.choices])
    tags = ConditionalCharField(label=_("Tags"), max_length=200, validators=[refuse_cpr], help_text=_("Separate them by commas."))

    def clean_tags(self) -> list[str]:
        found = [tag.strip()[:40] for tag in self.cleaned_data["tags"].split(",")]
        return list(dict.fromkeys(tag for tag in found if tag))

    def entry(self, indicator: StandardIndicator | None) -> NoteEntry:
        said = self.cleaned_data
        return NoteEntry(
            said["text"], kind=said["kind"], indicator=indicator, severity=said["severity"], tags=said["tags"], id=said["id"]
        )  # fmt: skip


class PhotoForm(KipForm):
    """A photo; what the picture says of place and camera is taken away when it arrives."""

    id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    photo = forms.FileField(
        label=_("Photo"), widget=forms.FileInput(attrs={"accept": "image/*", "capture": "environment"}),
        help_text=_("Take no picture of a patient or of anything that names one."),
    )  # fmt: skip
    text = ConditionalCharField(label=_("What does it show?"), max_length=500, validators=[refuse_cpr])
    made_at = forms.DateTimeField(required=False, widget=forms.HiddenInput)
    indicator = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)

    def entry(self, indicator: StandardIndicator | None) -> NoteEntry:
        said = self.cleaned_data
        return NoteEntry(said["text"], kind=NoteKind.PHOTO, indicator=indicator, id=said["id"], made_at=said["made_at"])


class CriticalForm(KipForm):
    id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    text = words_field(
        _("What did you find?"),
        help_text=_("The practice and the region's consultant are told at once. Say it to the practice on the spot as well."),
    )


class SummaryForm(KipForm):
    """The team's own words; version tells when somebody has saved meanwhile."""

    version = forms.IntegerField(widget=forms.HiddenInput, initial=0, min_value=0)
    strengths = words_field(
        _("Strengths"), required=False, help_text=_("What the practice does well, in words it can be proud of.")
    )
    summary = words_field(_("Summary"), required=False)
    agreed = words_field(_("Agreed next step"), required=False)


class AgreementForm(KipForm):
    agrees = forms.TypedChoiceField(
        label=_("Do you agree with the ratings as they stand?"), widget=forms.RadioSelect, coerce=lambda said: said == "yes",
        choices=[("yes", _("Yes, I agree")), ("no", _("No, I write a dissent"))],
    )  # fmt: skip
    dissent = words_field(_("Dissent"), required=False, help_text=_("It stands in the report with your name."))

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("agrees") is False and not said.get("dissent", "").strip():
            self.add_error("dissent", _("Write what you see otherwise."))
        if said.get("agrees"):
            said["dissent"] = ""
        return said


class RaiseForm(KipForm):
    kind = forms.ChoiceField(label=_("Follow-up at least by"), choices=FollowUpKind.choices, widget=forms.RadioSelect)


class PointForm(KipForm):
    """The team's answer to one point of the hearing, with a new rating when that is the answer."""

    answer = words_field(_("Answer to the practice"))
    outcome = forms.ChoiceField(label=_("Outcome"), choices=PointOutcome.choices, widget=forms.RadioSelect)
    id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    base = forms.UUIDField(widget=forms.HiddenInput, required=False)
    rating = forms.ChoiceField(label=_("New rating"), required=False)
    reason = words_field(_("Reason for the new rating"), required=False)

    def __init__(self, *args: Any, visit: Visit, asked: HearingPoint, **kwargs: Any) -> None:
        point = visit.point(asked.indicator.number) if asked.indicator else None
        current = point.current if point else None
        kwargs.setdefault(
            "initial", {"id": uuid4(), "base": current.pk if current else None, "reason": current.reason if current else ""}
        )
        super().__init__(*args, prefix=f"p{asked.pk}", **kwargs)
        self.indicator = asked.indicator
        if point is None:
            self.fields["outcome"].choices = PointOutcome.choices[:2]
            del self.fields["rating"], self.fields["reason"], self.fields["base"]
        else:
            self.fields["rating"].choices = [("", _("unchanged")), *visit.scale]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        changed = said.get("outcome") == PointOutcome.RATING_CHANGED
        if changed and not said.get("rating"):
            self.add_error("rating", _("Choose the new rating."))
        if not changed and said.get("rating"):
            self.add_error("outcome", _("You have chosen a new rating. Choose “rating changed”, or leave the rating unchanged."))
        return said

    def entry(self) -> RatingEntry | None:
        said = self.cleaned_data
        if said["outcome"] != PointOutcome.RATING_CHANGED or self.indicator is None:
            return None
        return RatingEntry(self.indicator, said["rating"], reason=said["reason"], base=said["base"], id=said["id"])


class ReasonForm(KipForm):
    """Why a surveyor says no to a visit."""

    reason = words_field(_("Why?"), length=500)


class DaysForm(KipForm):
    """Days on which no visit suits."""

    first_day = DateField(label=_("First day"))
    last_day = DateField(label=_("Last day"))

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("first_day") and said.get("last_day") and said["last_day"] < said["first_day"]:
            self.add_error("last_day", _("The last day is before the first."))
        return said


class TieForm(KipForm):
    """What ties the surveyor to a practice or a municipality."""

    kind = forms.ChoiceField(label=_("What is the tie?"), choices=TieKind.choices, widget=forms.RadioSelect)
    practice = ConditionalCharField(label=_("Practice number"), max_length=20, help_text=_("For a tie to one practice."))
    municipality = forms.ModelChoiceField(
        label=_("Municipality"), queryset=Municipality.objects.order_by("name"), required=False, empty_label=_("none")
    )
    first_day = DateField(label=_("From"), required=False)
    last_day = DateField(label=_("Until"), required=False, help_text=_("Leave it empty when it is still so."))
    said = ConditionalCharField(label=_("In your own words"), max_length=300, validators=[refuse_cpr])

    def clean_practice(self) -> Practice | None:
        number = self.cleaned_data["practice"].strip()
        found = Practice.objects.filter(number__iexact=number).first() if number else None
        if number and found is None:
            raise forms.ValidationError(_("No practice has that number."))
        return found

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        place = "municipality" if said.get("kind") == TieKind.MUNICIPALITY else "practice"
        if said.get("kind") and not said.get(place) and place not in self.errors:
            self.add_error(place, _("Say which one."))
        other = "practice" if place == "municipality" else "municipality"
        said[other] = None
        if said.get("first_day") and said.get("last_day") and said["last_day"] < said["first_day"]:
            self.add_error("last_day", _("The last day is before the first."))
        return said


class EndForm(KipForm):
    last_day = DateField(label=_("It ended on"), initial=dt.date.today)
