"""Plots from the final report on: decisions, committee, follow-up, publication, and the other kinds of survey."""

from accreditation.actions import committee, deciding, following_up, publishing, sampling, self_assessing, visiting
from accreditation.actions.visiting import RatingEntry
from accreditation.demo import meetings
from accreditation.demo.cast import as_
from accreditation.demo.filling import NOT, PARTLY
from accreditation.demo.meetings import Case
from accreditation.demo.moments import at_hour, workdays
from accreditation.demo.stage import Stage, plot
from accreditation.demo.texts import finding, texts
from accreditation.demo.walking import Walk
from accreditation.models import AgendaItem, Publication, Survey
from accreditation.queries.pinned import rules_of
from accreditation.queries.relevance import asked
from practices.models import Practice

BEFORE_SECOND = 110  # working days from the visit to the second meeting of a survey that is walked without pause


def provisional_since(
    stage: Stage, practice: Practice, days_ago: int, *, findings: int = 2, own: bool = False, **more: object
) -> Walk:
    """A survey that the committee decided provisionally so many working days ago."""
    walk = stage.walk(practice, stage.day(-days_ago - 25), own=own)
    walk.steps("announce", "start", "fill", "share", "confirm", "begin")
    walk.draw(findings, **more)  # type: ignore[arg-type]
    walk.steps("rate", "complete", "draft", "agree", "send", "heard")
    walk.refer(stage.day(-days_ago - 14))
    meetings.hold(stage.cast, practice.region_id, stage.day(-days_ago), [Case(walk, "provisional")])
    return walk


def received_since(stage: Stage, practice: Practice, days_ago: int, *, own: bool = False, **more: object) -> Walk:
    """As above, with the follow-up received so many working days ago."""
    walk = provisional_since(stage, practice, days_ago + 80, own=own, **more)
    walk.tell(stage.day(-days_ago - 79))
    walk.open_follow_up(stage.day(-days_ago - 79))
    walk.follow_up(stage.day(-days_ago))
    return walk


def before_committee_again(
    stage: Stage, practice: Practice, days_ago: int, *, still: int = 0, worst: str = PARTLY, **more: object
) -> Walk:
    """As above, heard again and before the committee for the second time since so many working days."""
    walk = received_since(stage, practice, days_ago + 12, worst=worst, **more)
    walk.rate_again(stage.day(-days_ago - 6), still=still, worst=worst)
    walk.send_again(stage.day(-days_ago - 5))
    walk.reply(stage.day(-days_ago - 2))
    walk.finish(stage.day(-days_ago))
    return walk


def decided_again(stage: Stage, practice: Practice, days_ago: int, status: str, reason: str = "", **more: object) -> Walk:
    """Decided for good so many working days ago, and the practice told the day after."""
    walk = before_committee_again(stage, practice, days_ago + 8, **more)  # type: ignore[arg-type]
    meetings.hold(stage.cast, practice.region_id, stage.day(-days_ago), [Case(walk, status, reason)])
    walk.tell(stage.day(-days_ago + 1))
    return walk


@plot()
def report_final(stage: Stage, practice: Practice) -> None:
    """Nothing is open: the office that signs in can decide by rule."""
    stage.reported(practice, 10)


@plot()
def report_final_open(stage: Stage, practice: Practice) -> None:
    stage.reported(practice, 11, findings=2)


@plot()
def first_round_on_agenda(stage: Stage, practice: Practice) -> None:
    walk = stage.reported(practice, 20, findings=3)
    walk.refer(stage.day(-9))
    stage.cases.append(walk)


@plot()
def second_round_on_agenda(stage: Stage, practice: Practice) -> None:
    stage.cases.append(before_committee_again(stage, practice, 9, still=1))


@plot()
def waits_for_a_meeting(stage: Stage, practice: Practice) -> None:
    """Referred, and on an agenda that has not been sent."""
    walk = stage.reported(practice, 18, findings=1)
    walk.refer(stage.day(-7))
    meetings.call(stage.cast, practice.region_id, stage.day(25), [walk], send=False)


@plot()
def provisional(stage: Stage, practice: Practice) -> None:
    provisional_since(stage, practice, 1)


@plot("chiropractic")
def follow_up_open(stage: Stage, practice: Practice) -> None:
    """Three weeks are left of the six months; one of the answers is written."""
    walk = provisional_since(stage, practice, 108)
    walk.tell(stage.day(-107))
    walk.open_follow_up(stage.day(-107))
    with as_(walk.manager, at_hour(stage.day(-3), 10)) as by:
        row = walk.follow_ups()[0]
        following_up.answer_follow_up(by=by, follow_up=row, text=finding(row.indicator.number, "answer"))


@plot()
def follow_up_received(stage: Stage, practice: Practice) -> None:
    """The surveyors who sign in are to rate what came in."""
    received_since(stage, practice, 2, own=True)


@plot()
def follow_up_rated(stage: Stage, practice: Practice) -> None:
    received_since(stage, practice, 8).rate_again(stage.day(-2))


@plot()
def in_hearing_2(stage: Stage, practice: Practice) -> None:
    walk = received_since(stage, practice, 12)
    walk.rate_again(stage.day(-6))
    walk.send_again(stage.day(-3))


@plot("podiatry")
def accredited(stage: Stage, practice: Practice) -> None:
    """Decided by rule and told; it is to be published within the week."""
    walk = stage.reported(practice, 14)
    walk.accredit(stage.day(-2))
    walk.tell(stage.day(-1))


