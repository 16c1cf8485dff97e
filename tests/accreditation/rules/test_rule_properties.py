"""What must hold for every survey, and a second implementation that must agree with the first."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from accreditation.rules import Case, Decision, Limit, Rated, rule_set
from tests.accreditation.rules import naive

KIP, CQC, STPS, REVIEW = (rule_set(code, 1) for code in ("kip-ddkm", "cqc", "stps", "kip-review"))
METHODS = ("document", "interview", "observation", "record_review", "data", "survey_report", "certificate")
RATING = st.sampled_from([*KIP.ratings, "not_relevant", *KIP.ratings])
RATED = st.builds(
    Rated,
    number=st.just(""),
    rating=RATING,
    critical=st.booleans(),
    assessed_by=st.sets(st.sampled_from(METHODS), max_size=3).map(lambda names: tuple(sorted(names))),
    standard=st.sampled_from(["G1.1", "G2.1", ""]),
)
SURVEY = (
    st.lists(RATED, min_size=1, max_size=30)
    .map(lambda found: tuple(replace(one, number=f"n{place}") for place, one in enumerate(found)))
    .filter(lambda found: any(one.rating != "not_relevant" for one in found))
)
EFFECTIVE = {"accredited": 3, "accredited_with_remarks": 2, "provisional": 1, "not_accredited": 0}
KINDS = ("", "material", "dialogue", "visit")


@st.composite
def second_rounds(draw: st.DrawFn) -> Case:
    """A survey with something open, some of it rated again."""
    rated = draw(SURVEY)
    numbers = [one.number for one in rated if one.rating in ("partially_met", "not_met")]
    assume(numbers)
    again = tuple(Rated(number, draw(st.sampled_from(KIP.ratings))) for number in draw(st.sets(st.sampled_from(numbers))))
    return Case(rated, again)


def outcome(decision: Decision) -> int:
    return EFFECTIVE[decision.recommendation or decision.status]


def raised(rated: tuple[Rated, ...], place: int) -> tuple[Rated, ...] | None:
    """The same ratings with one a step better; None when it cannot be better."""
    one = rated[place % len(rated)]
    if one.rating not in KIP.ratings or one.rating == KIP.ratings[0]:
        return None
    better = KIP.ratings[KIP.ratings.index(one.rating) - 1]
    return tuple(replace(other, rating=better) if other.number == one.number else other for other in rated)


@given(SURVEY)
def test_the_first_round_agrees_with_the_naive_rules(rated: tuple[Rated, ...]) -> None:
    found = KIP.decide(Case(rated))
    assert (found.status, found.recommendation, list(found.open), found.follow_up) == naive.kip(Case(rated))


@given(second_rounds())
def test_the_second_round_agrees_with_the_naive_rules(case: Case) -> None:
    found = KIP.decide(case)
    assert (found.status, found.recommendation, list(found.open), found.follow_up) == naive.kip(case)


@given(SURVEY, st.integers(0, 29))
def test_a_better_rating_never_worsens_the_first_round(rated: tuple[Rated, ...], place: int) -> None:
    better = raised(rated, place)
    assume(better is not None)
    assert better is not None
    before, after = KIP.decide(Case(rated)), KIP.decide(Case(better))
    assert outcome(after) >= outcome(before)
    assert KINDS.index(after.follow_up) <= KINDS.index(before.follow_up)


@given(second_rounds(), st.integers(0, 29))
def test_a_better_rating_never_worsens_the_second_round(case: Case, place: int) -> None:
    assume(case.again)
    better = raised(case.again or (), place)
    assume(better is not None)
    assert outcome(KIP.decide(replace(case, again=better))) >= outcome(KIP.decide(case))


@given(second_rounds())
def test_what_was_not_rated_again_is_carried_forward_unchanged(case: Case) -> None:
    found = KIP.decide(case)
    again = {one.number: one for one in case.again or ()}
    assert [one for one in found.rated if one.number not in again] == [one for one in case.rated if one.number not in again]
    assert [(one.number, one.rating) for one in found.rated if one.number in again] == [
        (one.number, again[one.number].rating) for one in case.rated if one.number in again
    ]
    assert [replace(one, rating=None, reason="") for one in found.rated] == [
        replace(one, rating=None, reason="") for one in case.rated
    ]


@given(second_rounds(), st.integers(1, 20))
def test_not_relevant_is_outside_the_denominator(case: Case, more: int) -> None:
    padding = tuple(Rated(f"x{place}", "not_relevant") for place in range(more))
    plain, padded = KIP.decide(case), KIP.decide(replace(case, rated=case.rated + padding))
    assert (padded.status, padded.recommendation, padded.open, padded.relevant, padded.standards) == (
        plain.status,
        plain.recommendation,
        plain.open,
        plain.relevant,
        plain.standards,
    )


@given(st.integers(1, 40))
def test_exactly_a_quarter_is_not_above_it_and_one_more_is(quarter: int) -> None:
    ratings = ["partially_met"] * quarter + ["met"] * (3 * quarter)
    rated = tuple(Rated(str(place), rating) for place, rating in enumerate(ratings))
    assert KIP.decide(Case(rated, ())).recommendation == "accredited_with_remarks"
    worse = (*rated[:-1], replace(rated[-1], rating="not_met"))
    assert KIP.decide(Case(worse, ())).recommendation == "not_accredited"


@given(second_rounds())
def test_what_was_stored_recomputes_to_the_same_decision(case: Case) -> None:
    assert rule_set("kip-ddkm", 1).decide(Case.from_data(case.as_data())) == KIP.decide(case)


@given(SURVEY, st.randoms(use_true_random=False))
def test_the_order_of_the_ratings_does_not_matter(rated: tuple[Rated, ...], chance: object) -> None:
    mixed = list(rated)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    one, other = KIP.decide(Case(rated)), KIP.decide(Case(tuple(mixed)))
    assert (one.status, one.follow_up, set(one.open), one.standards) == (
        other.status,
        other.follow_up,
        set(other.open),
        other.standards,
    )


@given(SURVEY)
def test_a_review_gives_no_status_but_the_same_open_points(rated: tuple[Rated, ...]) -> None:
    found = REVIEW.decide(Case(rated))
    assert (found.status, found.route, found.recommendation, found.follow_up) == ("reviewed", "none", None, "")
    assert (found.open, found.standards) == (KIP.decide(Case(rated)).open, KIP.decide(Case(rated)).standards)


@given(SURVEY)
def test_every_step_says_something(rated: tuple[Rated, ...]) -> None:
    for rules in (KIP, REVIEW):
        for step in rules.decide(Case(rated)).steps:
            assert len(str(step)) > 10
            assert "%" not in str(step)


QUESTIONS = ("safe", "effective", "caring", "responsive", "well_led")
FIVE = st.tuples(*(st.sampled_from(CQC.ratings) for _ in QUESTIONS)).map(
    lambda marks: tuple(Rated(question, mark) for question, mark in zip(QUESTIONS, marks, strict=True))
)
LIMITS = st.lists(
    st.one_of(
        st.just(Limit("breach")),
        st.builds(Limit, st.sampled_from(["requirement_notice", "warning_notice"]), st.sampled_from(QUESTIONS)),
    ),
    max_size=3,
).map(tuple)


@given(FIVE, LIMITS, st.none() | st.sets(st.sampled_from(QUESTIONS)), st.sampled_from(CQC.ratings))
def test_cqc_agrees_with_the_naive_rules(
    rated: tuple[Rated, ...], limits: tuple[Limit, ...], looked_at: set[str] | None, mark: str
) -> None:
    again = None if looked_at is None else tuple(Rated(question, mark) for question in sorted(looked_at))
    case = Case(rated, again, limits)
    assert CQC.decide(case).status == naive.cqc(case)


@given(FIVE, LIMITS, st.sampled_from(QUESTIONS))
def test_a_better_key_question_never_worsens_the_whole(
    rated: tuple[Rated, ...], limits: tuple[Limit, ...], question: str
) -> None:
    def better(one: Rated) -> Rated:
        place = CQC.ratings.index(str(one.rating))
        return replace(one, rating=CQC.ratings[max(place - 1, 0)]) if one.number == question else one

    before = CQC.decide(Case(rated, limits=limits)).status
    after = CQC.decide(Case(tuple(map(better, rated)), limits=limits)).status
    assert CQC.statuses.index(after) <= CQC.statuses.index(before)


@given(st.lists(st.sampled_from([*STPS.ratings, "not_relevant"]), min_size=1, max_size=12))
def test_the_grade_of_a_supervision_visit_is_its_most_serious_point(grades: list[str]) -> None:
    assume(any(grade != "not_relevant" for grade in grades))
    found = STPS.decide(Case(tuple(Rated(str(place), grade) for place, grade in enumerate(grades))))
    assert STPS.ratings.index(found.status) == max(STPS.ratings.index(grade) for grade in grades if grade != "not_relevant")
    assert found.open == tuple(str(place) for place, grade in enumerate(grades) if grade not in ("no_problems", "not_relevant"))
