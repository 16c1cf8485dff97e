"""Evidence: private until shared point by point, one file at many points, own figures from their source, gone when deleted."""

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accreditation.evidence import MAX_BYTES
from accreditation.models import EvidenceFile, EvidenceLink, Survey
from accreditation.practice.finding import REFUSALS
from accreditation.queries.relevance import asked
from kip.core import own_evidence
from kip.core.own_evidence import Offer, offered, offers
from kip.core.scope import WORKER, activate
from tests.accreditation.practice.pages import at, english, queries_of
from tests.accreditation.test_evidence_cleaning import document
from tests.accreditation.visit.conftest import picture
from tests.accreditation.world import World

pytestmark = pytest.mark.django_db
POINT = "punkt/G1.1.1/"


@pytest.fixture
def survey(world: World) -> Survey:
    return world.walked("self_assessment")


def upload(client: Client, survey: Survey, rest: str = POINT + "fil/", data: bytes | None = None, **more: str) -> Any:
    file = SimpleUploadedFile("vagtplan.jpg", picture() if data is None else data)
    return client.post(at(survey, rest), {"file-upload": file, "file-title": "Vagtplan", **more})


def links(survey: Survey) -> list[tuple[str, str, int, bool]]:
    with activate(WORKER):
        rows = EvidenceLink.objects.filter(survey=survey).select_related("evidence", "indicator").order_by("pk")
        return [(row.evidence.title, row.indicator.number, row.round, row.shared) for row in rows]


def one_link(survey: Survey) -> EvidenceLink:
    with activate(WORKER):
        return EvidenceLink.objects.get(survey=survey)


def test_a_file_lands_at_the_point_private_and_is_shared_and_unshared_by_hand(survey: Survey, clinician: Client) -> None:
    assert upload(clinician, survey).status_code == 302
    assert links(survey) == [("Vagtplan", "G1.1.1", 1, False)]
    assert "only you" in english(clinician, at(survey, POINT))
    url = at(survey, f"deling/{one_link(survey).pk}/")
    answer = clinician.post(url, {"shared": "1", "back": at(survey, POINT)})
    assert answer.headers["Location"] == at(survey, POINT)
    assert links(survey) == [("Vagtplan", "G1.1.1", 1, True)]
    page = english(clinician, at(survey, POINT))
    assert ("shared with the surveyors" in page, "from when you hand over until the report is final" in page) == (True, True)
    clinician.post(url, {"shared": "0"})
    assert links(survey) == [("Vagtplan", "G1.1.1", 1, False)]


def test_a_way_back_that_leads_elsewhere_is_not_followed(survey: Survey, clinician: Client) -> None:
    upload(clinician, survey)
    url = at(survey, f"deling/{one_link(survey).pk}/")
    for back in ("https://evil.example/akkreditering/", "//evil.example/", "/konto/"):
        answer = clinician.post(url, {"shared": "1", "back": back})
        assert answer.headers["Location"] == at(survey, "dokumentation/")


@pytest.mark.parametrize(
    ("data", "code"), [(b"", ""), (b"<html>", "kind"), (b"0" * (MAX_BYTES + 1), "too_large"), (picture()[:90], "broken")]
)
def test_a_refused_file_is_explained_and_nothing_is_kept(survey: Survey, clinician: Client, data: bytes, code: str) -> None:
    for rest in (POINT + "fil/", "dokumentation/ny/"):
        answer = upload(clinician, survey, rest, data)
        assert answer.status_code == 422
        assert (str(REFUSALS[code]) if code else "form-error") in answer.content.decode()
    with activate(WORKER):
        assert EvidenceFile.objects.count() == 0


def test_every_refusal_has_words() -> None:
    assert set(REFUSALS) == {"empty", "too_large", "kind", "broken", "locked", "macros", "infected", "scanner_silent"}


def test_one_file_stands_at_many_points_and_keeps_its_sharing_where_it_stays(survey: Survey, clinician: Client) -> None:
    upload(clinician, survey)
    row = one_link(survey)
    clinician.post(at(survey, f"deling/{row.pk}/"), {"shared": "1"})
    url = at(survey, f"dokumentation/{row.evidence_id}/")
    clinician.post(url, {"points": ["G1.1.1", "G1.1.3"]})
    assert links(survey) == [("Vagtplan", "G1.1.1", 1, True), ("Vagtplan", "G1.1.3", 1, False)]
    clinician.post(at(survey, "punkt/G1.1.2/andet/"), {"existing-evidence": row.evidence_id})
    assert [one[1] for one in links(survey)] == ["G1.1.1", "G1.1.3", "G1.1.2"]
    clinician.post(url, {"points": ["G1.1.3"]})
    assert links(survey) == [("Vagtplan", "G1.1.3", 1, False)]
    assert clinician.post(url, {"points": ["G9.9.9"]}).status_code == 200  # unknown points are not taken
    assert [one[1] for one in links(survey)] == ["G1.1.3"]


