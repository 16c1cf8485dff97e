"""The programme kinds KIP ships, and what a kind may not say."""

from __future__ import annotations

from pathlib import Path

import pytest

from accreditation.enums import ProgrammeKind
from accreditation.machine import steps
from accreditation.programmes import kind, kinds, load_kinds, restore_kind
from accreditation.programmes.loading import FILE
from practices.enums import Profession
from tests.accreditation.broken_files import refusal


def test_the_kinds_are_those_the_surveys_know() -> None:
    assert list(kinds()) == [str(code) for code in ProgrammeKind]


@pytest.mark.parametrize(
    ("code", "rules", "covers", "hearing", "committee", "public"),
    [
        ("full_survey", "kip-ddkm", "all", True, True, True),
        ("focused_revisit", "kip-ddkm", "open", True, True, True),
        ("peer_visit", "kip-review", "chosen", False, False, False),
        ("cluster_review", "kip-review", "chosen", False, False, False),
        ("supervision_follow_up", "stps", "points", False, False, False),
    ],
)
def test_what_a_kind_is(code: str, rules: str, covers: str, hearing: bool, committee: bool, public: bool) -> None:
    found = kind(code)
    assert (found.rules.code, found.covers, found.hearing, found.committee, found.public) == (
        rules,
        covers,
        hearing,
        committee,
        public,
    )
    assert ("published" in found.states) == public


@pytest.mark.parametrize("code", ProgrammeKind)
def test_a_survey_of_a_kind_can_come_to_an_end_from_everywhere(code: str) -> None:
    states = kind(code).states
    ends = {"published", "reviewed", "withdrawn", "accredited", "accredited_with_remarks", "not_accredited"}
    moves: dict[str, set[str]] = {}
    for step in steps(states):
        moves.setdefault(step.source, set()).add(step.target)
    stuck = set(states) - ends
    while done := {state for state in stuck if moves.get(state, set()) - stuck}:
        stuck -= done
    assert stuck == set()


@pytest.mark.parametrize("code", ProgrammeKind)
def test_an_outcome_is_one_the_rules_give(code: str) -> None:
    found = kind(code)
    outcomes = {"accredited", "accredited_with_remarks", "not_accredited", "reviewed"}
    expected = {"reviewed"} if not found.committee else set(found.rules.statuses) - {"provisional"}
    assert set(found.states) & outcomes == expected


def test_teams_follow_the_published_sizes() -> None:
    full = kind("full_survey")
    sizes = {str(profession): (full.team_for(profession).least, full.team_for(profession).most) for profession in Profession}
    assert sizes == {
        "general_practice": (2, 2),
        "specialist_practice": (2, 2),
        "physiotherapy": (1, 2),
        "chiropractic": (1, 2),
        "psychology": (1, 1),
        "dentistry": (1, 2),
        "podiatry": (1, 2),
        "dental_hygiene": (1, 2),
    }


def test_the_notice_is_the_published_one() -> None:
    full = kind("full_survey")
    read = {
        str(profession): (clock.span.months, clock.basis)
        for profession in Profession
        for clock in [full.clock("notice", profession)]
        if clock.basis == "P"
    }
    assert read == {"general_practice": (12, "P"), "specialist_practice": (6, "P"), "psychology": (5, "P")}


def test_a_kind_can_be_stored_and_restored() -> None:
    for found in kinds().values():
        assert restore_kind(found.content()) == found
        assert restore_kind(found.content()).digest == found.digest


def test_a_clock_the_kind_does_not_have() -> None:
    with pytest.raises(KeyError):
        kind("peer_visit").clock("hearing")


FULL = "  rule_set: kip-ddkm\n  rule_set_version: 1\n  covers: all\n"
TEAM = "    psychology: {least: 1, most: 1, basis: P}\n"
PEERS = "    call: {basis: K, source: as at a full survey}\n"
BROKEN = {
    "unknown key": (
        FULL,
        FULL + "  colour: red\n",
        "144: the key colour is not known in this map.",
    ),
    "unknown rule set": (
        FULL,
        "  rule_set: kip-none\n  rule_set_version: 1\n  covers: all\n",
        "141: the kind full_survey names an unknown rule set kip-none version 1.",
    ),
    "unknown version": (
        FULL,
        "  rule_set: kip-ddkm\n  rule_set_version: 9\n  covers: all\n",
        "141: the kind full_survey names an unknown rule set kip-ddkm version 9.",
    ),
    "rules that never give the outcome": (
        FULL,
        "  rule_set: stps\n  rule_set_version: 1\n  covers: all\n",
        "153: the kind full_survey has the state provisional, which its rule set never gives.",
    ),
    "unknown covers": (
        FULL,
        "  rule_set: kip-ddkm\n  rule_set_version: 1\n  covers: some\n",
        "143: covers must be one of: all, open, chosen, points.",
    ),
    "unknown state": (
        "states: [planned, announced, dispensation_requested",
        "states: [planned, announced, hoping",
        "153: the kind full_survey names an unknown state hoping.",
    ),
    "state without a way to it": (
        "on_site, rating_complete, report_final, reviewed]",
        "on_site, rating_complete, report_final, reviewed, appealed]",
        "216: the kind cluster_review can never come to the state appealed.",
    ),
    "state twice": (
        "rating_complete, report_final, reviewed]",
        "rating_complete, report_final, reviewed, on_site]",
        "216: on_site is named twice.",
    ),
    "unknown profession": (
        TEAM,
        "    astrology: {least: 1, most: 1, basis: P}\n",
        "147: the kind full_survey names an unknown profession astrology.",
    ),
    "team turned round": (
        TEAM,
        "    psychology: {least: 3, most: 1, basis: P}\n",
        "152: a team has at most as many as `most`, which must not be below `least`.",
    ),
    "unknown clock": (
        PEERS,
        PEERS + "    lunch: {}\n",
        "201: the kind peer_visit names an unknown clock lunch.",
    ),
    "unknown key of a clock": (
        PEERS,
        "    call: {basis: K, colour: red}\n",
        "200: the key colour is not known in this map.",
    ),
    "clock that waits for ever": (
        PEERS,
        PEERS + "    hearing: {}\n",
        "201: the clock hearing waits for in_hearing, which the kind peer_visit never has.",
    ),
    "no basis": (
        "    basis: K\n    source: ratings are",
        "    source: ratings are",
        "56: basis is missing.",
    ),
    "two units": (
        "span: {months: 12}, basis: P, source: kap-s",
        "span: {months: 12, days: 1}, basis: P, source: kap-s",
        "18: a span is months, days or working_days: exactly one of them.",
    ),
    "profession of a clock": (
        "      psychology: {span",
        "      astrology: {span",
        "17: the clock notice names an unknown profession astrology.",
    ),
    "kind twice": (
        "- code: peer_visit",
        "- code: full_survey",
        "184: the kind full_survey is given twice.",
    ),
    "language missing": (
        "title: {da: Kollegabesøg, en: Peer visit}",
        "title: {da: Kollegabesøg}",
        "185: title.en is missing.",
    ),
    "state that the rules never give": (
        "on_site, rating_complete, report_final, reviewed]",
        "on_site, rating_complete, report_final, reviewed, provisional]",
        "216: the kind cluster_review has the state provisional, which its rule set never gives.",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_kind_that_cannot_be_run_is_refused(name: str, tmp_path: Path) -> None:
    old, new, message = BROKEN[name]
    assert refusal(load_kinds, FILE, tmp_path, (old, new)) == f"kinds.yaml:{message}"
