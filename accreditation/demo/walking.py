"""The way of one survey, step by step, each by the person whose it is and at its own moment."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from accreditation.actions import (
    deciding,
    following_up,
    hearing,
    planning,
    publishing,
    self_assessing,
    team,
    visiting,
)
from accreditation.actions.visiting import RatingEntry
from accreditation.demo.cast import Cast, as_
from accreditation.demo.filling import MET, PARTLY, answer_all, drawn_findings, rate_all, rng
from accreditation.demo.moments import at_hour, months, workdays
from accreditation.demo.texts import finding, texts
from accreditation.enums import TeamRole
from accreditation.models import Cycle, Decision, FollowUp, HearingPoint, StandardIndicator, Survey
from accreditation.queries import visible
from accreditation.queries.pinned import kind_of, kind_of_programme
from practices.acting import Acting
from practices.models import Practice

STAFF = {
    "general_practice": ("doctor", "nurse", "secretary"), "specialist_practice": ("doctor", "nurse", "secretary"),
    "physiotherapy": ("physiotherapist", "secretary"), "chiropractic": ("chiropractor", "secretary"),
    "psychology": ("psychologist",), "dentistry": ("dentist", "dental_assistant", "secretary"),
    "podiatry": ("podiatrist", "secretary"), "dental_hygiene": ("dental_hygienist", "dental_assistant"),
}  # fmt: skip


@dataclass
class Walk:
    """One survey and the people of it. team: lead first; open_ones: ratings below passing of the first round, by number."""

    cast: Cast
    seed: int
    survey: Survey
    team: Sequence[Acting]
    open_ones: Mapping[str, str] = field(default_factory=dict)

    @property
    def manager(self) -> Acting:
        return self.cast.manager(self.survey.practice)

    @property
    def office(self) -> Acting:
        return self.cast.offices[self.survey.practice.region_id]

    @property
    def lead(self) -> Acting:
        return self.team[0]

    @property
    def visit_on(self) -> dt.date:
        assert self.survey.visit_on is not None
        return self.survey.visit_on

    def pick(self, purpose: str, among: Sequence[str]) -> str:
        return among[int(rng(self.seed, self.survey, purpose).integers(len(among)))]

    # ---- before the visit

    def announce(self) -> None:
        """With as much notice as the kind asks for, and a fortnight more."""
        kind, profession = kind_of(self.survey), self.survey.practice.profession
        span = kind.clock("notice", profession).span.before(self.visit_on) if "notice" in kind.clocks else self.visit_on
        with as_(self.office, at_hour(workdays(span - dt.timedelta(days=14), 0), 10)) as by:
            planning.announce(by=by, survey=self.survey)

    def start(self, on: dt.date | None = None) -> None:
        practice = self.survey.practice
        with as_(self.manager, at_hour(on or workdays(months(self.visit_on, -3), 0), 12)) as by:
            self_assessing.describe_practice(
                by=by, survey=self.survey, people=2 * practice.clinicians, staff_groups=STAFF[practice.profession]
            )
            self_assessing.start(by=by, survey=self.survey)

    def fill(self, share: float = 1.0, on: dt.date | None = None) -> None:
        with as_(self.manager, at_hour(on or workdays(self.visit_on, -14), 14)) as by:
            answer_all(by=by, survey=self.survey, seed=self.seed, share=share)

    def share(self, on: dt.date | None = None) -> None:
        with as_(self.manager, at_hour(on or workdays(self.visit_on, -10), 15)) as by:
            self_assessing.share_documents(by=by, survey=self.survey)

    def confirm(self, on: dt.date | None = None) -> None:
        note = self.pick("call", texts()["call"])
        with as_(self.lead, at_hour(on or workdays(self.visit_on, -9), 9)) as by:
            visiting.log_call(by=by, survey=self.survey, spoke_with="Sekretæren", note=note)
            visiting.confirm_visit(by=by, survey=self.survey)

    # ---- the visit and its report

    def begin(self) -> None:
        with as_(self.lead, at_hour(self.visit_on, 9)) as by:
            visiting.begin_visit(by=by, survey=self.survey)

    def draw(self, wanted: int, critical: bool = False, worst: str = PARTLY) -> None:
        """Choose so many indicators for a rating below passing. None is chosen where `wanted` is 0."""
        with as_(self.lead, at_hour(self.visit_on, 10)):
            chosen = drawn_findings(self.survey, self.seed, wanted, critical=critical) if wanted else []
        self.open_ones = {row.number: worst for row in chosen}

    def rate(self, share: float = 1.0) -> None:
        with as_(self.lead, at_hour(self.visit_on, 11)) as by:
            rate_all(by=by, survey=self.survey, seed=self.seed, open_ones=self.open_ones, share=share)

    def complete(self) -> None:
        with as_(self.lead, at_hour(self.visit_on, 15)) as by:
            visiting.complete_rating(by=by, survey=self.survey)

    def draft(self, days: int = 2) -> None:
        said = texts()["summaries"]
        chosen = said[int(rng(self.seed, self.survey, "summary").integers(len(said)))]
        with as_(self.lead, at_hour(workdays(self.visit_on, days), 10)) as by:
            visiting.summarise(by=by, survey=self.survey, **chosen)
            visiting.draft_report(by=by, survey=self.survey)

    def agree(self, days: int = 3, dissent: str = "") -> None:
        for who in self.team[1:]:
            with as_(who, at_hour(workdays(self.visit_on, days), 9)) as by:
                visiting.agree(by=by, survey=self.survey, dissent=dissent)

    def send(self, days: int = 4) -> None:
        with as_(self.lead, at_hour(workdays(self.visit_on, days), 13)) as by:
            visiting.send_hearing(by=by, survey=self.survey)

    def object(self, points: Sequence[Mapping[str, str]], days: int = 6) -> None:
        """The practice's points, each about an indicator that is open, or about the report as a whole."""
        with as_(self.manager, at_hour(workdays(self.visit_on, days), 10)) as by:
            for point in points:
                hearing.add_point(by=by, survey=self.survey, text=point["text"], indicator=self.indicator(point.get("indicator")))

    def answer_points(self, points: Sequence[Mapping[str, str]], days: int = 9) -> None:
        with as_(self.lead, at_hour(workdays(self.visit_on, days), 10)) as by:
            for row, said in zip(HearingPoint.objects.filter(survey=self.survey).order_by("number"), points, strict=True):
                entry = None
                if "rating" in said and row.indicator is not None:
                    base = self.survey.surveyorrating_set.filter(indicator=row.indicator).latest("revision").pk
                    entry = RatingEntry(row.indicator, said["rating"], said["reason"], base=base)
                hearing.answer_point(by=by, point=row, answer=said["answer"], outcome=said["outcome"], entry=entry)

    def reply(self, on: dt.date) -> None:
        with as_(self.manager, at_hour(on, 11)) as by:
            hearing.reply(by=by, survey=self.survey)

    def finish(self, on: dt.date) -> None:
        with as_(self.lead, at_hour(on, 14)) as by:
            hearing.finish_hearing(by=by, survey=self.survey)

    def heard(self, days: int = 7) -> None:
        """A hearing without points."""
        self.reply(workdays(self.visit_on, days))
        self.finish(workdays(self.visit_on, days + 1))

    # ---- decision, second round, publication

    def accredit(self, on: dt.date) -> None:
        with as_(self.office, at_hour(on, 10)) as by:
            deciding.decide_administratively(by=by, survey=self.survey)

    def refer(self, on: dt.date) -> None:
        with as_(self.office, at_hour(on, 10)) as by:
            deciding.refer_to_committee(by=by, survey=self.survey)

    def open_follow_up(self, on: dt.date) -> None:
        with as_(self.office, at_hour(on, 10)) as by:
            following_up.open_follow_up(by=by, survey=self.survey)

    def follow_up(self, on: dt.date, send: bool = True) -> None:
        with as_(self.manager, at_hour(on, 13)) as by:
            for row in self.follow_ups():
                following_up.answer_follow_up(by=by, follow_up=row, text=finding(row.indicator.number, "answer"))
            if send:
                following_up.send_follow_up(by=by, survey=self.survey)

    def rate_again(self, on: dt.date, still: int = 0, worst: str = PARTLY) -> None:
        """Rate what was open again: the first `still` of them stay below passing."""
        with as_(self.lead, at_hour(on, 10)) as by:
            for place, row in enumerate(self.follow_ups()):
                kept = place < still
                part, rating = ("still", worst) if kept else ("again", MET)
                entry = RatingEntry(row.indicator, rating, finding(row.indicator.number, part))
                following_up.rate_again(by=by, survey=self.survey, entry=entry)
            following_up.complete_follow_up(by=by, survey=self.survey)

    def send_again(self, on: dt.date) -> None:
        with as_(self.lead, at_hour(on, 11)) as by:
            visiting.summarise(by=by, survey=self.survey, **texts()["second_summary"])
        for who in self.team[1:]:
            with as_(who, at_hour(on, 12)) as by:
                visiting.agree(by=by, survey=self.survey)
        with as_(self.lead, at_hour(on, 13)) as by:
            visiting.send_hearing(by=by, survey=self.survey)

    def tell(self, on: dt.date) -> None:
        decision = Decision.objects.filter(survey=self.survey)
        with as_(self.office, at_hour(on, 12)) as by:
            publishing.tell_practice(by=by, decision=decision.latest("at", "pk"))

    def publish(self, on: dt.date) -> None:
        with as_(self.office, at_hour(on, 13)) as by:
            publishing.publish(by=by, survey=self.survey)

    # ---- what is looked up

    def follow_ups(self) -> list[FollowUp]:
        return list(
            FollowUp.objects.filter(survey=self.survey).select_related("indicator", "survey").order_by("indicator__position")
        )

    def indicator(self, number: str | None) -> StandardIndicator | None:
        return StandardIndicator.objects.get(edition=self.survey.edition_id, number=number) if number else None

    def steps(self, *names: str) -> None:
        """Take these steps, each on its usual day."""
        for name in names:
            step: Callable[[], None] = getattr(self, name)
            step()


