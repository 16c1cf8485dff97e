"""The visit: two surveyors, revisions, conflicts, agreement, notes, photos, and what a device sends later."""

import datetime as dt
import random
from uuid import UUID, uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accreditation.actions import critical, evidence, hearing, syncing, visiting
from accreditation.actions.critical import CriticalEntry
from accreditation.actions.moving import faults
from accreditation.actions.syncing import CONFLICT, KNOWN, REFUSED, STORED, Item
from accreditation.actions.visiting import NoteEntry, RatingEntry
from accreditation.faults import NotNow
from accreditation.jobs import tell_critical
from accreditation.models import CriticalFinding, Deadline, SurveyorRating, VisitNote
from accreditation.queries import ratings
from accreditation.queries.cases import ruled
from accreditation.queries.relevance import asked
from accreditation.queries.visit_notes import standing_notes
from kip.core.jobs import Progress
from kip.core.models import AuditRecord, Job
from kip.core.scope import WORKER, activate
from tests.accreditation.test_evidence_cleaning import SECRET, photo
from tests.accreditation.world import Walk, World, fresh

pytestmark = pytest.mark.django_db


def codes(refused: pytest.ExceptionInfo[NotNow]) -> list[str]:
    return [fault.code for fault in refused.value.faults]


def item(sort: str, number: str = "", *, pk: UUID | None = None, **said: object) -> Item:
    return Item(sort, pk or uuid4(), timezone.now(), number, said)


def test_a_rating_made_again_keeps_the_old_value(world: World) -> None:
    survey = world.walked("on_site")
    with world.as_(world.lead) as by:
        indicator = asked(survey)[0]
        first = visiting.rate(by=by, survey=survey, entry=RatingEntry(indicator, "not_met", "Mangler."))
        visiting.rate(by=by, survey=survey, entry=RatingEntry(indicator, "met", base=first.pk))
        assert [row.rating for row in ratings.history(survey, indicator)] == ["not_met", "met"]
        assert ratings.current(survey)[indicator.pk].rating == "met"
        with pytest.raises(NotNow) as refused:
            visiting.rate(by=by, survey=survey, entry=RatingEntry(indicator, "perfect"))
        assert codes(refused) == ["unknown_rating"]
        with pytest.raises(NotNow) as refused:
            visiting.rate(by=by, survey=survey, entry=RatingEntry(indicator, "not_relevant", "x"))
        assert codes(refused) == ["not_relevant_not_allowed"]


def test_nothing_is_complete_with_a_gap_a_missing_reason_or_a_conflict(world: World) -> None:
    survey = world.walked("on_site")
    with world.as_(world.lead) as by:
        points = asked(survey)
        for indicator in points[1:]:
            visiting.rate(by=by, survey=survey, entry=RatingEntry(indicator, "met"))
        bad = visiting.rate(by=by, survey=survey, entry=RatingEntry(points[1], "partially_met", base=None))
        assert bad.conflicting
        with pytest.raises(NotNow) as refused:
            visiting.complete_rating(by=by, survey=survey)
        assert codes(refused) == ["unrated", "conflict_waits"]
        visiting.rate(by=by, survey=survey, entry=RatingEntry(points[0], "partially_met"))
        kept = ratings.current(survey)[points[1].pk]
        visiting.rate(by=by, survey=survey, entry=RatingEntry(points[1], "met", base=kept.pk, resolves=[bad.pk]))
        with pytest.raises(NotNow) as refused:
            visiting.complete_rating(by=by, survey=survey)
        assert codes(refused) == ["reason_missing"]
        assert ratings.waiting(survey) == {}


def test_two_devices_meet_and_both_versions_stand_side_by_side(world: World) -> None:
    survey = world.walked("on_site")
    with world.as_(world.lead) as by:
        number = asked(survey)[0].number
        mine = item("rating", number, rating="met")
        assert [answer.outcome for answer in syncing.sync(by=by, survey=survey, items=[mine]).answers] == [STORED]
    with world.as_(world.second) as by:
        first = item("rating", number, rating="partially_met", reason="Set.")
        later = item("rating", number, rating="not_met", reason="Set igen.", base=first.id)
        found = syncing.sync(by=by, survey=survey, items=[first, later])
        assert [answer.outcome for answer in found.answers] == [CONFLICT, CONFLICT]
        [stands] = found.standing
        assert (stands.current.rating, [row.rating for row in stands.waiting]) == ("met", ["partially_met", "not_met"])
        choice = item("rating", number, rating="not_met", reason="Enige.", base=mine.id, resolves=[first.id, later.id])
        settled = syncing.sync(by=by, survey=survey, items=[choice, first])
        assert [answer.outcome for answer in settled.answers] == [STORED, KNOWN]
        assert (settled.standing[0].current.rating, settled.standing[0].waiting) == ("not_met", ())
    with activate(WORKER):
        assert SurveyorRating.objects.filter(survey=survey).count() == 4


