"""The eighteen worked examples of the rules after the Danish quality model, and what is recomputed from what was stored."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from accreditation.rules import (
    ADMINISTRATIVE,
    COMMITTEE,
    Case,
    Decision,
    Rated,
    RuleError,
    check_departure,
    rating_faults,
    rule_set,
)

KIP = rule_set("kip-ddkm", 1)
MET, LARGELY, PARTIALLY, NOT_MET, NOT_RELEVANT = "met", "largely_met", "partially_met", "not_met", "not_relevant"
PAPER = {"a": ("document",), "b": ("interview",), "c": ("observation",), "d": ("document",)}


def four(*ratings: str | None, critical: str = "") -> tuple[Rated, ...]:
    """a document, b interview, c observation, d document."""
    return tuple(
        Rated(name, rating, critical=name in critical, assessed_by=PAPER[name], standard="G1.1")
        for name, rating in zip("abcd", ratings, strict=True)
    )


def sixty(still_open: int, not_relevant: int = 0) -> Case:
    """60 indicators, some still partially met after the second round, some not relevant."""
    ratings = [PARTIALLY] * still_open + [NOT_RELEVANT] * not_relevant + [MET] * (60 - still_open - not_relevant)
    rated = tuple(Rated(f"n{place}", rating) for place, rating in enumerate(ratings))
    return Case(rated, tuple(replace(one) for one in rated[:still_open]))


def status(decision: Decision) -> tuple[str, str, str | None]:
    return decision.status, decision.route, decision.recommendation


FOURTH = four(PARTIALLY, MET, MET, MET)
SEVENTH = four(MET, NOT_MET, MET, MET)
NINTH = four(MET, MET, NOT_MET, MET, critical="c")
ACCREDITED_AT_ONCE = ("accredited", ADMINISTRATIVE, None)
ACCREDITED_LATER = ("accredited", COMMITTEE, "accredited")
PROVISIONAL = ("provisional", COMMITTEE, "provisional")
WITH_REMARKS = ("provisional", COMMITTEE, "accredited_with_remarks")
NOT_ACCREDITED = ("provisional", COMMITTEE, "not_accredited")


def again(first: tuple[Rated, ...], number: str, rating: str) -> Case:
    return Case(first, (Rated(number, rating),))


@pytest.mark.parametrize(
    ("case", "expected", "follow_up", "open_points"),
    [
        (Case(four(MET, MET, MET, MET)), ACCREDITED_AT_ONCE, "", ()),
        (Case(four(MET, MET, MET, LARGELY)), ACCREDITED_AT_ONCE, "", ()),
        (Case(four(LARGELY, LARGELY, LARGELY, LARGELY)), ACCREDITED_AT_ONCE, "", ()),
        (Case(FOURTH), PROVISIONAL, "material", ("a",)),
        (again(FOURTH, "a", MET), ACCREDITED_LATER, "", ()),
        (again(FOURTH, "a", LARGELY), ACCREDITED_LATER, "", ()),
        (Case(SEVENTH), PROVISIONAL, "dialogue", ("b",)),
        (again(SEVENTH, "b", PARTIALLY), WITH_REMARKS, "", ("b",)),
        (Case(NINTH), PROVISIONAL, "visit", ("c",)),
        (again(NINTH, "c", NOT_MET), NOT_ACCREDITED, "", ("c",)),
        (again(NINTH, "c", PARTIALLY), WITH_REMARKS, "", ("c",)),
        (Case(four(MET, MET, MET, NOT_RELEVANT)), ACCREDITED_AT_ONCE, "", ()),
        (sixty(15), WITH_REMARKS, "", tuple(f"n{place}" for place in range(15))),
        (sixty(16), NOT_ACCREDITED, "", tuple(f"n{place}" for place in range(16))),
        (sixty(13, 12), NOT_ACCREDITED, "", tuple(f"n{place}" for place in range(13))),
    ],
    ids=[f"example {number}" for number in range(1, 16)],
)
def test_worked_examples(case: Case, expected: tuple[str, str, str | None], follow_up: str, open_points: tuple[str, ...]) -> None:
    decision = KIP.decide(case)
    assert (status(decision), decision.follow_up, decision.open) == (expected, follow_up, open_points)


@pytest.mark.parametrize(
    ("ratings", "code", "numbers"),
    [((MET, MET, None, MET), "unrated", ("c",)), ((NOT_RELEVANT,) * 4, "nothing_relevant", ())],
    ids=["example 16: one unrated", "example 16: nothing relevant"],
)
def test_what_is_not_complete_has_no_status(ratings: tuple[str | None, ...], code: str, numbers: tuple[str, ...]) -> None:
    with pytest.raises(RuleError) as refusal:
        KIP.decide(Case(four(*ratings)))
    assert (refusal.value.code, refusal.value.numbers) == (code, numbers)


def test_example_17_the_displayed_rating_of_a_standard() -> None:
    assert KIP.standard_rating([MET, LARGELY, PARTIALLY]) == PARTIALLY
    assert KIP.standard_rating([NOT_RELEVANT, NOT_RELEVANT]) == NOT_RELEVANT
    assert KIP.decide(Case(four(MET, LARGELY, NOT_RELEVANT, MET))).standards == {"G1.1": LARGELY}


def test_example_18_a_new_fault_is_a_finding_and_not_a_new_rating() -> None:
    with pytest.raises(RuleError) as refusal:
        KIP.decide(Case(FOURTH, (Rated("a", MET), Rated("b", PARTIALLY))))
    assert (refusal.value.code, refusal.value.numbers) == ("not_open", ("b",))


def test_one_quarter_is_not_above_one_quarter() -> None:
    rated = tuple(Rated(str(place), PARTIALLY if place < 26 else MET) for place in range(104))
    assert KIP.decide(Case(rated, ())).recommendation == "accredited_with_remarks"
    assert KIP.decide(Case((*rated[:103], replace(rated[103], rating=NOT_RELEVANT)), ())).recommendation == "not_accredited"


def test_nothing_received_goes_on_with_unchanged_ratings() -> None:
    decision = KIP.decide(Case(NINTH, ()))
    assert (status(decision), decision.rated) == (NOT_ACCREDITED, NINTH)
    assert [step.code for step in decision.steps] == ["complete", "nothing_received", "critical_not_met"]


def test_the_follow_up_can_be_raised_and_never_lowered() -> None:
    raised = KIP.decide(Case(FOURTH, raised_follow_up="visit"))
    assert (raised.follow_up, [step.code for step in raised.steps][-2:]) == ("visit", ["follow_up_material", "raised_visit"])
    for case, code in (
        (Case(NINTH, raised_follow_up="material"), "follow_up_lowered"),
        (Case(NINTH, raised_follow_up="letter"), "unknown_follow_up"),
        (Case(four(MET, MET, MET, MET), raised_follow_up="visit"), "no_follow_up"),
        (Case(FOURTH, (Rated("a", MET),), raised_follow_up="visit"), "no_follow_up"),
    ):
        with pytest.raises(RuleError) as refusal:
            KIP.decide(case)
        assert refusal.value.code == code


@pytest.mark.parametrize(
    ("case", "code"),
    [
        (Case((*FOURTH, Rated("a", MET))), "twice"),
        (Case(four(MET, "splendid", MET, MET)), "unknown_rating"),
        (Case(FOURTH, (Rated("z", MET),)), "unknown_indicator"),
        (Case(FOURTH, (Rated("a", MET), Rated("a", LARGELY))), "twice"),
        (Case(FOURTH, (Rated("a", None),)), "unrated"),
        (Case(()), "nothing_relevant"),
    ],
)
def test_a_broken_case_is_refused(case: Case, code: str) -> None:
    with pytest.raises(RuleError) as refusal:
        KIP.decide(case)
    assert refusal.value.code == code


def test_the_old_survey_recomputes_to_the_same_status_from_what_was_stored() -> None:
    case = Case(NINTH, (Rated("c", PARTIALLY, reason="Instruksen er skrevet, men ikke kendt af alle."),))
    decision = KIP.decide(case)
    stored = json.loads(json.dumps({"rule_set": decision.rule_set, "version": decision.version, "case": case.as_data()}))
    again_decided = rule_set(stored["rule_set"], stored["version"]).decide(Case.from_data(stored["case"]))
    assert again_decided == decision


def test_a_decision_against_the_recommendation_needs_a_reason() -> None:
    decision = KIP.decide(again(SEVENTH, "b", PARTIALLY))
    check_departure(decision, "accredited_with_remarks", "")
    check_departure(decision, "not_accredited", "Klinikken har ikke villet vise journalerne.")
    for decided, reason, code in (("not_accredited", "  ", "reason_missing"), ("splendid", "Fordi", "unknown_status")):
        with pytest.raises(RuleError) as refusal:
            check_departure(decision, decided, reason)
        assert refusal.value.code == code


@pytest.mark.parametrize(
    ("rating", "reason", "may_be", "faults"),
    [
        (None, "", True, ("unrated",)),
        ("splendid", "", True, ("unknown_rating",)),
        (MET, "", False, ()),
        (LARGELY, "", False, ()),
        (PARTIALLY, "", False, ("reason_missing",)),
        (NOT_MET, "Ingen plan.", False, ()),
        (NOT_RELEVANT, "", True, ("reason_missing",)),
        (NOT_RELEVANT, "Ingen apparatur.", True, ()),
        (NOT_RELEVANT, "Ingen apparatur.", False, ("not_relevant_not_allowed",)),
        (NOT_RELEVANT, " ", False, ("not_relevant_not_allowed", "reason_missing")),
    ],
)
def test_what_a_rating_lacks_before_the_visit_is_complete(
    rating: str | None, reason: str, may_be: bool, faults: tuple[str, ...]
) -> None:
    assert rating_faults(KIP, Rated("a", rating, reason=reason), may_be_not_relevant=may_be) == faults
