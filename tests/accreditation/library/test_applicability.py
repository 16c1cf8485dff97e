"""What a practice is asked about follows from profession, size and staff groups, and every "no" has its reason."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accreditation.library import Applicability, PracticeFacts, ReasonCode, applicability, load_libraries
from practices.enums import Profession
from tests.accreditation.library.small_library import small

(SHIPPED,) = load_libraries()
GROUPS = tuple(SHIPPED.vocabulary.staff_groups)
FACTS = st.builds(
    PracticeFacts,
    profession=st.sampled_from([str(profession) for profession in Profession]),
    people=st.integers(1, 12),
    staff_groups=st.sets(st.sampled_from(GROUPS), min_size=1, max_size=5).map(frozenset),
    shared_by=st.dictionaries(st.sampled_from(sorted(SHIPPED.indicators)), st.integers(1, 5), max_size=4),
)


def asked(profession: str, people: int, *groups: str, **shared: int) -> dict[str, Applicability]:
    facts = PracticeFacts(profession, people, frozenset(groups), {name.replace("_", "."): n for name, n in shared.items()})
    return applicability(small(1).standards, facts)


def reasons(found: dict[str, Applicability]) -> dict[str, str]:
    return {number: str(one.reason.code) for number, one in found.items() if one.reason}


def test_a_large_general_practice_is_asked_about_everything() -> None:
    found = asked("general_practice", 9, "doctor", "nurse", "secretary")
    assert reasons(found) == {}
    assert {number: one.written for number, one in found.items() if one.written} == {"G1.1.1": "guideline", "A1.1": "guideline"}


def test_with_two_staff_groups_an_oral_agreement_is_enough() -> None:
    found = asked("general_practice", 9, "doctor", "secretary")
    assert reasons(found) == {"G2.1.4": "too_few_staff_groups"}
    assert found["G1.1.1"].written is None
    assert found["G1.1.1"].written_reason is not None
    assert (
        found["G1.1.1"].written_reason.text.da
        == "Højst to personalegrupper er fælles om arbejdsgangen, så en mundtlig aftale er nok."
    )
    assert found["A1.1"].written == "guideline"  # demanded whatever the number of groups


def test_the_practice_can_say_that_fewer_groups_share_one_workflow() -> None:
    found = asked("general_practice", 9, "doctor", "nurse", "secretary", G1_1_1=2)
    assert (found["G1.1.1"].written, found["G1.1.1"].relevant) == (None, True)
    assert found["G2.1.4"].relevant


def test_more_groups_than_the_practice_has_cannot_share() -> None:
    assert asked("general_practice", 9, "doctor", G1_1_1=5)["G1.1.1"].written is None


def test_somebody_alone_is_not_asked_about_what_takes_two() -> None:
    found = asked("general_practice", 1, "doctor")
    assert reasons(found) == {"G2.1.4": "too_few_staff_groups", "A1.1": "too_few_people"}
    assert found["A1.1"].reason is not None
    assert found["A1.1"].reason.text.en == "The point applies only when at least 2 people work in the practice."
    assert not found["A1.1"].may_be_changed


def test_what_is_normally_not_relevant_is_a_proposal() -> None:
    found = asked("psychology", 4, "doctor", "nurse", "secretary")
    assert reasons(found) == {"G2.1.3": "normally_not_relevant", "A1.1": "other_profession"}
    assert (found["G2.1.3"].may_be_changed, found["A1.1"].may_be_changed) == (True, False)


def test_a_surveyor_may_find_only_some_points_not_relevant() -> None:
    found = asked("physiotherapy", 4, "doctor")
    assert (found["G2.1.3"].may_be_changed, found["G1.1.2"].may_be_changed) == (True, False)


def test_a_practice_has_somebody_in_it() -> None:
    with pytest.raises(ValueError, match="a practice has at least one person"):
        asked("psychology", 0)


def test_a_solo_psychologist_and_a_large_medical_centre() -> None:
    alone = applicability(SHIPPED.standards, PracticeFacts("psychology", 1, frozenset({"psychologist"})))
    assert Counter(one.reason.code if one.reason else "asked" for one in alone.values()) == {
        "asked": 54,
        ReasonCode.OTHER_PROFESSION: 43,
        ReasonCode.NORMALLY_NOT_RELEVANT: 7,
        ReasonCode.TOO_FEW_PEOPLE: 2,
        ReasonCode.TOO_FEW_STAFF_GROUPS: 1,
    }
    centre = applicability(SHIPPED.standards, PracticeFacts("general_practice", 14, frozenset({"doctor", "nurse", "secretary"})))
    assert sum(one.relevant for one in centre.values()) == 67


@given(FACTS)
def test_every_no_has_one_reason_in_both_languages_and_every_yes_none(facts: PracticeFacts) -> None:
    found = applicability(SHIPPED.standards, facts)
    assert list(found) == list(SHIPPED.indicators)
    for number, one in found.items():
        assert one.relevant == (one.reason is None)
        for reason in (one.reason, one.written_reason):
            assert reason is None or (reason.text.da and reason.text.en and "{" not in reason.text.da + reason.text.en)
        assert one.relevant or (one.written is None and one.written_reason is None)
        demanded = SHIPPED.indicators[number].written_requirement
        assert demanded is None or not one.relevant or (one.written is None) == (one.written_reason is not None)


@given(FACTS, st.sampled_from(GROUPS))
def test_more_people_and_groups_never_ask_for_less(facts: PracticeFacts, group: str) -> None:
    smaller = applicability(SHIPPED.standards, facts)
    larger = applicability(
        SHIPPED.standards, PracticeFacts(facts.profession, facts.people + 1, facts.staff_groups | {group}, facts.shared_by)
    )
    assert [n for n in smaller if smaller[n].relevant and not larger[n].relevant] == []
    assert [n for n in smaller if smaller[n].written and not larger[n].written] == []


@given(FACTS)
def test_the_edition_of_a_profession_says_the_same_as_the_library(facts: PracticeFacts) -> None:
    whole = applicability(SHIPPED.standards, facts)
    own = applicability(SHIPPED.edition_for(facts.profession).standards, facts)
    assert own == {number: one for number, one in whole.items() if number in own}
    assert {one.reason.code for number, one in whole.items() if number not in own and one.reason} == {ReasonCode.OTHER_PROFESSION}
