"""What a device asks and sends: nothing without a record, nothing twice, nothing lost, nothing for anybody else."""

import json
import re
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from accreditation.actions import visiting
from accreditation.actions.evidence import open_photo
from accreditation.models import EvidenceFile, Survey, SurveyorRating, VisitDevice, VisitNote
from accreditation.queries.relevance import asked
from accreditation.visit.shell import FILES, device_words, shell_files, shell_version
from kip.core.models import AuditRecord
from kip.core.scope import WORKER, activate
from tests.accreditation.visit.conftest import picture, with_evidence
from tests.accreditation.world import World, fresh

pytestmark = pytest.mark.django_db
STATIC = Path(settings.STATIC_ROOT)
ASKED = re.compile(r"""\bt\("(\w+)"[,)]""")
DEVICE = "7b0c7cf2-52bd-4b5c-9f43-0a2a4f6b8d11"


def registered(client: Client, survey: Survey, device: str = DEVICE) -> dict[str, Any]:
    found: dict[str, Any] = client.post(f"/besoeg/{survey.pk}/enheder/{device}/").json()
    return found


def bundle(client: Client, survey: Survey) -> dict[str, Any]:
    registered(client, survey)
    found: dict[str, Any] = client.get(f"/besoeg/{survey.pk}/besoeg.json").json()
    return found


def item(what: str, indicator: str = "", pk: object = None, **said: Any) -> dict[str, Any]:
    return {
        "id": str(pk or uuid.uuid4()),
        "kind": what,
        "indicator": indicator,
        "made_at": timezone.now().isoformat(),
        "said": said,
    }


def send(client: Client, survey: Survey, *items: dict[str, Any]) -> Any:
    body = json.dumps({"device": DEVICE, "items": items})
    return client.post(f"/besoeg/{survey.pk}/send.json", body, content_type="application/json")


def numbers(survey: Survey) -> list[str]:
    with activate(WORKER):
        return [indicator.number for indicator in asked(survey)]


def test_no_data_without_a_registered_device(lead: Client, second: Client, visit: Survey) -> None:
    assert lead.get(f"/besoeg/{visit.pk}/besoeg.json").status_code == 404
    registered(lead, visit)
    assert lead.get(f"/besoeg/{visit.pk}/besoeg.json").status_code == 200
    assert second.get(f"/besoeg/{visit.pk}/besoeg.json").status_code == 404
    with activate(WORKER):
        VisitDevice.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        assert AuditRecord.objects.filter(act="downloaded_visit", practice_id=visit.practice_id).count() == 1
    assert lead.get(f"/besoeg/{visit.pk}/besoeg.json").status_code == 404


def test_a_device_belongs_to_one_person_and_is_not_taken_over(lead: Client, second: Client, visit: Survey) -> None:
    registered(lead, visit)
    assert second.post(f"/besoeg/{visit.pk}/enheder/{DEVICE}/").status_code == 404
    assert second.post(f"/besoeg/enheder/{DEVICE}/slettet/").status_code == 404
    assert lead.post(f"/besoeg/enheder/{DEVICE}/slettet/").status_code == 200
    assert lead.post(f"/besoeg/{visit.pk}/enheder/{DEVICE}/").status_code == 404


def test_the_bundle_holds_what_is_shared_and_nothing_else(lead: Client, visit: Survey) -> None:
    found = bundle(lead, visit)
    text = json.dumps(found, ensure_ascii=False)
    assert "Internt referat" not in text
    points = [point for theme in found["themes"] for standard in theme["standards"] for point in standard["points"]]
    assert [point["number"] for point in points if point["relevant"]] == numbers(visit)
    titles = [found["evidence"][str(pk)]["title"] for pk in points[0]["evidence"]]
    assert sorted(titles) == ["HbA1c målt", "Vagtplan"]
    with activate(WORKER):
        size = EvidenceFile.objects.get(survey=visit, title="Vagtplan").size
    assert [one["size"] for one in found["evidence"].values() if one["kind"] == "file"] == [size]
    assert points[0]["own"] == {"answer": "met", "comment": ""}