def test_sending_twice_stores_once_and_a_bad_item_stops_no_other(world: World) -> None:
    survey = world.walked("on_site")
    with world.as_(world.lead) as by:
        number = asked(survey)[0].number
        items = [
            item("rating", number, rating="met"), item("note", number, text="Pænt venteværelse", kind="strength"),
            item("rating", "X9.9", rating="met"), item("rating", number, rating="perfect"), item("critical", text="Ilt mangler"),
        ]  # fmt: skip
        first = syncing.sync(by=by, survey=survey, items=items)
        again = syncing.sync(by=by, survey=survey, items=items)
    assert [answer.outcome for answer in first.answers] == [STORED, STORED, REFUSED, REFUSED, STORED]
    assert [answer.outcome for answer in again.answers] == [KNOWN, KNOWN, REFUSED, REFUSED, KNOWN]
    assert all(answer.fault for answer in first.answers if answer.outcome == REFUSED)
    with activate(WORKER):
        counts = (SurveyorRating.objects.count(), VisitNote.objects.count(), CriticalFinding.objects.count())
    assert counts == (1, 1, 1)


@pytest.mark.parametrize("seed", range(5))
def test_two_devices_in_any_order_lose_nothing(world: World, seed: int) -> None:
    """Each device edits offline on top of what it knows and sends in bursts: every edit is stored, and the current rating is
    one that somebody made on top of the former current one. The naive second count walks the bases.
    """
    chance = random.Random(seed)
    survey = world.walked("on_site")
    with activate(WORKER):
        number = asked(survey)[0].number
    known: dict[str, UUID | None] = {"a": None, "b": None}
    waiting: dict[str, list[Item]] = {"a": [], "b": []}
    made: dict[UUID, UUID | None] = {}
    head: UUID | None = None
    for _turn in range(20):
        device = chance.choice("ab")
        if chance.random() < 0.6:
            edit = item("rating", number, rating=chance.choice(["met", "largely_met"]), base=known[device])
            made[edit.id], known[device] = known[device], edit.id
            waiting[device].append(edit)
            continue
        with world.as_(world.lead if device == "a" else world.second) as by:
            answer = syncing.sync(by=by, survey=survey, items=waiting[device])
        for sent, said in zip(waiting[device], answer.answers, strict=True):
            assert said.outcome == (STORED if made[sent.id] == head else CONFLICT)
            head = sent.id if said.outcome == STORED else head
        waiting[device] = []
        if chance.random() < 0.5:
            known[device] = head  # the device takes what the server holds
    sent = set(made) - {edit.id for edits in waiting.values() for edit in edits}
    with activate(WORKER):
        rows = ratings.rows(survey, 1)
        assert {row.pk for row in rows} == sent
        assert [row.revision for row in rows] == list(range(1, len(rows) + 1))
        assert [row.pk for row in ratings.current_of(rows).values()] == ([head] if head else [])


def test_a_note_that_is_changed_or_removed_stays_in_the_table(world: World) -> None:
    survey = world.walked("on_site")
    with world.as_(world.lead) as by:
        first = visiting.take_note(by=by, survey=survey, entry=NoteEntry("Udkast"))
        second = visiting.take_note(by=by, survey=survey, entry=NoteEntry("Rettet", replaces=first.pk))
        other = visiting.take_note(by=by, survey=survey, entry=NoteEntry("Væk"))
        visiting.take_note(by=by, survey=survey, entry=NoteEntry("", replaces=other.pk, removed=True))
        assert [row.pk for row in standing_notes(survey)] == [second.pk]
        assert VisitNote.objects.filter(survey=survey).count() == 4


def test_a_photo_is_kept_encrypted_and_without_its_place(world: World, settings: object) -> None:
    survey = world.walked("on_site")
    with world.as_(world.lead) as by:
        entry = NoteEntry("Medicinskab", kind="photo")
        upload = SimpleUploadedFile("foto.jpg", photo())
        note = visiting.add_photo(by=by, survey=survey, entry=entry, upload=upload)
        assert visiting.add_photo(by=by, survey=survey, entry=entry, upload=upload).pk == note.pk
        with evidence.open_photo(by=by, note=note) as file:
            data = file.read()
    [kept] = list((settings.KIP_HOME / "evidence").iterdir())  # type: ignore[attr-defined]
    assert data.startswith(b"\xff\xd8")
    assert SECRET.encode() not in data
    assert data[:200] not in kept.read_bytes()


def test_agreement_is_with_the_ratings_as_they_stand(world: World) -> None:
    survey = world.walked("report_draft")
    with world.as_(world.second) as by:
        visiting.agree(by=by, survey=survey)
    with world.as_(world.lead) as by:
        indicator = asked(survey)[0]
        former = ratings.current(survey)[indicator.pk]
        visiting.rate(by=by, survey=survey, entry=RatingEntry(indicator, "largely_met", base=former.pk))
        with pytest.raises(NotNow) as refused:
            visiting.send_hearing(by=by, survey=survey)
        assert codes(refused) == ["team_silent"]
    with world.as_(world.second) as by:
        said = visiting.agree(by=by, survey=survey, dissent="Jeg så noget andet.")
        assert not said.agrees
    with world.as_(world.lead) as by:
        visiting.send_hearing(by=by, survey=survey)
    assert fresh(survey).state == "in_hearing"


