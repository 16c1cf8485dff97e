"""The way of a survey as a table: what may happen, from where to where, by whom, on which conditions.

Source: design of the accreditation process, section 2. The database holds the same pairs (migration 0002); a test compares.
A kind of survey may leave states out; a step into such a state goes on to the next one that the kind has.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from accreditation.enums import State
from practices.enums import PERSONA_OF, PRACTICE_ROLES, Role

SYSTEM = "system"
MANAGER = frozenset({Role.PRACTICE_MANAGER.value})
PRACTICE = frozenset(PRACTICE_ROLES)
TEAM = frozenset({Role.SURVEYOR.value})
OFFICE = frozenset({Role.REGIONAL_ADMINISTRATOR.value})
COMMITTEE = frozenset({Role.COMMITTEE_MEMBER.value})
CLOCK = frozenset({SYSTEM})
S = State
MAY_CLOSE = (
    S.PLANNED, S.ANNOUNCED, S.SELF_ASSESSMENT, S.DOCUMENTS_SHARED, S.VISIT_CONFIRMED, S.ON_SITE, S.FOLLOW_UP_OPEN,
    S.DISPENSATION_REQUESTED, S.DISPENSED, S.DISPENSATION_REFUSED, S.POSTPONED,
)  # fmt: skip
BEFORE_VISIT = (S.ANNOUNCED, S.SELF_ASSESSMENT, S.DOCUMENTS_SHARED, S.VISIT_CONFIRMED)
DECIDED = (S.ACCREDITED, S.ACCREDITED_WITH_REMARKS, S.NOT_ACCREDITED)
# A surveyor sees what the practice shared, and the team's own work, in these states and in no other.
WINDOW = (
    S.DOCUMENTS_SHARED, S.VISIT_CONFIRMED, S.ON_SITE, S.RATING_COMPLETE, S.REPORT_DRAFT, S.IN_HEARING,
    S.FOLLOW_UP_RECEIVED, S.FOLLOW_UP_RATED, S.IN_HEARING_2,
)  # fmt: skip
# After these a surveyor's visit is over: not even its name is shown.
OVER = (*DECIDED, S.REVIEWED, S.PUBLISHED, S.WITHDRAWN, S.DISPENSED, S.APPEALED)
# Where a step goes on to when the kind leaves its target out.
ONWARDS: Mapping[State, State] = {
    S.ANNOUNCED: S.SELF_ASSESSMENT,
    S.SELF_ASSESSMENT: S.DOCUMENTS_SHARED,
    S.DOCUMENTS_SHARED: S.VISIT_CONFIRMED,
    S.VISIT_CONFIRMED: S.ON_SITE,
    S.ON_SITE: S.RATING_COMPLETE,
    S.RATING_COMPLETE: S.REPORT_DRAFT,
    S.REPORT_DRAFT: S.IN_HEARING,
    S.IN_HEARING: S.REPORT_FINAL,
    S.REPORT_FINAL: S.DECISION,
    S.DECISION: S.PROVISIONAL,
    S.PROVISIONAL: S.FOLLOW_UP_OPEN,
    S.FOLLOW_UP_OPEN: S.FOLLOW_UP_RECEIVED,
    S.FOLLOW_UP_RECEIVED: S.FOLLOW_UP_RATED,
    S.FOLLOW_UP_RATED: S.IN_HEARING_2,
    S.IN_HEARING_2: S.COMMITTEE_ROUND_2,
    S.COMMITTEE_ROUND_2: S.REVIEWED,
}


@dataclass(frozen=True)
class Transition:
    """One kind of step. guards: names in accreditation.queries.guards. Clocks name the states they run between themselves."""

    name: str
    sources: tuple[State, ...]
    target: State
    roles: frozenset[str]
    guards: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """A transition from one state to one state, as a kind of survey has it."""

    transition: Transition
    source: State
    target: State


_TABLE = (
    Transition(
        "announce", (S.PLANNED,), S.ANNOUNCED, OFFICE, ("team_is_ready", "notice_is_long_enough"),
    ),
    Transition("start_self_assessment", (S.ANNOUNCED,), S.SELF_ASSESSMENT, PRACTICE | CLOCK),
    Transition(
        "share_documents", (S.SELF_ASSESSMENT,), S.DOCUMENTS_SHARED, MANAGER, ("everything_answered",),
    ),
    Transition(
        "documents_due", (S.SELF_ASSESSMENT,), S.DOCUMENTS_SHARED, CLOCK, ("documents_are_due",)
    ),
    Transition("confirm_visit", (S.DOCUMENTS_SHARED,), S.VISIT_CONFIRMED, TEAM, ("call_is_logged",)),
    Transition("begin_visit", (S.VISIT_CONFIRMED,), S.ON_SITE, TEAM, ("visit_day_has_come",)),
    Transition(
        "complete_rating", (S.ON_SITE,), S.RATING_COMPLETE, TEAM, ("everything_rated", "no_conflict_waits"),
    ),
    Transition("draft_report", (S.RATING_COMPLETE,), S.REPORT_DRAFT, TEAM, ("no_conflict_waits",)),
    Transition(
        "send_hearing", (S.REPORT_DRAFT,), S.IN_HEARING, TEAM, ("everything_rated", "no_conflict_waits", "team_has_spoken"),
    ),
    Transition(
        "finish_hearing", (S.IN_HEARING,), S.REPORT_FINAL, TEAM,
        ("hearing_is_over", "every_point_answered", "everything_rated", "no_conflict_waits"),
    ),
    Transition("decide_administratively", (S.REPORT_FINAL,), S.ACCREDITED, OFFICE | CLOCK, ("nothing_is_open",)),
    Transition("refer_to_committee", (S.REPORT_FINAL,), S.DECISION, OFFICE | CLOCK, ("something_is_open",)),
    Transition("conclude", (S.REPORT_FINAL,), S.REVIEWED, OFFICE | CLOCK),
    Transition("decide_provisionally", (S.DECISION,), S.PROVISIONAL, COMMITTEE, ("committee_may_decide",)),
    Transition("open_follow_up", (S.PROVISIONAL,), S.FOLLOW_UP_OPEN, OFFICE | CLOCK),
    Transition("send_follow_up", (S.FOLLOW_UP_OPEN,), S.FOLLOW_UP_RECEIVED, MANAGER, ("every_follow_up_answered",)),
    Transition("follow_up_missed", (S.FOLLOW_UP_OPEN,), S.COMMITTEE_ROUND_2, CLOCK, ("follow_up_is_overdue",)),
    Transition(
        "complete_follow_up", (S.FOLLOW_UP_RECEIVED,), S.FOLLOW_UP_RATED, TEAM, ("every_follow_up_rated", "no_conflict_waits")
    ),
    Transition(
        "send_hearing_2", (S.FOLLOW_UP_RATED,), S.IN_HEARING_2, TEAM,
        ("every_follow_up_rated", "no_conflict_waits", "team_has_spoken"),
    ),
    Transition(
        "finish_hearing_2", (S.IN_HEARING_2,), S.COMMITTEE_ROUND_2, TEAM,
        ("hearing_is_over", "every_point_answered", "every_follow_up_rated", "no_conflict_waits"),
    ),
    *(
        Transition(f"decide_{target}", (S.COMMITTEE_ROUND_2, S.APPEALED), target, COMMITTEE, ("committee_may_decide",))
        for target in DECIDED
    ),
    Transition("publish", (*DECIDED, S.REVIEWED), S.PUBLISHED, OFFICE, ("practice_has_been_told", "region_publishes")),
    Transition(
        "request_dispensation", (S.ANNOUNCED, S.SELF_ASSESSMENT), S.DISPENSATION_REQUESTED, MANAGER, ("within_dispensation_time",)
    ),
    Transition("grant_dispensation", (S.DISPENSATION_REQUESTED,), S.DISPENSED, OFFICE),
    Transition("refuse_dispensation", (S.DISPENSATION_REQUESTED,), S.DISPENSATION_REFUSED, OFFICE),
    Transition("resume_after_refusal", (S.DISPENSATION_REFUSED,), S.SELF_ASSESSMENT, PRACTICE | OFFICE | CLOCK),
    Transition("dispensation_lapsed", (S.DISPENSED,), S.PLANNED, OFFICE | CLOCK, ("closing_is_not_confirmed",)),
    Transition("postpone", BEFORE_VISIT, S.POSTPONED, OFFICE),
    Transition("reschedule", (S.POSTPONED,), S.ANNOUNCED, OFFICE, ("team_is_ready",)),
    Transition("withdraw", MAY_CLOSE, S.WITHDRAWN, OFFICE | CLOCK),
    Transition("appeal", (S.ACCREDITED_WITH_REMARKS, S.NOT_ACCREDITED, S.PUBLISHED), S.APPEALED, MANAGER, ("may_be_appealed",)),
)  # fmt: skip
TRANSITIONS: Mapping[str, Transition] = {item.name: item for item in _TABLE}
EVERY_STATE = frozenset(State)


def _landing(target: State, states: Collection[str]) -> State | None:
    """The target itself, or the first state after it that the kind has."""
    found: State | None = target
    while found is not None and found not in states:
        found = ONWARDS.get(found)
    return found


def steps(states: Collection[str] = EVERY_STATE) -> Iterator[Step]:
    """Every step of a kind with these states. One that lands by leaving states out gives way to one that aims there."""
    aimed = {(source, item.target) for item in TRANSITIONS.values() for source in item.sources}
    for transition in TRANSITIONS.values():
        target = _landing(transition.target, states)
        for source in transition.sources:
            there = target is not None and target != source and source in states
            if there and (target == transition.target or (source, target) not in aimed):
                yield Step(transition, source, target)


def step(name: str, source: str, states: Collection[str] = EVERY_STATE) -> Step | None:
    """The step of that name from that state, or None."""
    return next((item for item in steps(states) if item.transition.name == name and item.source == source), None)


def possible(source: str, role: str, states: Collection[str] = EVERY_STATE) -> tuple[str, ...]:
    """Names of the transitions that a role may try from a state; the guards decide later."""
    return tuple(item.transition.name for item in steps(states) if item.source == source and role in item.transition.roles)


def pairs(states: Collection[str] = EVERY_STATE) -> frozenset[tuple[str, str, str]]:
    """(from, to, database role) of every step; what the clock does, the worker does."""
    return frozenset(
        (item.source.value, item.target.value, str(PERSONA_OF[Role(role)]) if role != SYSTEM else "kip_worker")
        for item, role in ((item, role) for item in steps(states) for role in item.transition.roles)
    )
