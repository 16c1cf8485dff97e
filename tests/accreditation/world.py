"""A small accreditation world: practices of two regions, offices, surveyors, a committee, and the way a survey walks."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model
from django.utils import timezone

from accreditation.actions import (
    committee,
    deciding,
    following_up,
    hearing,
    planning,
    publishing,
    self_assessing,
    team,
    visiting,
)
from accreditation.actions.library import store
from accreditation.actions.moving import SYSTEM
from accreditation.actions.self_assessing import Answer
from accreditation.actions.visiting import RatingEntry
from accreditation.enums import State, TeamRole
from accreditation.models import (
    AgendaItem,
    CommitteeMember,
    Cycle,
    FollowUp,
    Programme,
    RegionRule,
    StandardIndicator,
    Survey,
)
from accreditation.queries.relevance import asked
from kip.core.scope import WORKER, activate
from practices.acting import Acting, acting_as
from practices.enums import PRACTICE_ROLES, REGION_ROLES, Role
from practices.models import Membership, Practice, Region, User
from tests.accreditation.library.small_library import small

PASSWORD = "prøve-kodeord-1"
START = dt.date(2020, 1, 1)
NOTICE = dt.timedelta(days=400)  # longer than any profession's notice
Places = Mapping[str, Region | Practice]


@dataclass
class World:
    """Everybody acts through `as_`: the scope of the person, as on a page."""

    places: Places
    people: dict[str, Acting] = field(default_factory=dict)

    def person(self, name: str, role: str, place: str | None = None) -> Acting:
        """The acting of a person with one membership, made when first asked for."""
        if name not in self.people:
            with activate(WORKER):
                user = User.objects.create_user(f"{name}@akk.example", PASSWORD, name=name)
                where = self.places[place] if place else None
                member = Membership.objects.create(
                    user=user,
                    role=role,
                    valid_from=START,
                    practice=where if Role(role) in PRACTICE_ROLES else None,
                    region=where if Role(role) in REGION_ROLES else None,
                )
                self.people[name] = acting_as(member)
        return self.people[name]

    @property
    def office(self) -> Acting:
        return self.person("kontor", Role.REGIONAL_ADMINISTRATOR, "north")

    @property
    def manager(self) -> Acting:
        return self.person("leder", Role.PRACTICE_MANAGER, "north_1")

    @property
    def lead(self) -> Acting:
        return self.person("surveyor", Role.SURVEYOR)

    @property
    def second(self) -> Acting:
        return self.person("kollega", Role.SURVEYOR)

    @property
    def member(self) -> Acting:
        return self.person("medlem", Role.COMMITTEE_MEMBER)

    @contextmanager
    def as_(self, who: Acting) -> Iterator[Acting]:
        with activate(who.scope):
            yield who

    def programme(self, kind: str = "full_survey", profession: str = "general_practice") -> Programme:
        with activate(WORKER):
            if not Programme.objects.exists():
                store(small(1), professions=("general_practice", "physiotherapy"))
                RegionRule.objects.create(region=self.places["north"], publishes=True)
            return Programme.objects.get(kind=kind, profession=profession, retired_at=None)

    def planned(
        self, place: str = "north_1", *, kind: str = "full_survey", focus: tuple[str, ...] = (), previous: Survey | None = None
    ) -> Survey:
        """A planned survey with a team of two, whose visit is far enough away."""
        practice = self.places[place]
        programme = self.programme(kind, practice.profession)
        with activate(WORKER):
            today = timezone.localdate()
            before = Survey.objects.filter(practice=practice, programme=programme).count()  # a practice is once in a cycle
            cycle, _made = Cycle.objects.get_or_create(
                region_id=practice.region_id, programme=programme, number=1 + before,
                defaults={"first_day": today, "last_day": today + dt.timedelta(days=1095), "order": "listed"},
            )  # fmt: skip
            survey = planning.plan_survey(
                by=SYSTEM, cycle=cycle, practice=practice, visit_on=today + NOTICE, focus=focus, previous=previous
            )
            for who, role in ((self.lead, TeamRole.LEAD), (self.second, TeamRole.SECOND)):
                user_id = who.scope.user_id or 0
                team.save_profile(by=SYSTEM, user_id=user_id, professions=[practice.profession], languages=["da"])
                team.assign(by=SYSTEM, survey=survey, user_id=user_id, role=role)
        return survey

    def walked(self, state: str, place: str = "north_1", worst: str = "met", again: str = "met", **more: Any) -> Survey:
        """A survey in that state of the way from planning to publication.

        worst: the rating of one indicator in the first round, the others are met; again: its rating in the second.
        """
        survey = self.planned(place, **more)
        walk = Walk(self, survey, worst, again)
        for step in walk.steps():
            if survey.state == state:
                return fresh(survey)
            step()
        assert survey.state == state, f"the walk ends in {survey.state}"
        return fresh(survey)


def fresh(row: Any) -> Any:
    with activate(WORKER):
        return type(row).objects.get(pk=row.pk)


def row_of(model: type[Model], **wanted: Any) -> Any:
    with activate(WORKER):
        return model.objects.get(**wanted)


@dataclass
class Walk:
    """The way of one survey, each step by the person whose it is."""

    world: World
    survey: Survey
    worst: str
    again: str

    def steps(self) -> Iterator[Callable[[], None]]:
        """The states follow from the ratings: with nothing open there is neither committee nor second round."""
        yield self.announce
        yield self.start
        yield self.share
        yield self.confirm
        yield self.begin
        yield self.rate
        yield self.draft
        yield self.send
        yield self.finish
        if self.worst in ("met", "largely_met"):
            yield self.accredit
        else:
            yield self.refer
            yield self.decide_provisionally
            yield self.open_follow_up
            yield self.follow_up
            yield self.rate_again
            yield self.send
            yield self.finish
            yield self.decide_finally
        yield self.publish

    def announce(self) -> None:
        with self.world.as_(self.world.office) as by:
            planning.announce(by=by, survey=self.survey)

    def start(self) -> None:
        with self.world.as_(self.manager) as by:
            self_assessing.start(by=by, survey=self.survey)

    @property
    def manager(self) -> Acting:
        place = next(name for name, row in self.world.places.items() if row == self.survey.practice)
        return self.world.manager if place == "north_1" else self.world.person(f"leder {place}", Role.PRACTICE_MANAGER, place)

    def share(self) -> None:
        with self.world.as_(self.manager) as by:
            for indicator in asked(self.survey):
                self_assessing.answer(by=by, survey=self.survey, indicator=indicator, given=Answer("met", done=True))
            self_assessing.share_documents(by=by, survey=self.survey)

    def confirm(self) -> None:
        with self.world.as_(self.world.lead) as by:
            visiting.log_call(by=by, survey=self.survey, spoke_with="Sekretæren")
            visiting.confirm_visit(by=by, survey=self.survey)

    def begin(self) -> None:
        with activate(WORKER):
            Survey.objects.filter(pk=self.survey.pk).update(visit_on=timezone.localdate())
        with self.world.as_(self.world.lead) as by:
            visiting.begin_visit(by=by, survey=self.survey)

    def rate(self) -> None:
        with self.world.as_(self.world.lead) as by:
            for place, indicator in enumerate(asked(self.survey)):
                self.one(by, indicator, self.worst if place == 0 else "met")
            visiting.complete_rating(by=by, survey=self.survey)

    def one(self, by: Acting, indicator: StandardIndicator, rating: str) -> None:
        visiting.rate(by=by, survey=self.survey, entry=RatingEntry(indicator, rating, reason="Det så vi."))

    def draft(self) -> None:
        with self.world.as_(self.world.lead) as by:
            visiting.draft_report(by=by, survey=self.survey)

    def send(self) -> None:
        with self.world.as_(self.world.second) as by:
            visiting.agree(by=by, survey=self.survey)
        with self.world.as_(self.world.lead) as by:
            visiting.send_hearing(by=by, survey=self.survey)

    def finish(self) -> None:
        with self.world.as_(self.manager) as by:
            hearing.reply(by=by, survey=self.survey)
        with self.world.as_(self.world.lead) as by:
            hearing.finish_hearing(by=by, survey=self.survey)

    def accredit(self) -> None:
        with self.world.as_(self.world.office) as by:
            deciding.decide_administratively(by=by, survey=self.survey)

    def refer(self) -> None:
        with self.world.as_(self.world.office) as by:
            deciding.refer_to_committee(by=by, survey=self.survey)

    def decide_provisionally(self) -> None:
        self.decide(State.PROVISIONAL)

    def decide_finally(self) -> None:
        self.decide(State.ACCREDITED if self.again in ("met", "largely_met") else State.ACCREDITED_WITH_REMARKS)

    def decide(self, status: str) -> None:
        item = case_for(self.world, self.survey)
        with self.world.as_(self.world.member) as by:
            deciding.decide(by=by, item=item, status=status)
        self.survey.state = fresh(self.survey).state

    def open_follow_up(self) -> None:
        with self.world.as_(self.world.office) as by:
            following_up.open_follow_up(by=by, survey=self.survey)

    def follow_up(self) -> None:
        with self.world.as_(self.manager) as by:
            for row in FollowUp.objects.filter(survey=self.survey):
                following_up.answer_follow_up(by=by, follow_up=row, text="Det er rettet.")
            following_up.send_follow_up(by=by, survey=self.survey)

    def rate_again(self) -> None:
        with self.world.as_(self.world.lead) as by:
            for row in FollowUp.objects.filter(survey=self.survey).select_related("indicator"):
                entry = RatingEntry(row.indicator, self.again, reason="Det så vi nu.")
                following_up.rate_again(by=by, survey=self.survey, entry=entry)
            following_up.complete_follow_up(by=by, survey=self.survey)

    def publish(self) -> None:
        with self.world.as_(self.world.office) as by:
            decision = self.survey.decision_set.order_by("-at", "-pk").first()
            publishing.tell_practice(by=by, decision=decision)
            publishing.publish(by=by, survey=self.survey)


def case_for(world: World, survey: Survey, kind: str = "") -> AgendaItem:
    """The survey's case on a sent agenda, with the world's member present."""
    user_id = world.member.scope.user_id
    with activate(WORKER):
        seat, _made = CommitteeMember.objects.get_or_create(
            user_id=user_id, last_day=None,
            defaults={"professions": ["general_practice"], "chair": True, "first_day": START},
        )  # fmt: skip
    with world.as_(world.office) as by:
        meeting = committee.call_meeting(by=by, held_on=timezone.localdate(), members=[seat])
        item = committee.put_on_agenda(by=by, meeting=meeting, survey=survey, kind=kind)
        committee.send_agenda(by=by, meeting=meeting)
        committee.set_present(by=by, seat=meeting.seats.get(), present=True)
    return fresh(item)