def test_the_follow_up_is_raised_and_never_lowered(world: World) -> None:
    survey = world.walked("report_draft", worst="partially_met")
    with world.as_(world.lead) as by:
        visiting.raise_follow_up(by=by, survey=survey, kind="visit")
        with pytest.raises(NotNow) as refused:
            visiting.raise_follow_up(by=by, survey=survey, kind="dialogue")
        assert codes(refused) == ["follow_up_lowered"]
    with activate(WORKER):
        assert ruled(fresh(survey)).follow_up == "visit"


def test_only_the_answer_to_a_point_changes_a_rating_in_hearing(world: World) -> None:
    survey = world.walked("in_hearing", worst="partially_met")
    with world.as_(world.manager) as by:
        indicator = asked(survey)[0]
        point = hearing.add_point(by=by, survey=survey, text="Det er ikke rigtigt.", indicator=indicator)
        hearing.reply(by=by, survey=survey)
        with pytest.raises(NotNow) as refused:
            hearing.reply(by=by, survey=survey, text="mere")
        assert codes(refused) == ["reply_given"]
        with pytest.raises(NotNow) as refused:
            hearing.add_point(by=by, survey=survey, text="for sent")
        assert codes(refused) == ["reply_given"]
    with world.as_(world.lead) as by:
        former = ratings.current(survey)[indicator.pk]
        entry = RatingEntry(indicator, "met", base=former.pk)
        with pytest.raises(NotNow) as refused:
            visiting.rate(by=by, survey=survey, entry=entry)
        assert codes(refused) == ["needs_a_point"]
        with pytest.raises(NotNow) as refused:
            hearing.finish_hearing(by=by, survey=survey)
        assert codes(refused) == ["point_unanswered"]
        hearing.answer_point(by=by, point=point, answer="I har ret.", outcome="rating_changed", entry=entry)
        with pytest.raises(NotNow) as refused:
            hearing.answer_point(by=by, point=point, answer="Igen.", outcome="kept")
        assert codes(refused) == ["already_done"]
        hearing.finish_hearing(by=by, survey=survey)
    with activate(WORKER):
        assert [row.rating for row in ratings.history(survey, indicator)] == ["partially_met", "met"]
        assert ruled(fresh(survey)).status == "accredited"


def test_a_hearing_without_a_reply_ends_with_its_day(world: World) -> None:
    survey = world.walked("in_hearing")
    with activate(WORKER):
        last = Deadline.objects.get(survey=survey, clock="hearing").due_at
    for moment, expected in ((last, ["hearing_runs"]), (last + dt.timedelta(seconds=1), [])):
        with time_machine.travel(moment, tick=False), world.as_(world.lead) as by:
            assert [fault.code for fault in faults(by, survey, "finish_hearing")] == expected


def test_a_critical_finding_is_told_at_once_and_answered_once(world: World, mailoutbox: list) -> None:
    survey = world.walked("on_site")
    with world.as_(world.office) as by:
        type(survey).objects.filter(pk=survey.pk).update(consultant_id=by.scope.user_id)
    with world.as_(world.lead) as by:
        finding = critical.raise_critical(by=by, survey=survey, entry=CriticalEntry("Ilten er tom"))
    with activate(WORKER):
        running = set(Deadline.objects.filter(about=str(finding.pk), met_at=None).values_list("clock", flat=True))
        [waits] = Job.objects.filter(name="accreditation.tell_critical")
    assert running == {"critical_message", "critical_action"}
    for _time in range(2):
        tell_critical(WORKER, Progress(str(waits.pk)), **waits.arguments)
    assert sorted(mail.to[0] for mail in mailoutbox) == ["kontor@akk.example", "leder@akk.example"]
    assert not any("Ilten" in mail.body for mail in mailoutbox)
    assert fresh(finding).told_at is not None
    with world.as_(world.manager) as by:
        critical.acknowledge(by=by, finding=finding, action="Ny flaske i dag")
        with pytest.raises(NotNow) as refused:
            critical.acknowledge(by=by, finding=finding, action="igen")
        assert codes(refused) == ["already_done"]
    with activate(WORKER):
        assert not Deadline.objects.filter(about=str(finding.pk), met_at=None).exists()


def test_every_act_stands_once_in_the_practices_log(world: World) -> None:
    survey = world.walked("on_site")
    before = _log(survey.practice_id)
    Walk(world, survey, "met", "met").rate()
    acts = _log(survey.practice_id)[len(before) :]
    with activate(WORKER):
        number = len(asked(survey))
    assert acts == ["rated"] * number + ["survey_complete_rating"]


def _log(practice_id: int) -> list[str]:
    with activate(WORKER):
        return list(AuditRecord.objects.filter(practice_id=practice_id).order_by("seq").values_list("act", flat=True))
