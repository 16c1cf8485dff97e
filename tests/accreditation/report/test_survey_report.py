"""The report says on paper what the page says, in the published order, tagged for screen readers, to those who may read it."""

import io
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pikepdf
import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django.utils.translation import gettext as _

from accreditation.actions import deciding, hearing
from accreditation.models import Survey, SurveyReport
from accreditation.queries.relevance import asked
from accreditation.report.pdf import report_number, report_pdf
from accreditation.report.reading import Reading, reading_of
from kip.core.models import AuditRecord
from kip.core.scope import WORKER, activate
from practices.models import User
from tests.accreditation.world import World, case_for, fresh
from tests.pdf_reading import roles, text_of

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
TAG = re.compile(r"<[^>]+>")


@pytest.fixture(autouse=True)
def no_second_factor(settings: Any) -> None:
    settings.KIP_REQUIRE_MFA = False


def read(survey: Survey, round_number: int = 1, *, final: bool = True) -> Reading:
    with activate(WORKER):
        row = SurveyReport.objects.get(survey=survey, round=round_number, final=final)
        return reading_of(row, fresh(survey))


def squeezed(text: str) -> str:
    return re.sub(r"\s|\u00ad", "", text)


def pieces(html: str) -> list[str]:
    """The texts between tags, in their order, without blanks."""
    return [found for part in TAG.split(html) if (found := squeezed(unescape(part)))]


def client_of(name: str) -> Client:
    """A session of one of the world's people."""
    client = Client()
    with activate(WORKER):
        user = User.objects.get(email=f"{name}@akk.example")
    client.force_login(user, backend="practices.backends.PersonBackend")
    return client


@pytest.mark.parametrize("language", ["da", "en"])
def test_paper_and_page_say_the_same_in_both_languages(language: str, world: World) -> None:
    survey = world.walked("published", worst="partially_met", again="partially_met")
    with translation.override(language):
        reading = read(survey, 2)
        html = render_to_string("accreditation/report/_report.html", {"report": reading})
        words = squeezed(text_of(report_pdf(reading)))
    missing = [piece for piece in pieces(html) if piece not in words]
    assert missing == []
    assert squeezed(reading.mark) in words
    assert squeezed(report_number(reading)) in words
    assert f"{survey.pk}-2-1" == report_number(reading)


def test_the_frozen_content_is_told_in_full(world: World) -> None:
    survey = world.walked("published", worst="partially_met", again="met")
    reading = read(survey, 2)
    content = reading.row.content
    told = [point for part in reading.standards for point in part.points]
    given = [item for part in content["standards"] for item in part["indicators"]]
    assert [(point.number, point.text, point.critical) for point in told] == [
        (item["number"], item["summary"]["da"], item["critical"]) for item in given
    ]
    names = {code: words["da"] for code, words in content["words"].items()}
    for point, item in zip(told, given, strict=True):
        last = item["second"] or item["first"]
        assert point.reason == (last["reason"] if last else item["why_not"]["da"])
        assert point.rating == (names[last["rating"]] if last else _("not relevant"))
        assert point.before == (names[item["first"]["rating"]] if item["second"] else "")
    assert [one.number for one in reading.hearing] == [one["number"] for one in content["hearing"]]
    again = [point for point in told if point.before]
    assert [(point.before, point.rating) for point in again] == [("I nogen grad opfyldt", "Helt opfyldt")]


def test_the_parts_come_in_the_published_order(world: World) -> None:
    survey = world.walked("published", worst="partially_met", again="partially_met")
    html = render_to_string("accreditation/report/_report.html", {"report": read(survey, 2)})
    headings = [unescape(one) for one in re.findall(r"<(?:h2|caption)(?: class=\"[^\"]*\")?>([^<]+)<", html)]
    assert headings[:5] == [
        "Akkrediteret med bemærkninger", _("About the survey"), _("The committee's decision in the first round"),
        _("The committee's decision after the follow-up"), _("Ratings of the standards"),
    ]  # fmt: skip


def test_the_paper_is_tagged_titled_and_in_its_language(world: World) -> None:
    survey = world.walked("accredited")
    with translation.override("en"):
        pdf = report_pdf(read(survey))
    with pikepdf.open(io.BytesIO(pdf)) as document:
        root = document.Root
        kinds = roles(root.StructTreeRoot)
        marks = (str(root.Lang), bool(root.MarkInfo.Marked), bool(root.ViewerPreferences.DisplayDocTitle))
        metadata = document.open_metadata()
        title, part = metadata["dc:title"], metadata["pdfuaid:part"]
    assert marks == ("en", True, True)
    assert (part, title) == ("1", f"Survey report: {survey.practice.name}")
    assert {"H1", "H2", "H3", "Table", "TH", "TD", "P", "Caption"} <= set(kinds)
    assert kinds.count("H1") == 1