@plot()
def publication_late(stage: Stage, practice: Practice) -> None:
    walk = stage.reported(practice, 30)
    walk.accredit(stage.day(-14))
    walk.tell(stage.day(-13))


@plot("dentistry")
def with_remarks(stage: Stage, practice: Practice) -> None:
    """The practice that signs in may still complain of the decision."""
    decided_again(stage, practice, 4, "accredited_with_remarks", still=1)


@plot()
def not_accredited(stage: Stage, practice: Practice) -> None:
    decided_again(stage, practice, 3, "not_accredited", still=1, worst=NOT, critical=True)


@plot()
def departure_and_revisit(stage: Stage, practice: Practice) -> None:
    """Published with remarks against the rules' recommendation, with the committee's reason.

    The day after tomorrow a focused re-visit rates again what stayed open.
    """
    former = decided_again(
        stage, practice, 80, "accredited_with_remarks", texts()["departure"], still=1, worst=NOT, critical=True
    )  # fmt: skip
    former.publish(stage.day(-76))
    walk = stage.walk(practice, stage.day(2), kind="focused_revisit", own=True, previous=former.survey)
    walk.steps("announce", "start")
    walk.confirm(on=stage.day(-5))


@plot()
def appealed(stage: Stage, practice: Practice) -> None:
    """The practice complained, and the case is on the sent agenda again."""
    walk = decided_again(stage, practice, 14, "accredited_with_remarks", still=1)
    with as_(walk.manager, at_hour(stage.day(-7), 10)) as by:
        deciding.appeal(by=by, survey=walk.survey, reason=texts()["appeal"])
    stage.cases.append(walk)


@plot()
def published(stage: Stage, practice: Practice) -> None:
    """Published, taken back for a mistake, and published anew."""
    walk = stage.reported(practice, 60)
    walk.accredit(stage.day(-45))
    walk.tell(stage.day(-44))
    walk.publish(stage.day(-43))
    with as_(walk.office, at_hour(stage.day(-40), 10)) as by:
        row = Publication.objects.select_related("survey").get(survey=walk.survey, taken_back_at=None)
        publishing.take_back(by=by, publication=row, reason="Klinikkens navn var ændret siden besøget.")
        publishing.publish_again(by=by, survey=walk.survey)


@plot()
def peer_visit(stage: Stage, practice: Practice) -> None:
    """A colleague looked at two standards that the practice chose; the report is advice."""
    walk = stage.walk(practice, stage.day(-20), kind="peer_visit", focus=("G2.1.1", "G2.1.2", "G2.1.3", "G2.4.1", "G2.4.2"))
    walk.steps("announce", "start", "fill")
    walk.share()
    walk.begin()
    walk.rate()
    walk.complete()
    walk.draft()
    walk.agree()
    walk.send()
    with as_(walk.office, at_hour(workdays(walk.visit_on, 6), 10)) as by:
        deciding.conclude(by=by, survey=walk.survey)


@plot()
def cluster_review(stage: Stage, practice: Practice) -> None:
    """The cluster meets next week over two standards."""
    walk = stage.walk(practice, stage.day(5), kind="cluster_review", focus=("G1.2.1", "G1.2.2", "G1.2.3"))
    walk.steps("announce", "start")
    walk.fill(0.7, on=stage.day(-3))


@plot()
def supervision(stage: Stage, practice: Practice) -> None:
    """Points of a supervision visit, which the practice is to answer."""
    walk = stage.walk(practice, stage.day(-30), kind="supervision_follow_up", focus=("G2.3.3", "G3.1.2"))
    walk.announce()
    with as_(walk.manager, at_hour(stage.day(-29), 10)) as by:
        self_assessing.start(by=by, survey=walk.survey)
    with as_(walk.lead, at_hour(stage.day(-28), 10)) as by:
        grade = rules_of(walk.survey).ratings[2]
        for point in asked(walk.survey):
            visiting.rate(by=by, survey=walk.survey, entry=RatingEntry(point, grade, "Fra tilsynets rapport."))
        visiting.draft_report(by=by, survey=walk.survey)
    walk.refer(stage.day(-27))


def sampled(stage: Stage, region_id: int) -> list[Survey]:
    """The yearly sample of the region's administrative decisions, drawn last week."""
    with as_(stage.cast.offices[region_id], at_hour(stage.day(-5), 9)) as by:
        drawn = sampling.draw_sample(by=by, year=stage.today.year, seed=str(stage.seed))
        return [case.survey for case in drawn.cases.select_related("survey").order_by("pk")]


def next_meetings(stage: Stage, home: int) -> None:
    """Each region's next meeting, over the cases that wait; that of the demo's region reads the yearly sample as well.

    A member steps out of the first case, and the member who signs in has all of them.
    """
    for region_id in sorted({walk.survey.practice.region_id for walk in stage.cases} | {home}):
        walks = [walk for walk in stage.cases if walk.survey.practice.region_id == region_id]
        sample = sampled(stage, region_id) if region_id == home else []
        meeting = meetings.call(stage.cast, region_id, stage.day(3), walks, sample=sample)
        if walks:
            with as_(stage.cast.members[2], at_hour(stage.day(-1), 10)) as by:
                first = AgendaItem.objects.select_related("meeting", "survey").get(meeting=meeting, survey=walks[0].survey)
                committee.recuse(by=by, item=first, reason=texts()["recusal"])
