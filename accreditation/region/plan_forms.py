"""Forms of planning: cycles, single surveys, the region's own rules, and the pool of surveyors."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accreditation.actions.planning import last_day_of
from accreditation.enums import CycleOrder, ProgrammeKind
from accreditation.models import Programme, Survey
from accreditation.queries.office import PHASES
from accreditation.queries.pinned import kind_of_programme
from accreditation.queries.planning import plannable, programmes
from accreditation.queries.pool import LANGUAGES
from accreditation.queries.visit_report import spoken
from kip.core.forms import DateField, IntegerField, KipForm, refuse_cpr
from practices.acting import Acting
from practices.enums import Profession
from practices.models import Cluster, Practice

ORDERS = [
    (CycleOrder.LOTTERY.value, _("By lot")),
    (CycleOrder.LISTED.value, _("In the order I write below, or by municipality when I write nothing")),
]
CHOSEN, POINTS, OPEN = "chosen", "points", "open"
DECIDED = PHASES["decided"][1]


def programme_name(programme: Programme) -> str:
    return capfirst(f"{ProgrammeKind(programme.kind).label}, {Profession(programme.profession).label}")


def future(day: dt.date | None) -> dt.date | None:
    """Raises ValidationError for a day that has passed."""
    if day is not None and day < timezone.localdate():
        raise forms.ValidationError(_("The day has passed."))
    return day


class CycleForm(KipForm):
    """A cycle over all practices of a profession, or over those whose numbers are written."""

    programme = forms.TypedChoiceField(label=_("Programme"), coerce=int)
    first_day = DateField(label=_("First day of the cycle"))
    last_day = DateField(label=_("Last day of the cycle"), required=False, help_text=_("Empty: three years."))
    order = forms.ChoiceField(label=_("Order"), choices=ORDERS, widget=forms.RadioSelect, initial=CycleOrder.LOTTERY.value)
    numbers = forms.CharField(
        label=_("Provider numbers"), required=False, max_length=40000, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("One a line. Empty: every open practice of the profession that has no survey of this kind under way."),
    )  # fmt: skip

    def __init__(self, *args: Any, by: Acting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        self.known = {row.pk: row for row in programmes(by).filter(kind=ProgrammeKind.FULL_SURVEY).order_by("profession")}
        self.fields["programme"].choices = [(pk, programme_name(row)) for pk, row in self.known.items()]
        self.practices: Sequence[Practice] = ()

    def clean_programme(self) -> Programme:
        return self.known[self.cleaned_data["programme"]]

    def clean_first_day(self) -> dt.date | None:
        return future(self.cleaned_data["first_day"])

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        programme, first, last = said.get("programme"), said.get("first_day"), said.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("The last day is before the first."))
        if programme is None:
            return said
        if first and not last:
            said["last_day"] = last_day_of(programme, first)
        self.practices = self._practices(programme, said.get("numbers", "").split())
        return said

    def _practices(self, programme: Programme, numbers: Sequence[str]) -> Sequence[Practice]:
        """In the order written; those that cannot be taken in are named."""
        found = list(plannable(self.by, programme))
        if not numbers and not found:
            self.add_error("programme", _("Every practice of the profession has a survey of this kind under way."))
        if not numbers:
            return found
        known = {practice.number.upper(): practice for practice in found}
        wanted = list(dict.fromkeys(number.upper() for number in numbers))
        strange = [number for number in wanted if number not in known]
        if strange:
            sentence = _("These numbers belong to no practice that can be planned: %(numbers)s.")
            self.add_error("numbers", str(sentence) % {"numbers": ", ".join(strange[:20])})
        return [known[number] for number in wanted if number in known]


class SingleForm(KipForm):
    """A survey of one kind for one practice, or for the practices of a cluster; what it looks at depends on the kind."""

    practice = forms.CharField(label=_("Provider number"), max_length=12)
    cluster = forms.TypedChoiceField(label=_("Cluster"), coerce=int)
    visit_on = DateField(label=_("Day"))
    focus = forms.MultipleChoiceField(
        label=_("What is looked at"), widget=forms.CheckboxSelectMultiple, help_text=_("Choose at least one.")
    )

    def __init__(self, *args: Any, by: Acting, programme: Programme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by, self.programme, self.previous = by, programme, None
        kind = kind_of_programme(programme)
        if kind.covers in (CHOSEN, POINTS):
            self.fields["focus"].choices = _focus_choices(programme, by_point=kind.covers == POINTS)
        else:
            del self.fields["focus"]
        self.covers = kind.covers
        if programme.kind == ProgrammeKind.CLUSTER_REVIEW:
            clusters = Cluster.objects.filter(region_id=by.scope.region_id, profession=programme.profession, valid_to=None)
            self.fields["cluster"].choices = [(row.pk, row.name) for row in clusters]
            del self.fields["practice"]
        else:
            del self.fields["cluster"]

    def clean_visit_on(self) -> dt.date | None:
        return future(self.cleaned_data["visit_on"])

    def clean_practice(self) -> Practice:
        number = self.cleaned_data["practice"].strip()
        found = plannable(self.by, self.programme).filter(number__iexact=number).first()
        if found is None:
            raise forms.ValidationError(_("No practice of the profession with that number can be planned in the region."))
        if self.covers == OPEN:
            self.previous = last_with_open_points(found)
            if self.previous is None:
                raise forms.ValidationError(
                    _("The practice's last survey left nothing open, so there is nothing to look at again.")
                )
        return found

    def clean_cluster(self) -> Sequence[Practice]:
        found = list(plannable(self.by, self.programme).filter(cluster_id=self.cleaned_data["cluster"]))
        if not found:
            raise forms.ValidationError(_("The cluster has no practice that can be planned."))
        return found

    @property
    def chosen(self) -> dict[str, Any]:
        """What plan_single is told."""
        said, numbers = self.cleaned_data, self.cleaned_data.get("focus", [])
        of_standards = set(
            self.programme.edition.indicators.filter(standard__number__in=numbers).values_list("number", flat=True)
        )
        return {
            "programme": self.programme, "practices": said.get("cluster") or [said["practice"]], "visit_on": said["visit_on"],
            "focus": sorted(of_standards) if self.covers == CHOSEN else numbers, "previous": self.previous,
        }  # fmt: skip


def last_with_open_points(practice: Practice) -> Survey | None:
    """The practice's newest decided full survey, when its decision left points open."""
    done = Survey.objects.filter(practice=practice, programme__kind=ProgrammeKind.FULL_SURVEY, state__in=DECIDED)
    last = done.select_related("practice", "programme", "edition", "rule_set").order_by("-created_at", "-pk").first()
    decision = last.decision_set.order_by("-at", "-pk").first() if last else None
    return last if decision is not None and decision.basis.get("open") else None


