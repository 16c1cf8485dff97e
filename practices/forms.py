"""Forms of the people and register pages. A form that changes a practice also carries the change out."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kip.core.forms import DateField, IntegerField, KipForm, refuse_cpr
from kip.core.scope import Persona
from practices.acting import Acting
from practices.actions import NewMember, Part, close_practice, merge_practices, move_practice, split_practice
from practices.enums import Role
from practices.imports import MAX_BYTES, MAX_CLINICIANS
from practices.models import Cluster, Municipality, Practice, Region, User
from practices.policies import NATIONAL_PLACE, PRACTICE_PLACE, place_of, roles_to_give
from practices.queries import open_practice, practice_with_number, profession_choices
from practices.validators import validate_number

AT_ONCE, ON_DAY = "now", "day"


class InviteForm(KipForm):
    """Whom to invite; which fields ask for the place depends on who invites. Valid forms have `member`."""

    email = forms.EmailField(label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    name = forms.CharField(label=_("Name"), max_length=120, validators=[refuse_cpr])
    role = forms.ChoiceField(label=_("Role"))
    number = forms.CharField(
        label=_("Provider number"), max_length=12, required=False, help_text=_("For a practice manager: the practice's number.")
    )
    region = forms.ModelChoiceField(
        Region.objects.all(), label=_("Region"), required=False, help_text=_("For a regional administrator.")
    )
    profession = forms.ChoiceField(label=_("Profession"), required=False, help_text=_("Leave empty for all professions."))
    valid_from = DateField(label=_("First day"), required=False, help_text=_("Empty: the day the invitation is accepted."))
    valid_to = DateField(label=_("Last day"), required=False, help_text=_("Empty: until somebody ends it."))

    def __init__(self, *args: Any, acting: Acting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.acting = acting
        gives = roles_to_give(acting)
        self.fields["role"].choices = [(role.value, role.label) for role in Role if role in gives]  # type: ignore[attr-defined]
        self.fields["profession"].choices = [("", _("All"))] * (not acting.profession) + profession_choices(acting)  # type: ignore[attr-defined]
        for name, persona in (("number", Persona.REGION), ("profession", Persona.REGION), ("region", Persona.SUPPORT)):
            if acting.persona is not persona:
                del self.fields[name]

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("valid_from"), data.get("valid_to")
        if last and last < max(first or last, timezone.localdate()):
            self.add_error("valid_to", gettext("The last day must be today or later, and not before the first day."))
        if "role" in data:
            practice, region_id = self._place(data)
            if not self.errors:
                self.member = NewMember(
                    email=data["email"],
                    name=data["name"],
                    role=data["role"],
                    practice=practice,
                    region_id=region_id,
                    profession=data.get("profession", "") if region_id and "profession" in self.fields else "",
                    valid_from=first,
                    valid_to=last,
                )
        return data

    def _place(self, data: dict[str, Any]) -> tuple[Practice | None, int | None]:
        place, acting = place_of(data["role"]), self.acting
        if place == NATIONAL_PLACE:
            return None, None
        if place == PRACTICE_PLACE:
            number = data.get("number", "").upper() if acting.persona is Persona.REGION else None
            practice = practice_with_number(acting, number)
            if practice is None:
                self.add_error("number", gettext("No open practice of your region has this number."))
            return practice, None
        if acting.persona is Persona.REGION:
            return None, acting.scope.region_id
        if data.get("region") is None:
            self.add_error("region", gettext("Choose the region."))
            return None, None
        return None, data["region"].pk


class EndForm(KipForm):
    """When a membership ends; `last_day` is yesterday when it ends at once."""

    when = forms.ChoiceField(
        label=_("When"),
        choices=[(AT_ONCE, _("At once")), (ON_DAY, _("At the end of a day"))],
        widget=forms.RadioSelect,
        initial=AT_ONCE,
    )
    day = DateField(label=_("Last day"), required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        today = timezone.localdate()
        self.last_day = today - dt.timedelta(days=1)
        if data.get("when") == ON_DAY:
            day = data.get("day")
            if day is None or day < today:
                self.add_error("day", gettext("Give a day from today on."))
            self.last_day = day
        return data


class AcceptForm(KipForm):
    """A new person's password, twice."""

    password = forms.CharField(
        label=_("Password"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    again = forms.CharField(
        label=_("Password again"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, *args: Any, email: str, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = User(email=email, name=name)
        self.fields["password"].help_text = password_validators_help_text_html()

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        validate_password(password, self.person)
        return password

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "password" in data and data.get("again") != data["password"]:
            self.add_error("again", gettext("The two passwords are not the same."))
        return data


class RegisterSearch(KipForm):
    q = forms.CharField(
        label=_("Name, number, municipality, cluster, CVR or SOR"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    profession = forms.ChoiceField(label=_("Profession"), required=False)
    state = forms.ChoiceField(
        label=_("Show"), required=False, choices=[("open", _("Open")), ("closed", _("Closed")), ("all", _("All"))]
    )

    def __init__(self, *args: Any, acting: Acting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["profession"].choices = [("", _("All")), *profession_choices(acting)]  # type: ignore[attr-defined]


class PracticeForm(KipForm):
    """Base of the forms that change one practice: `carry_out` calls the action and puts its refusal on the page."""

    def __init__(self, *args: Any, acting: Acting, practice: Practice, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.acting, self.practice = acting, practice

    def carry_out(self) -> bool:
        try:
            self.change(self.cleaned_data)
        except ValidationError as error:
            self.add_error(None, error)
            return False
        return True

    def change(self, data: dict[str, Any]) -> None:
        raise NotImplementedError

    def practice_named(self, name: str, day: dt.date) -> Practice | None:
        """The open practice whose number was typed in the field `name`; an unknown one is an error of that field."""
        number = self.cleaned_data[name].strip().upper()
        if not number:
            return None
        found = open_practice(self.acting, number, day, self.practice.profession)
        if found is None:
            raise ValidationError({name: gettext("No open practice of the same region and profession has this number.")})
        return found


def _end_access() -> forms.BooleanField:
    label = _("End everybody's access to the closed practice on its last day")
    return forms.BooleanField(label=label, required=False, initial=True)


class CloseForm(PracticeForm):
    last_day = DateField(label=_("Last day"))
    successor = forms.CharField(label=_("Provider number of the practice that takes over"), required=False, max_length=12)
    end_access = _end_access()

    def change(self, data: dict[str, Any]) -> None:
        successor = self.practice_named("successor", data["last_day"] + dt.timedelta(days=1))
        close_practice(
            by=self.acting, practice=self.practice, last_day=data["last_day"], successor=successor, end_access=data["end_access"]
        )


class MergeForm(PracticeForm):
    into = forms.CharField(label=_("Provider number of the practice that goes on"), max_length=12)
    first_day = DateField(label=_("First day together"))
    end_access = _end_access()

    def change(self, data: dict[str, Any]) -> None:
        into = self.practice_named("into", data["first_day"])
        if into is not None:
            merge_practices(
                by=self.acting, practices=[self.practice], into=into, first_day=data["first_day"], end_access=data["end_access"]
            )


class SplitForm(PracticeForm):
    """Into two; a practice that falls into more parts is split again."""

    first_day = DateField(label=_("First day apart"))
    number_1 = forms.CharField(label=_("Provider number of the first practice"), max_length=12)
    name_1 = forms.CharField(label=_("Name of the first practice"), max_length=160, validators=[refuse_cpr])
    clinicians_1 = IntegerField(label=_("Clinicians in the first practice"), min_value=1, max_value=MAX_CLINICIANS)
    number_2 = forms.CharField(label=_("Provider number of the second practice"), max_length=12)
    name_2 = forms.CharField(label=_("Name of the second practice"), max_length=160, validators=[refuse_cpr])
    clinicians_2 = IntegerField(label=_("Clinicians in the second practice"), min_value=1, max_value=MAX_CLINICIANS)
    end_access = _end_access()

    def _number(self, name: str) -> str:
        number = str(self.cleaned_data[name]).strip().upper()
        validate_number(number)
        return number

    def clean_number_1(self) -> str:
        return self._number("number_1")

    def clean_number_2(self) -> str:
        return self._number("number_2")

    def change(self, data: dict[str, Any]) -> None:
        parts = [Part(data[f"number_{n}"], data[f"name_{n}"], data[f"clinicians_{n}"]) for n in (1, 2)]
        split_practice(
            by=self.acting, practice=self.practice, parts=parts, first_day=data["first_day"], end_access=data["end_access"]
        )


class MoveForm(PracticeForm):
    municipality = forms.ModelChoiceField(Municipality.objects.none(), label=_("Municipality"))
    cluster = forms.ModelChoiceField(Cluster.objects.none(), label=_("Cluster"), required=False)
    day = DateField(label=_("Moved on"), past_only=True)

    def __init__(self, *args: Any, practice: Practice, **kwargs: Any) -> None:
        here = {"municipality": practice.municipality_id, "cluster": practice.cluster_id}
        super().__init__(*args, practice=practice, initial=here, **kwargs)
        near = {"region_id": practice.region_id}
        self.fields["municipality"].queryset = Municipality.objects.filter(**near)  # type: ignore[attr-defined]
        self.fields["cluster"].queryset = Cluster.objects.filter(**near, profession=practice.profession)  # type: ignore[attr-defined]

    def change(self, data: dict[str, Any]) -> None:
        move_practice(
            by=self.acting, practice=self.practice, municipality=data["municipality"], cluster=data["cluster"], day=data["day"]
        )


class ImportForm(KipForm):
    file = forms.FileField(label=_("CSV file"), widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}))

    def clean_file(self) -> Any:
        sent = self.cleaned_data["file"]
        if sent.size > MAX_BYTES:
            raise ValidationError(gettext("The file is larger than 2 MB. Divide it into smaller files."))
        return sent