@pytest.mark.parametrize("state", ["rating_complete", "report_draft", "in_hearing"])
def test_after_the_visit_nothing_more_is_taken_along(world: World, lead: Client, state: str) -> None:
    survey = with_evidence(world, state)
    assert lead.post(f"/besoeg/{survey.pk}/enheder/{DEVICE}/").status_code == 404
    assert lead.get(f"/besoeg/{survey.pk}/besoeg.json").status_code == 404


def test_a_batch_is_answered_item_by_item(lead: Client, second: Client, visit: Survey) -> None:
    first, other, third, *_rest = numbers(visit)
    rating, note = item("rating", first, rating="met"), item("note", first, text="Set", kind="strength")
    answer = send(
        lead, visit, rating, note, item("critical", "", text="Farligt"), item("rating", other, rating="findes ikke")
    ).json()
    assert [one["outcome"] for one in answer["answers"]] == ["stored", "stored", "stored", "refused"]
    again = send(lead, visit, rating, note).json()
    assert [one["outcome"] for one in again["answers"]] == ["known", "known"]
    clash = send(second, visit, item("rating", first, rating="not_met", reason="Nej"), item("rating", third, rating="met")).json()
    assert [one["outcome"] for one in clash["answers"]] == ["conflict", "stored"]
    standing = clash["standing"][first]
    assert (standing["current"]["rating"], [row["rating"] for row in standing["waiting"]]) == ("met", ["not_met"])
    assert ([row["text"] for row in clash["notes"]], [row["text"] for row in clash["criticals"]]) == (["Set"], ["Farligt"])


def test_a_choice_made_on_an_old_version_loses_nothing(lead: Client, second: Client, visit: Survey) -> None:
    number = numbers(visit)[0]
    head, beside = item("rating", number, rating="met"), item("rating", number, rating="not_met", reason="Nej")
    send(lead, visit, head)
    send(second, visit, beside)
    send(lead, visit, item("rating", number, rating="largely_met", base=head["id"], reason="Ny"))
    chosen = item("rating", number, rating="not_met", reason="Nej", base=head["id"], resolves=[beside["id"]])
    follows = item("rating", numbers(visit)[1], rating="met")
    answer = send(second, visit, chosen, follows)
    assert answer.status_code == 200
    outcomes = [one["outcome"] for one in answer.json()["answers"]]
    assert outcomes == ["conflict", "stored"]


def test_what_must_not_be_stored_is_refused_alone(lead: Client, visit: Survey) -> None:
    number = numbers(visit)[0]
    good, bad = item("rating", number, rating="met"), item("note", number, text="Patienten 010190-1234")
    answer = send(lead, visit, bad, good).json()
    assert {one["id"]: one["outcome"] for one in answer["answers"]} == {good["id"]: "stored", bad["id"]: "refused"}
    with activate(WORKER):
        assert VisitNote.objects.filter(survey=visit).count() == 0


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{", '{"device": "x", "items": []}', f'{{"device": "{DEVICE}", "items": [{{"kind": "rating"}}]}}', "\x00",
     f'{{"device": "{DEVICE}", "items": [], "more": 1}}'],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_whole(lead: Client, visit: Survey, body: str) -> None:
    answer = lead.post(f"/besoeg/{visit.pk}/send.json", body, content_type="application/json")
    assert (answer.status_code, answer.json()) == (400, {"error": "unreadable"})


def test_a_clock_that_is_ahead_is_set_right(lead: Client, visit: Survey) -> None:
    early = {**item("rating", numbers(visit)[0], rating="met"), "made_at": (timezone.now() + timedelta(days=2)).isoformat()}
    send(lead, visit, early)
    with activate(WORKER):
        assert SurveyorRating.objects.get(pk=early["id"]).made_at <= timezone.now()


