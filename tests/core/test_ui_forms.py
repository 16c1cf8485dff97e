"""Forms: what people type is read rightly, and errors are said in the portal's words, on top and at the field."""

import datetime as dt
from decimal import Decimal

import pytest
import time_machine
from django import forms
from django.utils import translation

from kip.core.forms import DateField, DecimalField, IntegerField, KipForm, refuse_cpr


class Plan(KipForm):
    goal = forms.CharField(label="Mål", max_length=10, help_text="Skriv kort.")
    email = forms.EmailField(label="Mail")
    when = DateField(label="Dato", past_only=True)
    target = DecimalField(label="Tal", min_value=0, max_value=100)
    who = forms.ChoiceField(label="Hvem?", choices=[("a", "Læge"), ("b", "Sekretær")], widget=forms.RadioSelect)
    note = forms.CharField(required=False, label="Note", widget=forms.Textarea, validators=[refuse_cpr])
    agreed = forms.BooleanField(label="Aftalt")


GOOD = {"goal": "Mål", "email": "a@kip.example", "when": "2.11.2026", "target": "12,5", "who": "a", "agreed": "on"}


@pytest.fixture(autouse=True)
def danish():
    with translation.override("da"), time_machine.travel(dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC), tick=False):
        yield


@pytest.mark.parametrize("typed", ["2.11.2026", "02.11.2026", "2/11/2026", "2-11-2026", "2026-11-02"])
def test_dates_as_danes_write_them(typed):
    assert DateField().clean(typed) == dt.date(2026, 11, 2)


@pytest.mark.parametrize("typed", ["11/22/2026", "31.2.2026", "2. november", "2.11.26"])
def test_other_dates_are_refused_with_an_example(typed):
    errors = Plan({**GOOD, "when": typed}).errors["when"]
    assert errors == ["Skriv datoen som dag, måned og år, for eksempel 2.11.2026."]


@pytest.mark.parametrize(
    ("typed", "read"),
    [("12,5", "12.5"), ("12.5", "12.5"), ("1.234", "1234"), ("1.234,5", "1234.5"), ("1 234", "1234"), ("\u22123", "-3")],
)
def test_numbers_as_danes_write_them(typed, read):
    assert DecimalField().clean(typed) == Decimal(read)


@pytest.mark.parametrize("typed", ["1,234.5", "12,", "1.23.4", "tolv", "NaN", "1e5"])
def test_other_numbers_are_refused_with_an_example(typed):
    errors = Plan({**GOOD, "target": typed}).errors["target"]
    assert errors == ["Skriv et tal. Brug komma som decimaltegn, for eksempel 12,5."]


def test_whole_numbers():
    assert IntegerField().clean("1.234") == 1234
    with pytest.raises(forms.ValidationError):
        IntegerField().clean("12,5")


def test_a_full_stop_in_a_number_is_read_back():
    assert IntegerField().echo("1.234") == "Vi læste tallet som 1234. Ret det, hvis det ikke passer."
    assert DecimalField().echo("12.5") == "Vi læste tallet som 12,5. Ret det, hvis det ikke passer."
    assert DecimalField().echo("12,5") == ""
    assert DecimalField().echo("tolv") == ""


def test_a_good_form_is_valid_and_typed():
    form = Plan(GOOD)
    assert form.is_valid()
    assert form.cleaned_data["when"] == dt.date(2026, 11, 2)
    assert form.cleaned_data["target"] == Decimal("12.5")


def test_errors_are_in_the_portals_words():
    form = Plan({"goal": "En for lang tekst", "email": "x@", "when": "23.11.2026", "target": "120", "note": "010180-1234"})
    assert {name: list(errors) for name, errors in form.errors.items()} == {
        "goal": ["Teksten er 7 tegn for lang. Der er plads til 10."],
        "email": ["Mailadressen ser ikke rigtig ud. Tjek, at der er et @ og et punktum."],
        "when": ["Datoen kan ikke ligge efter i dag, 22. november 2026."],
        "target": ["Tallet skal ligge mellem 0 og 100."],
        "who": ["Udfyld feltet Hvem."],
        "note": ["Teksten ligner et cpr-nummer. Fjern det, før du sender."],
        "agreed": ["Udfyld feltet Aftalt."],
    }


@pytest.mark.parametrize(
    ("written", "refused"),
    [("0101801234", True), ("se 311299-0000", True), ("tlf. 70123456", False), ("990180-1234", False), ("id 20260101123", False)],
)
def test_civil_registration_numbers_are_refused(written, refused):
    if refused:
        with pytest.raises(forms.ValidationError):
            refuse_cpr(written)
    else:
        refuse_cpr(written)


def test_the_summary_stands_first_and_leads_to_the_fields():
    page = str(Plan({**GOOD, "goal": "", "who": ""}))
    assert page.index("Der er 2 ting, du skal rette") < page.index("form-group")
    assert 'data-module="error-summary"' in page
    assert '<a href="#id_goal">Udfyld feltet Mål.</a>' in page
    assert '<a href="#id_who_0">Udfyld feltet Hvem.</a>' in page
    assert 'id="id_who_0"' in page


def test_a_field_is_tied_to_its_help_and_error():
    page = str(Plan({**GOOD, "goal": ""})["goal"].as_field_group())
    assert 'aria-describedby="id_goal_helptext id_goal_error"' in page
    assert 'id="id_goal_helptext"' in page
    assert 'id="id_goal_error"' in page
    assert 'aria-invalid="true"' in page
    assert 'class="form-input"' in page


def test_widgets_have_the_design_systems_classes():
    page = str(Plan())
    assert page.count('class="form-radio"') == 2
    assert page.count('class="form-checkbox"') == 1
    assert '<div class="form-group form-error' not in page
    assert str(Plan(initial={"when": dt.date(2026, 11, 2)})["when"]).count('value="2.11.2026"') == 1
    assert str(Plan(initial={"target": Decimal("12.5")})["target"]).count('value="12,5"') == 1
