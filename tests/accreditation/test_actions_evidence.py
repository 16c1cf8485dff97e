"""Evidence of the practice: private until shared, linked to many, kept encrypted, removed for good."""

import io
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from accreditation.actions import evidence, self_assessing
from accreditation.actions.self_assessing import Answer
from accreditation.actions.sweeping import sweep
from accreditation.evidence import MAX_BYTES, Refused
from accreditation.faults import NotNow
from accreditation.models import Applicability, EvidenceFile, EvidenceLink, SelfAssessment
from accreditation.queries.relevance import asked
from kip.core.models import AuditRecord
from kip.core.scope import WORKER, activate
from kip.core.vault import VaultError
from tests.accreditation.test_actions_visit import codes
from tests.accreditation.test_evidence_cleaning import SECRET, document, photo
from tests.accreditation.world import Walk, World

pytestmark = pytest.mark.django_db


def upload(data: bytes, name: str = "retningslinje.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def stored_files(settings: Any) -> list[Any]:
    folder = settings.KIP_HOME / "evidence"
    return sorted(folder.iterdir()) if folder.exists() else []


def test_a_file_is_kept_encrypted_linked_to_many_and_private(world: World, settings: Any) -> None:
    survey = world.walked("self_assessment")
    with world.as_(world.manager) as by:
        points = asked(survey)[:3]
        made = evidence.add_file(by=by, survey=survey, upload=upload(document()), title="Hygiejne", indicators=points)
        assert list(made.links.values_list("shared", "round")) == [(False, 1)] * 3
        with evidence.open_file(by=by, evidence=made) as file:
            data = file.read()
    [kept] = stored_files(settings)
    assert (data[:5], made.media_type, made.size) == (b"%PDF-", "application/pdf", len(data))
    assert (SECRET.encode() in data, b"%PDF" in kept.read_bytes(), "Hygiejne" in kept.name) == (False, False, False)
    with activate(WORKER):
        looked = AuditRecord.objects.filter(act="downloaded", kind="evidence", object_id=str(made.pk))
        assert looked.count() == 1


def test_what_is_refused_leaves_nothing_behind(world: World, settings: Any) -> None:
    survey = world.walked("self_assessment")
    with world.as_(world.manager) as by:
        for data, code in ((b"<html>", "kind"), (b"0" * (MAX_BYTES + 1), "too_large"), (photo()[:100], "broken")):
            with pytest.raises(Refused, match=code):
                evidence.add_file(by=by, survey=survey, upload=upload(data), title="x")
        assert EvidenceFile.objects.count() == 0
    with activate(WORKER):
        strange = world.programme(profession="physiotherapy").edition.indicators.first()
    with world.as_(world.manager) as by, pytest.raises(NotNow), transaction.atomic():
        evidence.add_file(by=by, survey=survey, upload=upload(document()), title="x", indicators=[strange])
    assert stored_files(settings) == []


def test_a_scanner_that_finds_something_or_says_nothing_refuses_the_file(world: World, settings: Any, tmp_path: Any) -> None:
    survey = world.walked("self_assessment")
    for code, program in (("infected", "raise SystemExit(1)"), ("scanner_silent", "raise SystemExit(7)")):
        (tmp_path / "scan.py").write_text(f"import sys; sys.stdin.buffer.read(); {program}")
        settings.KIP_SCAN_COMMAND = f"python3 {tmp_path / 'scan.py'}"
        with world.as_(world.manager) as by, pytest.raises(Refused, match=code):
            evidence.add_file(by=by, survey=survey, upload=upload(document()), title="x")
    assert stored_files(settings) == []


def test_removing_deletes_the_file_for_good(world: World, settings: Any, django_capture_on_commit_callbacks: Any) -> None:
    survey = world.walked("self_assessment")
    with world.as_(world.manager) as by:
        made = evidence.add_file(
            by=by, survey=survey, upload=upload(document()), title="x", indicators=asked(survey)[:1]
        )  # fmt: skip
        with django_capture_on_commit_callbacks(execute=True):
            evidence.remove(by=by, evidence=made)
        assert (EvidenceFile.objects.count(), EvidenceLink.objects.count()) == (0, 0)
    assert stored_files(settings) == []


def test_nothing_is_added_or_shared_after_the_documents_are_shared(world: World) -> None:
    survey = world.walked("self_assessment")
    with world.as_(world.manager) as by:
        points = asked(survey)[:2]
        made = evidence.add_own(by=by, survey=survey, kind="figures", facts={"title": "Egne tal"}, indicators=points)
        first, second = made.links.order_by("pk")
        evidence.share(by=by, link=first, shared=True)
        assert [row.shared for row in made.links.order_by("pk")] == [True, False]
    Walk(world, survey, "met", "met").share()
    with world.as_(world.manager) as by:
        for act in (
            lambda: evidence.share(by=by, link=second, shared=True),
            lambda: evidence.unlink(by=by, link=first),
            lambda: evidence.remove(by=by, evidence=made),
            lambda: evidence.add_file(by=by, survey=survey, upload=upload(document()), title="x"),
        ):
            with pytest.raises(NotNow) as refused:
                act()
            assert codes(refused) == ["locked"]


def test_the_second_round_has_evidence_of_its_own_and_keeps_that_of_the_first(world: World) -> None:
    survey = world.planned()
    walk = Walk(world, survey, "partially_met", "met")
    for step in walk.steps():
        if survey.state == "self_assessment":
            with world.as_(world.manager) as by:
                old = evidence.add_own(
                    by=by, survey=survey, kind="learning", facts={"title": "Møde"}, indicators=asked(survey)[:1]
                )  # fmt: skip
        if survey.state == "follow_up_open":
            break
        step()
    with world.as_(world.manager) as by:
        made = evidence.add_own(by=by, survey=survey, kind="figures", facts={"title": "Nu"}, indicators=asked(survey)[:1])
        assert list(made.links.values_list("round", flat=True)) == [2]
        with pytest.raises(NotNow) as refused:
            evidence.remove(by=by, evidence=old)
        assert codes(refused) == ["locked"]


def test_only_the_own_practice_opens_its_files(world: World) -> None:
    survey = world.walked("self_assessment")
    with world.as_(world.manager) as by:
        made = evidence.add_file(by=by, survey=survey, upload=upload(document()), title="x")
    for who in (world.lead, world.office):
        with world.as_(who) as by, pytest.raises(PermissionDenied):
            evidence.add_file(by=by, survey=survey, upload=upload(document()), title="x")
    neighbour = world.person("nabo", "practice_manager", "north_2")
    with world.as_(neighbour) as by, pytest.raises(PermissionDenied):
        evidence.open_file(by=by, evidence=made)


def test_a_forgotten_file_is_swept_after_a_day_and_a_known_one_never(world: World, settings: Any) -> None:
    survey = world.walked("self_assessment")
    with world.as_(world.manager) as by:
        made = evidence.add_file(by=by, survey=survey, upload=upload(document()), title="x")
    stray = settings.KIP_HOME / "evidence" / "afbrudt"
    stray.write_bytes(b"x")
    with activate(WORKER):
        from_now = made.added_at
        assert sweep(from_now) == 0
        assert sweep(from_now.replace(year=from_now.year + 1)) == 1
    assert [path.name for path in stored_files(settings)] == [made.vault_name]
    with world.as_(world.manager) as by:
        io.BytesIO(evidence.open_file(by=by, evidence=made).read())
        made.vault_name = "findes-ikke"
        with pytest.raises(VaultError):
            evidence.open_file(by=by, evidence=made)


def test_an_answer_is_saved_by_version_and_needs_what_the_scale_asks(world: World) -> None:
    survey = world.walked("self_assessment")
    with world.as_(world.manager) as by:
        indicator = asked(survey)[0]
        first = self_assessing.answer(by=by, survey=survey, indicator=indicator, given=Answer("met", "Ja", 7))
        assert (first.state, first.version, first.minutes_used) == ("draft", 2, 7)
        done = self_assessing.answer(by=by, survey=survey, indicator=indicator, given=Answer("met", "Ja", 5, True, 2))
        assert (done.state, done.minutes_used) == ("done", 12)
        for given, code in (
            (Answer("met", version=1), "changed_meanwhile"),
            (Answer("perfect", version=3), "unknown_rating"),
            (Answer("", done=True, version=3), "unrated"),
            (Answer("not_relevant", version=3), "reason_missing"),
        ):
            with pytest.raises(NotNow) as refused:
                self_assessing.answer(by=by, survey=survey, indicator=indicator, given=given)
            assert codes(refused) == [code]


def test_what_the_practice_says_of_itself_changes_what_is_asked(world: World) -> None:
    survey = world.walked("self_assessment")
    with world.as_(world.manager) as by:
        groups = ["doctor", "nurse", "secretary"]
        assert self_assessing.describe_practice(by=by, survey=survey, people=4, staff_groups=groups) == 8
        row = Applicability.objects.get(survey=survey, indicator__number="G1.1.1")
        assert (row.written, row.written_reason) == ("guideline", {})
        assert self_assessing.describe_practice(by=by, survey=survey, people=1, staff_groups=["doctor"]) == 6
        hidden = Applicability.objects.get(survey=survey, indicator__number="G2.1.4")
        assert (hidden.relevant, hidden.reason["code"]) == (False, "too_few_staff_groups")
        assert SelfAssessment.objects.filter(survey=survey).count() == 8  # what was opened stays, unasked
        with pytest.raises(NotNow) as refused:
            self_assessing.change_relevance(by=by, survey=survey, indicator=hidden.indicator, relevant=True)
        assert codes(refused) == ["relevance_fixed"]
        choice = Applicability.objects.get(survey=survey, indicator__number="G2.1.3").indicator
        self_assessing.change_relevance(by=by, survey=survey, indicator=choice, relevant=False, why="Vi tager ingen prøver")
        assert choice not in asked(survey)
        assert self_assessing.describe_practice(by=by, survey=survey, people=2, staff_groups=["doctor"]) == 6
        assert choice not in asked(survey)