def test_a_visit_that_was_begun_without_network_begins_when_the_ratings_arrive(world: World, lead: Client) -> None:
    survey = with_evidence(world, "visit_confirmed")
    refused = send(lead, survey, item("rating", numbers(survey)[0], rating="met")).json()
    assert [one["outcome"] for one in refused["answers"]] == ["refused"]
    with activate(WORKER):
        Survey.objects.filter(pk=survey.pk).update(visit_on=timezone.localdate())
    answer = send(lead, survey, item("rating", numbers(survey)[0], rating="met")).json()
    assert [one["outcome"] for one in answer["answers"]] == ["stored"]
    assert (fresh(survey).state, answer["state"]) == ("on_site", "on_site")


def test_a_photo_sent_twice_is_stored_once_and_says_nothing_of_the_camera(world: World, lead: Client, visit: Survey) -> None:
    pk = uuid.uuid4()
    said = {"id": pk, "text": "Tavlen", "made_at": timezone.now().isoformat(), "indicator": numbers(visit)[0]}
    for _time in range(2):
        upload = SimpleUploadedFile("foto.jpg", picture((300, 200)), "image/jpeg")
        answer = lead.post(f"/besoeg/{visit.pk}/foto.json", {**said, "photo": upload})
        assert answer.json() == {"outcome": "stored", "fault": ""}
    with activate(WORKER):
        row = VisitNote.objects.get(survey=visit)
    with world.as_(world.lead) as by:
        assert dict(Image.open(open_photo(by=by, note=row)).getexif()) == {}
    bad = lead.post(f"/besoeg/{visit.pk}/foto.json", {**said, "id": uuid.uuid4(), "photo": SimpleUploadedFile("a.jpg", b"x")})
    assert bad.json()["outcome"] == "refused"


def test_the_device_is_told_when_its_copy_is_no_longer_needed(world: World, lead: Client, visit: Survey) -> None:
    assert send(lead, visit).json()["carried"] is True
    with world.as_(world.lead) as by:
        for indicator in asked(visit):
            visiting.rate(by=by, survey=visit, entry=visiting.RatingEntry(indicator, "met"))
        visiting.complete_rating(by=by, survey=visit)
    assert send(lead, visit).json()["carried"] is False


def test_the_shell_is_the_same_for_everybody_and_names_nobody(lead: Client, visit: Survey) -> None:
    mine, nobodys = lead.get("/besoeg/enhed/da/"), Client().get("/besoeg/enhed/da/")
    assert mine.content == nobodys.content
    assert b"surveyor" not in mine.content.split(b'<script id="words"')[0].lower().replace(b"kip/visit", b"")
    assert lead.get("/besoeg/enhed/xx/").status_code == 404


def test_the_worker_keeps_every_file_of_the_shell_and_every_file_exists() -> None:
    script = Client().get("/besoeg/sw.js").content.decode()
    assert shell_version() in script
    assert all(file in script for file in shell_files())
    assert len(FILES) == len(set(FILES))


def test_every_word_the_scripts_ask_for_exists() -> None:
    from_scripts = words_asked_for()
    known = set(device_words())
    assert from_scripts - known == set()
    plural = {name.removesuffix("_one") for name in known if name.endswith("_one")}
    built = {name for name in known if name.startswith(("state_", "filter_"))}
    tabs = {"indicators", "notes", "talk", "send", "drafts", "conflicts", "refused"}
    assert {name for name in known if not name.endswith("_one")} - from_scripts - plural - built - tabs == set()


def words_asked_for() -> set[str]:
    """Names that the scripts write out: t("name") or t("name", …)."""
    scripts = [(STATIC / name).read_text(encoding="utf-8") for name in FILES if name.startswith("kip/visit/")]
    return {name for script in scripts for name in ASKED.findall(script)}
