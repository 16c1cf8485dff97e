"""All that a practice types on its pages of the accreditation."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from accreditation.actions.self_assessing import Answer
from accreditation.enums import DispensationReason
from accreditation.library import Indicator
from accreditation.models import SelfAssessment, Survey
from accreditation.queries.practice_self import staff_group_choices, workflows
from accreditation.rules import RuleSet
from accreditation.visit.forms import words_field
from kip.core.forms import ConditionalCharField, DateField, IntegerField, KipForm, refuse_cpr

PHONE = RegexValidator(r"^\+?[0-9 ]{8,19}$", _("Write the number with digits and spaces, for example 12 34 56 78."))
MOST_PEOPLE, MOST_GROUPS, DAY_OF_WORK = 500, 20, 600


class ContactForm(KipForm):
    """Whom the surveyors call, and where they go."""

    name = forms.CharField(label=_("Contact person"), max_length=120, validators=[refuse_cpr])
    phone = forms.CharField(
        label=_("Phone"), max_length=20, validators=[PHONE], widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
        help_text=_("The surveyors call about two weeks before the visit."),
    )  # fmt: skip
    address = ConditionalCharField(
        label=_("Address of the visit"), max_length=200, help_text=_("Where the surveyors shall come.")
    )


class DispensationForm(KipForm):
    reason = forms.ChoiceField(label=_("Why do you ask?"), choices=DispensationReason.choices, widget=forms.RadioSelect)
    closes_on = DateField(label=_("When does the practice close?"), help_text=_("Day, month and year, for example 31.12.2027."))
    said = words_field(
        _("Explain in your own words"), length=1000, help_text=_("The region reads it. Write nothing about patients.")
    )


class PeopleForm(KipForm):
    """Who works in the practice. Staff groups are the edition's own; a blank number of sharing groups means all of them."""

    people = IntegerField(
        label=_("How many people work in the practice?"), min_value=1, max_value=MOST_PEOPLE,
        help_text=_("Everybody counts: owners, employed, part-time."),
    )  # fmt: skip
    staff_groups = forms.MultipleChoiceField(label=_("Which staff groups are they?"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, survey: Survey, **kwargs: Any) -> None:
        self.shared: Sequence[Indicator] = workflows(survey)
        kwargs.setdefault("initial", self.said(survey))
        # Before the fields are made, so that these get the portal's words like all others.
        self.base_fields = {**type(self).base_fields, **{key_of(words.number): _groups_field(words) for words in self.shared}}
        super().__init__(*args, **kwargs)
        self.fields["staff_groups"].choices = staff_group_choices(survey)

    @staticmethod
    def said(survey: Survey) -> dict[str, Any]:
        """What the practice has said before."""
        known = {key_of(number): n for number, n in survey.shared_by.items()}
        return {"people": survey.people, "staff_groups": survey.staff_groups, **known}

    @property
    def sharing(self) -> list[forms.BoundField]:
        """The fields of the shared workflows, which stand apart on the page."""
        return [self[key_of(words.number)] for words in self.shared]

    def facts(self) -> dict[str, Any]:
        """people, staff_groups and shared_by as the actions take them."""
        said = self.cleaned_data
        shared = {words.number: said[key_of(words.number)] for words in self.shared if said.get(key_of(words.number))}
        return {"people": said["people"], "staff_groups": said["staff_groups"], "shared_by": shared}


def _groups_field(words: Indicator) -> forms.Field:
    return IntegerField(label=f"{words.number} {words.summary}", required=False, min_value=1, max_value=MOST_GROUPS)


def key_of(number: str) -> str:
    """The name of the field for an indicator's workflow."""
    return "shared_" + number.replace(".", "_")


class AnswerForm(KipForm):
    """The practice's answer to a point. version tells when somebody has saved meanwhile; two buttons say begun or finished."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    answer = forms.ChoiceField(label=_("How far do you meet this point?"), required=False, widget=forms.RadioSelect)
    comment = words_field(
        _("How do you do it?"), required=False,
        help_text=_("A few lines are enough. The surveyors read it when you have handed over. Name no patient."),
    )  # fmt: skip
    minutes = IntegerField(
        label=_("Minutes spent on this now"), required=False, min_value=0, max_value=DAY_OF_WORK,
        help_text=_("Only if you want to keep track. They are added to what you have noted before."),
    )  # fmt: skip

    def __init__(self, *args: Any, rules: RuleSet, done: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.done, self.outside = done, rules.outside
        codes = [*rules.ratings, *([rules.outside] if rules.outside else [])]
        self.fields["answer"].choices = [(code, str(rules.words[code])) for code in codes]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if self.done and "answer" not in self.errors and not said.get("answer"):
            self.add_error("answer", _("Choose how far you meet the point, or save it as begun."))
        if said.get("answer") and said["answer"] == self.outside and not said.get("comment", "").strip():
            self.add_error("comment", _("Write why the point is not relevant to you."))
        return said

    def given(self) -> Answer:
        said = self.cleaned_data
        return Answer(said["answer"], said["comment"], said["minutes"] or 0, self.done, said["version"])


class RelevanceForm(KipForm):
    """Turning round whether a point is asked, where the rule leaves a choice."""

    relevant = forms.TypedChoiceField(
        label=_("Is the point relevant in your practice?"), widget=forms.RadioSelect, coerce=lambda said: said == "yes",
        choices=[("yes", _("Yes, we answer it")), ("no", _("No, it does not fit our practice"))],
    )  # fmt: skip
    why = words_field(_("Why not?"), required=False, length=500, help_text=_("The surveyors read the reason."))

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("relevant") is False and not said.get("why", "").strip():
            self.add_error("why", _("Write why the point does not fit your practice."))
        return said


class FileForm(KipForm):
    """A file as evidence. It is private until it is shared."""

    upload = forms.FileField(
        label=_("Document or picture"),
        widget=forms.FileInput(attrs={"accept": ".pdf,.docx,.xlsx,image/*"}),
        help_text=_("PDF, Word, Excel or a picture, 20 MB at most. Nothing that names a patient."),
    )  # fmt: skip
    title = ConditionalCharField(
        label=_("What is it?"), max_length=200, validators=[refuse_cpr], help_text=_("Left empty, it is called as the file is.")
    )


class OwnForm(KipForm):
    """One of the things that the portal knows already, as evidence: kind and key joined by a colon."""

    offer = forms.ChoiceField(label=_("Your own figures"))

    def __init__(self, *args: Any, choices: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["offer"].choices = [("", _("Choose")), *choices]


class ExistingForm(KipForm):
    """A piece of evidence that the practice has put forward at another point."""

    evidence = forms.TypedChoiceField(label=_("What you have already"), coerce=int)

    def __init__(self, *args: Any, choices: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["evidence"].choices = [("", _("Choose")), *choices]


class PlacesForm(KipForm):
    """At which points a piece of evidence is."""

    points = forms.MultipleChoiceField(label=_("Points"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, choices: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["points"].choices = choices


class ActionForm(KipForm):
    """What has been done about a critical finding."""

    action = words_field(_("What have you done?"), help_text=_("The surveyors and the region's consultant read it."))


class ObjectionForm(KipForm):
    """A point of the hearing: a factual error or an objection, at one indicator or the report as a whole."""

    indicator = forms.ChoiceField(label=_("What is it about?"), required=False)
    text = words_field(_("What is wrong, and what is right?"), help_text=_("One matter at a time. Each gets its own answer."))

    def __init__(self, *args: Any, choices: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["indicator"].choices = [("", _("The report as a whole")), *choices]


class ReplyForm(KipForm):
    text = words_field(_("Accompanying words"), required=False, length=2000)


class FollowUpForm(KipForm):
    text = words_field(_("What have you done since the visit?"), help_text=_("The surveyors rate the point again by this."))


class AppealForm(KipForm):
    reason = words_field(
        _("Why do you appeal?"), length=1000, help_text=_("The committee reads it before it looks at the case again.")
    )


def saved(row: SelfAssessment | None, proposal: bool = False, codes: Sequence[str] = ()) -> dict[str, Any]:
    """What the answer's form begins with: what is saved, or last time's answer when that is asked for; codes: the scale."""
    if row is None:
        return {"version": 1}
    source = row.proposed if proposal and row.proposed else row
    return {
        "version": row.version, "answer": source.answer if not codes or source.answer in codes else "", "comment": source.comment,
    }  # fmt: skip
