"""Who is asked what: against a naive reading of the conditions, and what may be answered."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.questionnaire.branching import Answers, Fault, choices, faults, kept, shown
from surveys.questionnaire.form import Form
from surveys.questionnaire.library import library

FORMS = {name: library().form(name) for name in library().questionnaires}


@st.composite
def answered(draw: st.DrawFn, form: Form) -> dict[str, Any]:
    """Any answers, also to questions that are not asked."""
    given_: dict[str, Any] = {}
    for item in form.questionnaire.items:
        if draw(st.booleans()):
            continue
        codes = form.options(item)
        if form.kind(item) == "text":
            given_[item.code] = draw(st.text(max_size=20))
        elif form.kind(item) == "multiple":
            given_[item.code] = draw(st.lists(st.sampled_from(codes), unique=True, max_size=4))
        else:
            given_[item.code] = draw(st.sampled_from(codes))
    return given_


def naive(form: Form, answers: Answers) -> list[str]:
    """Codes asked, by going through the questionnaire as a person would with a pen."""
    asked: list[str] = []
    for section in form.questionnaire.sections:
        for item in section.items:
            fine = True
            for condition in (section.show_if, item.show_if):
                if condition is None:
                    continue
                said = answers.get(condition.item, "") if condition.item in asked else ""
                said = [said] if isinstance(said, str) else list(said)
                fine = fine and len(set(said) & set(condition.codes)) > 0
            if not fine:
                continue
            asked.append(item.code)
            if item.screen_out_if and item.code in answers:
                said = answers[item.code]
                if len([said] if isinstance(said, str) and said else list(said)) < item.screen_out_if.count_less_than:
                    return asked
    return asked


@pytest.mark.parametrize("name", FORMS)
@given(data=st.data())
def test_the_questions_asked_are_those_of_a_naive_reading(name: str, data: st.DataObject) -> None:
    form = FORMS[name]
    answers = data.draw(answered(form))
    assert [item.code for item in shown(form.questionnaire, answers)] == naive(form, answers)


@pytest.mark.parametrize("name", FORMS)
@given(data=st.data())
def test_dropping_hidden_answers_changes_nothing_that_is_asked(name: str, data: st.DataObject) -> None:
    form = FORMS[name]
    answers = data.draw(answered(form))
    standing = kept(form.questionnaire, answers)
    assert set(standing) <= {item.code for item in shown(form.questionnaire, answers)}
    assert kept(form.questionnaire, standing) == standing


def test_with_fewer_than_two_places_the_coordination_questions_end() -> None:
    form = FORMS["KIP-COORD"]
    assert [item.code for item in shown(form.questionnaire, {"CSEC": ["ap"]})] == ["CSEC"]
    assert len(shown(form.questionnaire, {"CSEC": ["ap", "sy"]})) == 13
    assert len(shown(form.questionnaire, {"CSEC": ["ap", "sy"], "CBR": "ja"})) == 17


def test_the_places_on_offer_are_those_that_were_chosen_and_not_the_sender() -> None:
    form = FORMS["KIP-COORD"]
    answers = {"CSEC": ["ap", "sy", "ko"], "CBR": "ja", "CBR_FROM": "sy"}
    sender, receiver = form.questionnaire.by_code["CBR_FROM"], form.questionnaire.by_code["CBR_TO"]
    assert choices(form, sender, answers) == ("ap", "sy", "ko")
    assert choices(form, receiver, answers) == ("ap", "ko")


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"XX1": "5"}, [Fault("XX1", "unknown_question")]),
        ({"CIN1": "6"}, [Fault("CIN1", "unknown_option")]),
        ({"CIN1": ["5"]}, [Fault("CIN1", "one_only")]),
        ({"CSEC": ["ap", "ap"]}, [Fault("CSEC", "one_only")]),
        ({"CSEC": ["ap", "sy"], "CBR_FROM": "ko"}, [Fault("CBR_FROM", "unknown_option")]),
        ({"CSEC": ["ap", "sy"], "CBR_FROM": "ap", "CBR_TO": "ap"}, [Fault("CBR_TO", "same_as_other")]),
        ({"CFT": "x" * 1001}, [Fault("CFT", "too_long")]),
        ({"CFT": ["x"]}, [Fault("CFT", "too_long")]),
        ({"CSEC": ["ap", "sy"], "CIN1": "nr", "CFT": "x" * 1000, "CBR_FROM": "ap", "CBR_TO": "sy"}, []),
    ],
)
def test_only_what_is_on_offer_can_be_answered(answers: Answers, expected: list[Fault]) -> None:
    assert list(faults(FORMS["KIP-COORD"], answers)) == expected
