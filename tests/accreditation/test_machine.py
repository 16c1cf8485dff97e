"""The way of a survey: no path outside the table, every state reachable, and the database holds the same pairs."""

from collections import defaultdict
from itertools import pairwise

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from accreditation.enums import State
from accreditation.machine import EVERY_STATE, OVER, SYSTEM, TRANSITIONS, WINDOW, pairs, possible, step, steps
from accreditation.programmes import kinds
from accreditation.queries.guards import GUARDS
from kip.core.scope import Persona
from practices.enums import PERSONA_OF, Role

KINDS = {code: frozenset(kind.states) for code, kind in kinds().items()}
ROLES = (SYSTEM, *Role.values)


def reached(states: frozenset[str]) -> set[str]:
    """By walking every step from planned: written beside the machine's own iteration."""
    following = defaultdict(set)
    for item in steps(states):
        following[item.source.value].add(item.target.value)
    found, waiting = set(), ["planned"]
    while waiting:
        state = waiting.pop()
        if state not in found:
            found.add(state)
            waiting += following[state]
    return found


def test_every_state_is_reached_and_every_guard_exists() -> None:
    assert reached(EVERY_STATE) == set(State.values)
    named = {name for item in TRANSITIONS.values() for name in item.guards}
    assert named == set(GUARDS)
    assert {role for item in TRANSITIONS.values() for role in item.roles} <= set(ROLES)


@pytest.mark.parametrize("code", KINDS)
def test_every_state_of_a_kind_is_reached_in_it(code: str) -> None:
    assert reached(KINDS[code]) == set(KINDS[code])


def test_the_main_way_is_that_of_the_design() -> None:
    way = [
        "planned", "announced", "self_assessment", "documents_shared", "visit_confirmed", "on_site", "rating_complete",
        "report_draft", "in_hearing", "report_final", "decision", "provisional", "follow_up_open", "follow_up_received",
        "follow_up_rated", "in_hearing_2", "committee_round_2", "accredited_with_remarks", "published",
    ]  # fmt: skip
    known = {(source, target) for source, target, _persona in pairs(KINDS["full_survey"])}
    assert [pair for pair in pairwise(way) if pair not in known] == []
    assert ("report_final", "accredited") in known
    assert [source for source, target in known if target == "accredited"].count("decision") == 0


@given(st.sampled_from(sorted(KINDS)), st.lists(st.tuples(st.sampled_from(sorted(TRANSITIONS)), st.sampled_from(ROLES))))
def test_no_walk_leaves_the_table(code: str, tries: list[tuple[str, str]]) -> None:
    """Whoever tries whatever in whatever order: only a step of the table, by a role of it, moves the survey."""
    states, state = KINDS[code], "planned"
    for name, role in tries:
        found = step(name, state, states)
        if name not in possible(state, role, states):
            assert found is None or role not in TRANSITIONS[name].roles
            continue
        assert found is not None
        persona = "kip_worker" if role == SYSTEM else str(PERSONA_OF[Role(role)])
        assert (state, found.target.value, persona) in pairs(states)
        assert found.target in states
        state = found.target.value


def test_the_window_and_the_end_have_nothing_in_common() -> None:
    assert set(WINDOW) & set(OVER) == set()


@pytest.mark.django_db
def test_the_database_holds_the_same_pairs() -> None:
    wanted = set(pairs(EVERY_STATE)).union(*(pairs(states) for states in KINDS.values()))
    personas = [str(persona) for persona in Persona]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.s, a.s, p.s FROM unnest(%s::text[]) b(s), unnest(%s::text[]) a(s), unnest(%s::text[]) p(s)"
            " WHERE accreditation_step(b.s, a.s, p.s)",
            [State.values, State.values, personas],
        )
        held = set(cursor.fetchall())
    # The worker acts for anybody, along the same pairs.
    assert held == wanted | {(source, target, "kip_worker") for source, target, _persona in wanted}


@pytest.mark.django_db
def test_the_database_knows_the_same_window() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname IN ('accreditation_window', 'accreditation_visits') ORDER BY 1")
        body = " ".join(row[0] for row in cursor.fetchall())
    named = set(State.values) & {part for part in body.split("'") if part in State.values}
    assert named == set(WINDOW) | set(OVER)