def _focus_choices(programme: Programme, *, by_point: bool) -> list[tuple[str, Any]]:
    """Standards to choose between, or their indicators in groups."""
    standards = spoken(programme.edition.content)["standards"]
    if not by_point:
        return [(item["number"], f"{item['number']} {_said(item['title'])}") for item in standards]
    return [
        (
            f"{item['number']} {_said(item['title'])}",
            [(one["number"], f"{one['number']} {_said(one['summary'])}") for one in item["indicators"]],
        )
        for item in standards
    ]


def _said(words: dict[str, str]) -> str:
    return words["text"]


class RuleForm(KipForm):
    """What the region has decided for itself."""

    publishes = forms.BooleanField(
        label=_("The region publishes decisions"), required=False,
        help_text=_("Only after the practice has been told. Without this nothing of the region is public."),
    )  # fmt: skip
    municipality_years = IntegerField(
        label=_("Years that a former tie counts"), min_value=0, max_value=20,
        help_text=_("Work, ownership or the same municipality keeps a surveyor away for so long after it ended."),
    )  # fmt: skip
    sample_percent = IntegerField(label=_("Yearly sample of administrative decisions, in per cent"), min_value=0, max_value=100)


class ProfileForm(KipForm):
    """A surveyor of the pool."""

    professions = forms.MultipleChoiceField(
        label=_("Professions"), choices=Profession.choices, widget=forms.CheckboxSelectMultiple
    )
    languages = forms.MultipleChoiceField(label=_("Languages"), choices=[*LANGUAGES.items()], widget=forms.CheckboxSelectMultiple)
    phone = forms.CharField(label=_("Phone"), required=False, max_length=20, validators=[refuse_cpr])
    active = forms.BooleanField(label=_("Takes visits"), required=False)
