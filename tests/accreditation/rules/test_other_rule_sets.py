"""CQC's published rules one by one, the ladder of the supervision authority, and the file that holds the rule sets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.utils import translation

from accreditation.rules import RULE_SETS, Case, Limit, Rated, RuleError, Step, check_departure, load_rule_sets, rule_set
from accreditation.rules.registry import FILE
from tests.accreditation.broken_files import refusal

CQC, STPS = rule_set("cqc", 1), rule_set("stps", 1)
LETTERS = {"O": "outstanding", "G": "good", "R": "requires_improvement", "I": "inadequate"}
QUESTIONS = ("safe", "effective", "caring", "responsive", "well_led")
# A rule set in use is never edited: a change is a new version.
DIGESTS = {
    ("kip-ddkm", 1): "1806722d4e00",
    ("kip-review", 1): "ae2f6dc84718",
    ("cqc", 1): "f2b180022fd5",
    ("stps", 1): "cde5ad31d268",
}


def five(letters: str) -> tuple[Rated, ...]:
    return tuple(Rated(question, LETTERS[letter]) for question, letter in zip(QUESTIONS, letters, strict=True))


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(RuleError) as refusal:
        yield
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("letters", "whole"),
    [
        ("IIOOO", "I"),  # two inadequate
        ("IIRRG", "I"),
        ("RRGGG", "R"),  # two require improvement
        ("RROOO", "R"),
        ("OOGGG", "O"),  # two outstanding and the other three good
        ("OOOOG", "O"),
        ("OOOOO", "O"),
        ("OGGGG", "G"),
        ("GGGGG", "G"),
        ("RGGGG", "G"),  # at most one requires improvement
        ("ROOOO", "G"),  # outstanding only when the others are good
        ("IOOOO", "R"),  # derived: one inadequate can neither be good nor inadequate
        ("IRGGG", "R"),
    ],
)
def test_published_principles(letters: str, whole: str) -> None:
    decision = CQC.decide(Case(five(letters)))
    assert (decision.status, decision.recommendation, decision.route) == (LETTERS[whole], LETTERS[whole], "none")


@pytest.mark.parametrize(
    ("letters", "limits", "whole", "first"),
    [
        ("OOGGG", (Limit("breach"),), "R", "O"),
        ("IIGGG", (Limit("breach"),), "I", "I"),
        ("OOGGG", (Limit("requirement_notice", "safe"),), "G", "R"),
        ("IGGGG", (Limit("requirement_notice", "safe"),), "R", "I"),
        ("GGGGG", (Limit("warning_notice", "safe"),), "R", "I"),
        ("GGGGG", (Limit("warning_notice", "safe"), Limit("warning_notice", "caring")), "I", "I"),
        ("GGGGG", (Limit("warning_notice", "safe"), Limit("requirement_notice", "safe")), "R", "I"),
        ("GGGGG", (Limit("requirement_notice", "safe"), Limit("requirement_notice", "caring")), "R", "R"),
    ],
)
def test_limiters(letters: str, limits: tuple[Limit, ...], whole: str, first: str) -> None:
    decision = CQC.decide(Case(five(letters), limits=limits))
    assert (decision.status, decision.rated[0].rating) == (LETTERS[whole], LETTERS[first])


def test_a_focused_inspection_carries_old_ratings_forward() -> None:
    decision = CQC.decide(Case(five("RRGGG"), (Rated("safe", "good"),)))
    assert (decision.status, [one.rating for one in decision.rated]) == (
        "good",
        ["good", "requires_improvement", "good", "good", "good"],
    )


def test_leaving_the_principles_needs_a_recorded_reason() -> None:
    decision = CQC.decide(Case(five("OOGGG")))
    check_departure(decision, "good", "Two of the services are new.")
    with refused("reason_missing"):
        check_departure(decision, "good", "")


def test_exactly_the_five_questions_are_rated() -> None:
    for case, code, numbers in (
        (Case(five("GGGGG")[:4]), "other_questions", ("well_led",)),
        (Case((*five("GGGGG"), Rated("cheap", "good"))), "other_questions", ("cheap",)),
        (Case(five("GGGGG"), limits=(Limit("warning_notice", "cheap"),)), "unknown_indicator", ("cheap",)),
        (Case(five("GGGGG"), raised_follow_up="visit"), "no_follow_up", ()),
    ):
        with pytest.raises(RuleError) as refusal:
            CQC.decide(case)
        assert (refusal.value.code, refusal.value.numbers) == (code, numbers)


@pytest.mark.parametrize(
    ("grades", "status", "follow_up"),
    [
        (("no_problems", "no_problems"), "no_problems", ""),
        (("no_problems", "minor_problems"), "minor_problems", "material"),
        (("major_problems", "minor_problems"), "major_problems", "dialogue"),
        (("major_problems", "critical_problems"), "critical_problems", "visit"),
        (("not_relevant", "minor_problems"), "minor_problems", "material"),
    ],
)
def test_the_ladder_of_the_supervision_authority(grades: tuple[str, ...], status: str, follow_up: str) -> None:
    decision = STPS.decide(Case(tuple(Rated(str(place), grade) for place, grade in enumerate(grades))))
    assert (decision.status, decision.follow_up) == (status, follow_up)


def test_a_point_of_the_authority_can_be_closed_and_the_rest_stands() -> None:
    first = (Rated("1", "critical_problems"), Rated("2", "minor_problems"), Rated("3", "no_problems"))
    decision = STPS.decide(Case(first, (Rated("1", "no_problems"),)))
    assert (decision.status, decision.open) == ("minor_problems", ("2",))
    with refused("not_open"):
        STPS.decide(Case(first, (Rated("3", "minor_problems"),)))


@pytest.mark.parametrize("code", ["kip-ddkm", "kip-review", "stps"])
def test_notices_belong_to_cqc_alone(code: str) -> None:
    rules = rule_set(code, 1)
    with refused("limits_not_used"):
        rules.decide(Case((Rated("a", rules.ratings[0]),), limits=(Limit("breach"),)))


def test_rule_sets_in_use_are_not_edited() -> None:
    assert {key: rules.digest[:12] for key, rules in RULE_SETS.items()} == DIGESTS


def test_words_of_ratings_and_statuses_are_in_both_languages() -> None:
    words = rule_set("kip-ddkm", 1).words
    with translation.override("da"):
        assert [str(words[code]) for code in ("largely_met", "not_relevant", "provisional")] == [
            "I betydelig grad opfyldt",
            "Ikke relevant",
            "Midlertidig akkreditering",
        ]
    with translation.override("en"):
        assert str(words["accredited_with_remarks"]) == "Accredited with remarks"


def test_steps_are_said_with_the_figures_of_the_language() -> None:
    step = Step("R5", "above_limit", {"open": 16, "relevant": 60, "limit": 25})
    with translation.override("en"):
        assert str(step) == (
            "16 of 60 relevant points are still open (26.7 per cent). That is more than 25 per cent, "
            "so the recommendation is: not accredited."
        )
        assert str(Step("R2", "some_open", {"open": 7, "numbers": list("abcdefg")})) == (
            "7 points are below largely met (a, b, c, d, e and 2 more). "
            "The accreditation is provisional, and the committee decides."
        )
        assert str(Step("R2", "some_open", {"open": 1, "numbers": ["a"]})).startswith("1 point is below largely met (a).")
        assert str(RuleError("not_open", ["b"])) == (
            "Only open points can be rated again, and these are not: b. Write a new fault as a finding instead."
        )


BROKEN = {
    "unknown family": ("family: review", "family: poem", "27: the family poem is not known (known: cqc, ddkm, review, stps)."),
    "unknown key": ("  paper: [document", "  colour: red\n  paper: [document", "23: the key colour is not known in this map."),
    "passing what is not on the scale": (
        "passes: [outstanding, good]",
        "passes: [outstanding, met]",
        "52: cqc lets met pass, which is not on its scale.",
    ),
    "a version twice": ("code: kip-review", "code: kip-ddkm", "25: version 1 of kip-ddkm is given twice."),
    "a code twice": (
        "{code: inadequate, da: Utilstrækkelig, en: Inadequate}\n  statuses",
        "{code: good, da: God, en: Good}\n  statuses",
        "42: cqc names good twice.",
    ),
    "a limit above the whole": ("limit_percent: 25", "limit_percent: 250", "24: limit_percent must be at most 100."),
    "a language missing": (
        "title: {da: Kollegial gennemgang, en: Peer review}",
        "title: {da: Kollegial gennemgang}",
        "28: title.en is missing.",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused(name: str, tmp_path: Path) -> None:
    old, new, message = BROKEN[name]
    assert refusal(load_rule_sets, FILE, tmp_path, (old, new)) == f"rule_sets.yaml:{message}"