def test_evidence_is_opened_taken_away_and_deleted(survey: Survey, clinician: Client) -> None:
    upload(clinician, survey, data=document())
    row = one_link(survey)
    answer = clinician.get(at(survey, f"dokumentation/{row.evidence_id}/fil/"))
    assert b"".join(answer.streaming_content)[:5] == b"%PDF-"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Vagtplan.pdf"'
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    clinician.post(at(survey, f"deling/{row.pk}/fjern/"))
    assert links(survey) == []
    assert "At no point yet." in english(clinician, at(survey, "dokumentation/"))
    url = at(survey, f"dokumentation/{row.evidence_id}/slet/")
    assert clinician.get(url).status_code == 200
    clinician.post(url)
    assert clinician.get(url).status_code == 404


def test_a_neighbours_evidence_does_not_exist(survey: Survey, clinician: Client, world: World, neighbour: Client) -> None:
    upload(clinician, survey)
    row = one_link(survey)
    other = world.walked("self_assessment", "north_2")
    for place in (survey, other):
        gets = (
            f"dokumentation/{row.evidence_id}/",
            f"dokumentation/{row.evidence_id}/fil/",
            f"dokumentation/{row.evidence_id}/slet/",
        )
        posts = (f"deling/{row.pk}/", f"deling/{row.pk}/fjern/")
        assert [neighbour.get(at(place, rest)).status_code for rest in gets] == [404, 404, 404]
        assert [neighbour.post(at(place, rest), {"shared": "1"}).status_code for rest in posts] == [404, 404]
    assert links(survey) == [("Vagtplan", "G1.1.1", 1, False)]


def test_nothing_is_changed_after_the_handing_over(world: World, manager: Client) -> None:
    survey = world.walked("documents_shared")
    answer = upload(manager, survey)
    assert (answer.status_code, links(survey)) == (302, [])
    assert 'type="file"' not in manager.get(at(survey, POINT)).content.decode()


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """A source that says the same to everybody, in place of the release's."""
    monkeypatch.setattr(own_evidence, "_readers", {})

    @offers("figures")
    def read(practice_id: int) -> list[Offer]:
        near = Offer(
            "DM-02",
            "HbA1c målt",
            f"80 % hos {practice_id}.",
            date(2026, 9, 30),
            "KIP, dataudgave 2026-3",
            "/m/",
            frozenset({"G1.1"}),
        )
        return [Offer("XX-01", "Noget andet", "5 %.", date(2026, 9, 30), "KIP"), near]


def test_own_figures_are_offered_where_the_point_asks_for_them(figures: None, survey: Survey, manager: Client) -> None:
    page = english(manager, at(survey, "punkt/G1.1.2/"))
    assert page.index("DM-02 HbA1c målt") < page.index("XX-01 Noget andet")
    assert "Use your own figures" not in english(manager, at(survey, POINT))
    answer = manager.post(at(survey, "punkt/G1.1.2/egne/"), {"own-offer": "figures:DM-02"})
    assert answer.headers["Location"] == at(survey, "punkt/G1.1.2/")
    with activate(WORKER):
        row = EvidenceFile.objects.get()
    assert (row.kind, row.facts["sentence"]) == ("figures", f"80 % hos {survey.practice_id}.")
    assert (row.facts["at"], row.facts["source"]) == ("30. september 2026", "KIP, dataudgave 2026-3")
    assert links(survey) == [("HbA1c målt", "G1.1.2", 1, False)]
    assert manager.post(at(survey, "punkt/G1.1.2/egne/"), {"own-offer": "figures:ZZ"}).status_code == 422


def test_a_kind_that_nobody_reads_is_left_out(survey: Survey, manager: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_evidence, "_readers", {})
    assert offered("figures", survey.practice_id) is None
    assert "Your own figures" not in english(manager, at(survey, "punkt/G1.1.2/"))


def test_a_kind_has_one_reader(figures: None) -> None:
    with pytest.raises(ValueError, match="figures"):
        offers("figures")(lambda practice_id: [])


def test_pages_ask_as_often_for_one_piece_of_evidence_as_for_three(survey: Survey, manager: Client, world: World) -> None:
    counts = []
    with activate(WORKER):
        points = [one.number for one in asked(survey)][:3]
    for number in points:
        upload(manager, survey, f"punkt/{number}/fil/")
        with activate(WORKER):
            first = EvidenceFile.objects.order_by("pk").first()
        assert first is not None
        manager.post(at(survey, f"dokumentation/{first.pk}/"), {"points": points[: len(counts) + 1]})
        rests = ("dokumentation/", f"dokumentation/{first.pk}/", POINT, "selvvurdering/", "aflever/")
        counts.append([queries_of(manager, at(survey, rest)) for rest in rests])
    assert counts[0] == counts[1] == counts[2]