def test_a_draft_is_the_practices_and_its_teams_alone(world: World, signed_in: SignIn) -> None:
    survey = world.walked("in_hearing", worst="partially_met")
    address = f"/akkreditering/rapport/{survey.pk}/1/"
    assert world.office is not None
    codes = {name: client_of(name).get(address).status_code for name in ("leder", "surveyor", "kollega", "kontor")}
    assert codes == {"leder": 200, "surveyor": 200, "kollega": 200, "kontor": 404}
    strangers = (signed_in("surveyor"), signed_in("practice_manager", "north_2"), signed_in("committee_member"))
    assert [client.get(address).status_code for client in strangers] == [404, 404, 404]
    page = client_of("leder").get(address).content.decode()
    assert f'href="/akkreditering/{survey.pk}/"' in page
    assert _("Draft of the survey report") in page


def test_the_final_report_is_the_regions_and_the_committees_while_the_case_is_open(world: World) -> None:
    survey = world.walked("decision", worst="partially_met")
    address = f"/akkreditering/rapport/{survey.pk}/1/"
    assert client_of("kontor").get(address).status_code == 200
    assert client_of("surveyor").get(address).status_code == 404, "the team's window has closed"
    case_for(world, survey)
    assert client_of("medlem").get(address).status_code == 200
    assert client_of("medlem").get(f"/akkreditering/rapport/{survey.pk}/2/").status_code == 404
    with activate(WORKER):
        looks = AuditRecord.objects.filter(practice_id=survey.practice_id, kind="survey_report", act="viewed").order_by("seq")
        assert [row.role for row in looks] == ["regional_administrator", "committee_member"]


def test_taking_it_home_leaves_a_trace_and_is_a_pdf(world: World) -> None:
    survey = world.walked("accredited")
    answer = client_of("leder").get(f"/akkreditering/rapport/{survey.pk}/1/rapport.pdf")
    assert (answer["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")
    assert f"kip-akkreditering-{survey.pk}-1-da.pdf" in answer["Content-Disposition"]
    with activate(WORKER):
        (row,) = AuditRecord.objects.filter(practice_id=survey.practice_id, kind="survey_report", act="downloaded")
    assert (row.actor, row.detail["round"], row.detail["final"]) == ("leder", 1, True)


def test_the_hearing_stands_in_the_final_report(world: World) -> None:
    survey = world.walked("in_hearing", worst="partially_met")
    with world.as_(world.manager) as by:
        point = hearing.add_point(by=by, survey=survey, text="Vi er tre læger, ikke to.", indicator=asked(survey)[0])
        hearing.reply(by=by, survey=survey)
    with world.as_(world.lead) as by:
        hearing.answer_point(by=by, point=point, answer="Det er rettet.", outcome="text_corrected")
        hearing.finish_hearing(by=by, survey=survey)
    (told,) = read(survey).hearing
    assert (told.about, told.text, told.answer) == (asked_number(survey), "Vi er tre læger, ikke to.", "Det er rettet.")
    assert told.outcome == _("text corrected")


def asked_number(survey: Survey) -> str:
    with activate(WORKER):
        return asked(survey)[0].number


def test_as_many_queries_for_one_decision_as_for_several(world: World) -> None:
    one = world.walked("report_final", worst="partially_met")
    client = client_of("leder")
    address = f"/akkreditering/rapport/{one.pk}/1/"
    client.get(address)
    counts = []
    for _step in range(2):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        # The page's frame looks now and then whether what it keeps still holds.
        counts.append(sum("accreditation_" in query["sql"] for query in queries))
        with world.as_(world.office) as by:
            if fresh_state(one) == "report_final":
                deciding.refer_to_committee(by=by, survey=one)
        if fresh_state(one) == "decision":
            item = case_for(world, one)
            with world.as_(world.member) as by:
                deciding.decide(by=by, item=item, status="provisional")
    assert counts[0] == counts[1] == 3


def fresh_state(survey: Survey) -> str:
    return str(fresh(survey).state)
