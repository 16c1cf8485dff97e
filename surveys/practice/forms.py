"""What a practice types to ask its patients."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kip.core.forms import ConditionalCharField, DateField, IntegerField, KipForm, refuse_cpr
from surveys.actions.planning import Plan
from surveys.models import QuestionnaireVersion
from surveys.sending_times import OPEN_DAYS

LIST_BYTES = 5_000_000


class CampaignForm(KipForm):
    """Everything of a campaign. hosts, modules: published versions that the practice's profession can be asked."""

    title = forms.CharField(
        label=_("Name of the survey"), max_length=120, validators=[refuse_cpr], help_text=_("Only you see it.")
    )
    questionnaire = forms.ChoiceField(label=_("Questionnaire"), widget=forms.RadioSelect)
    modules = forms.MultipleChoiceField(
        label=_("Add to the general questionnaire"), widget=forms.CheckboxSelectMultiple, required=False
    )
    first_day = DateField(label=_("First day"))
    last_day = DateField(label=_("Last day"), help_text=_("Four weeks give time for two reminders."))
    target = IntegerField(
        label=_("Stop when so many have answered"), validators=[MinValueValidator(0), MaxValueValidator(5000)],
        help_text=_("60 answers make figures that can be relied on. 0: do not stop."),
    )  # fmt: skip
    reminders = forms.ChoiceField(label=_("Reminders"), choices=[("2", _("two")), ("1", _("one")), ("0", _("none"))])
    subject = ConditionalCharField(label=_("Own subject of the mail"), max_length=100, required=False, validators=[refuse_cpr])
    other_subject = ConditionalCharField(
        label=_("Another subject to try against it"), max_length=100, required=False, validators=[refuse_cpr],
        help_text=_("Half of the patients get each."),
    )  # fmt: skip
    controller = forms.CharField(label=_("Responsible for the data"), max_length=120)
    legal_basis = forms.CharField(label=_("Legal basis"), max_length=200, help_text=_("Ask your data protection officer."))
    contact = forms.CharField(label=_("Whom can patients ask?"), max_length=200, help_text=_("Name and phone or e-mail address."))

    def __init__(self, *args: Any, hosts: list[QuestionnaireVersion], modules: list[QuestionnaireVersion], **kwargs: Any) -> None:
        today = timezone.localdate()
        start = {"first_day": today, "last_day": today + dt.timedelta(days=OPEN_DAYS), "target": 60, "reminders": "2"}
        super().__init__(*args, initial={**start, **(kwargs.pop("initial", None) or {})}, **kwargs)
        self.versions = {str(one.pk): one for one in (*hosts, *modules)}
        self.fields["questionnaire"].choices = [(str(one.pk), name_of(one)) for one in hosts]  # type: ignore[attr-defined]
        self.fields["modules"].choices = [(str(one.pk), name_of(one)) for one in modules]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        first, last = data.get("first_day"), data.get("last_day")
        if first and first < timezone.localdate():
            self.add_error("first_day", _("The first day has passed. Choose today or a later day."))
        if first and last and last < first:
            self.add_error("last_day", _("The last day cannot be before the first."))
        host = self.versions.get(data.get("questionnaire", ""))
        wrong = [key for key in data.get("modules", []) if host is None or _host_of(self.versions[key]) != host.code]
        if wrong:
            self.add_error("modules", _("These questions can only be added to the general questionnaire."))
        if data.get("other_subject") and not data.get("subject"):
            self.add_error("subject", _("Write both subjects, or none."))
        return data

    def plan(self) -> Plan:
        """The cleaned plan."""
        data = self.cleaned_data
        return Plan(
            title=data["title"], version=self.versions[data["questionnaire"]], first_day=data["first_day"],
            last_day=data["last_day"], controller=data["controller"], legal_basis=data["legal_basis"], contact=data["contact"],
            modules=[self.versions[key] for key in data["modules"]], reminders=int(data["reminders"]), target=data["target"],
            subjects=[one for one in (data["subject"], data["other_subject"]) if one],
        )  # fmt: skip


class PeopleForm(KipForm):
    """A file or a pasted list of e-mail addresses."""

    file = forms.FileField(
        label=_("File with e-mail addresses"), required=False,
        help_text=_("CSV with one address per row. A column called sprog may say in which language to ask."),
    )  # fmt: skip
    pasted = forms.CharField(
        label=_("Or paste addresses here, one per line"), required=False, max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false", "autocomplete": "off"}),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not data.get("file") and not data.get("pasted", "").strip():
            self.add_error("file", _("Choose a file, or paste addresses."))
        if data.get("file") and data["file"].size > LIST_BYTES:
            self.add_error("file", _("The file is larger than 5 MB. Send it in parts."))
        return data

    def content(self) -> bytes:
        file = self.cleaned_data.get("file")
        return bytes(file.read()) if file else str(self.cleaned_data["pasted"]).encode()


def name_of(version: QuestionnaireVersion) -> str:
    """Title and length, in the reader's language, with the words of no profession."""
    title = version.content["questionnaire"]["title"]
    said = title.get((get_language() or "da")[:2]) or title["da"]
    minutes = version.content["questionnaire"]["estimated_minutes"]
    return f"{said.replace(' {place}', '')} ({minutes} min.)"


def _host_of(version: QuestionnaireVersion) -> str:
    return str((version.content["questionnaire"].get("append_to") or {}).get("questionnaire", ""))