def planned(cast: Cast, seed: int, cycle: Cycle, practice: Practice, visit_on: dt.date, **more: object) -> Walk:
    """A planned survey with a team of the pool; `surveyors` names another team, lead first."""
    surveyors = more.pop("surveyors", None) or pool(cast, practice)
    kind = kind_of_programme(cycle.programme)
    size = min(len(surveyors), kind.team_for(practice.profession).most)
    office, colleague = cast.offices[practice.region_id], cast.colleagues[practice.region_id]
    moment = at_hour(workdays(months(visit_on, -15), 0), 9)
    with as_(colleague, moment) as by:
        made = planning.plan_survey(by=by, cycle=cycle, practice=practice, visit_on=visit_on, **more)
        survey = visible.survey(by, made.pk)
        chosen = list(surveyors)[:size]
        for who, role in zip(chosen, (TeamRole.LEAD, TeamRole.SECOND), strict=False):
            team.assign(by=by, survey=survey, user_id=who.scope.user_id or 0, role=role)
    assert office.scope.region_id == practice.region_id
    for who in chosen:
        with as_(who, moment + dt.timedelta(days=1)) as by:
            for row in survey.assignment_set.filter(user_id=by.scope.user_id):
                team.accept(by=by, assignment=row)
    return Walk(cast, seed, survey, chosen)


def pool(cast: Cast, practice: Practice) -> tuple[Acting, ...]:
    return cast.surveyors[practice.profession]
