"""A definition written in the portal: strict reading, the test run, four eyes, and its life beside the definition files."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from allauth.account.internal.flows.login import record_authentication
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum
from django.http import HttpRequest
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from datacapture.actions import defining
from datacapture.actions.computing import Timing, count_region, prepare
from datacapture.actions.draft_texts import read_texts, texts_text
from datacapture.actions.library import definitions, load_library
from datacapture.actions.old_numbers import left_behind
from datacapture.definition_jobs import test_definition as run_test
from datacapture.engine.writing import definition_text, read_definition
from datacapture.enums import DraftState
from datacapture.models import DefinitionDraft, IndicatorCount, IndicatorVersion
from datacapture.queries.definition_changes import change_of
from datacapture.queries.definitions import country_chart, definition_page, definition_rows, review_day
from kip.core.models import AuditRecord, Job
from kip.core.scope import WORKER, activate
from kip.core.yaml_source import DefinitionError
from practices.acting import Acting, acting_as, valid_memberships
from practices.models import User
from tests.datacapture.feedback_world import MONTH_END, World, build, compute

SignIn = Callable[..., Client]
Person = Callable[..., User]
NOBODY_LISTENS: Any = lambda *told: None  # noqa: E731  (a progress that goes nowhere)
database = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_keys(settings: Any, tmp_path: Path) -> None:
    settings.KIP_HOME, settings.KIP_KEY_FILE, settings.KIP_REQUIRE_MFA = tmp_path, tmp_path / "keys", False


@pytest.fixture
def world(country: dict[str, Any]) -> World:
    return build(country, only=("DM-02",))


def acting(user: User) -> Acting:
    with activate(WORKER):
        return acting_as(valid_memberships(user)[0])


def running(code: str = "DM-02") -> IndicatorVersion:
    with activate(WORKER):
        return IndicatorVersion.objects.select_related("indicator").get(indicator__code=code, retired_at=None)


def fresh(client: Client) -> Client:
    """The password was given just now."""
    request = HttpRequest()
    request.session = client.session
    record_authentication(request, User.objects.get(pk=request.session["_auth_user_id"]), method="password", reauthenticated=True)
    request.session.save()
    return client


def drafted(by: Acting, old: str = "num: 59.0", new: str = "num: 53.0") -> DefinitionDraft:
    """A draft of DM-02 with another limit."""
    version = running()
    with activate(by.scope):
        draft = defining.begin(by=by, version=version)
        text = draft.definition_text
        assert old in text
        defining.save(
            by=by, draft=draft, definition=text.replace(old, new), texts=draft.texts_text, min_n=draft.min_n, note="Ny grænse",
            keep_numbers=True,
        )  # fmt: skip
        defining.order_test(by=by, draft=draft)
    run_test(WORKER, NOBODY_LISTENS, draft.pk)
    return again(draft)


def again(draft: DefinitionDraft) -> DefinitionDraft:
    with activate(WORKER):
        return DefinitionDraft.objects.select_related("indicator", "base").get(pk=draft.pk)


def approved(draft: DefinitionDraft, by: Acting) -> None:
    with activate(by.scope):
        defining.approve(by=by, draft=draft, next_review=timezone.localdate() + timedelta(days=200), keep_numbers=True)


def test_every_definition_survives_being_written_and_read() -> None:
    library, _texts = definitions()
    for code, indicator in library.indicators.items():
        stored = indicator.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        assert read_definition(definition_text(stored), library, code) == indicator


def test_the_words_survive_too() -> None:
    _library, texts = definitions()
    for code, words in texts.items():
        read = read_texts(texts_text(words), code)
        assert read == {name: words[name] for name in read}


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("ref: adult_dm", "ref: nobody_knows", 13, "unknown clause nobody_knows"),
        ("lab_hba1c", "lab_unknown", None, "lab_unknown is not known"),
        ("unit: mmol/mol", "unit: pounds", None, "pounds"),
        ("id: DM-02", "id: DM-09", 1, "the id must stay DM-02"),
        ("direction: higher", "direction: &a higher", 8, "anchors"),
        ("kind: outcome", "kind: [", None, "not valid YAML"),
        ("kind: outcome", "kind: outcome\nkindly: yes", None, "kindly"),
        ("type: proportion", "type: proportions", 6, "must be one of: proportion"),
    ],
)
def test_a_wrong_definition_is_refused_with_its_line(old: str, new: str, line: int | None, words: str) -> None:
    library, _texts = definitions()
    stored = library.indicators["DM-02"].model_dump(mode="json", by_alias=True, exclude_defaults=True)
    text = definition_text(stored)
    assert old in text
    with pytest.raises(DefinitionError, match=words) as refused:
        read_definition(text.replace(old, new, 1), library, "DM-02")
    assert refused.value.line > 0
    if line is not None:
        assert old in text.splitlines()[refused.value.line - 1]


@database
def test_a_draft_becomes_a_version_by_another_person_and_stays_over_the_files(world: World, person: Person) -> None:
    author, checker = acting(person("national_analyst", None)), acting(person("steering_group_member", None))
    draft = drafted(author)
    assert draft.tested
    with pytest.raises(PermissionDenied), activate(author.scope):
        defining.approve(by=author, draft=draft, next_review=date(2027, 6, 1))
    approved(draft, checker)
    former = running()
    with activate(WORKER):
        prepare(MONTH_END)  # an approved draft changes nothing before a release is counted
        assert defining.apply_approved().changed == ["DM-02"]
    now = running()
    assert (now.number, now.author, now.checker, now.note) == (2, author.person_name, checker.person_name, "Ny grænse")
    assert (now.reviewed_on, review_day(now)) == (timezone.localdate(), timezone.localdate() + timedelta(days=200))
    assert "53" in str(now.texts["method"])
    assert again(draft).state == DraftState.PUBLISHED
    with activate(WORKER):
        loaded = load_library()
        assert ("DM-02" in loaded.kept, "DM-02" in loaded.changed) == (True, False)
        IndicatorVersion.objects.exclude(indicator__code="DM-02").update(retired_at=timezone.now())
        prepare(MONTH_END)
        acts = list(AuditRecord.objects.filter(kind="definition").order_by("seq").values_list("act", flat=True))
    assert running().pk == now.pk != former.pk
    assert acts == [
        "definition_begun", "definition_saved", "definition_tested", "definition_approved", "definition_published",
    ]  # fmt: skip
    with translation.override("en"):
        change = change_of(former, now)
    assert {line.kind for line in change.words} == {"added", "removed"}
    assert any("53" in line.text for line in change.lines if line.kind == "added")


@database
def test_the_test_run_shows_what_a_real_count_finds(world: World, person: Person) -> None:
    author, checker = acting(person("national_analyst", None)), acting(person("steering_group_member", None))
    draft = drafted(author)
    approved(draft, checker)
    assert draft.test is not None
    with activate(WORKER):
        defining.apply_approved()
        setup = prepare(MONTH_END)
        for region in world.regions.values():
            count_region(setup, region, Timing())
        sums: dict[str, tuple[int, int]] = {}
        for region in world.regions.values():
            rows = IndicatorCount.objects.filter(version=setup.versions["DM-02"], region=region, month_end=MONTH_END)
            total = rows.aggregate(x=Sum("numerator"), d=Sum("denominator_only"))
            sums[region.name_da] = (total["x"], total["x"] + total["d"])
    shown = {item["da"]: item for item in draft.test["regions"]}
    assert shown.keys() == sums.keys()
    for name, (x, n) in sums.items():
        new = shown[name]["new"]
        assert (new["x"], new["n"]) == (5 * ((2 * x + 5) // 10), 5 * ((2 * n + 5) // 10))
        assert new["x"] < shown[name]["old"]["x"]
        assert shown[name]["moved"] >= 5
    assert {(old, new) for old, new, _number in draft.test["moved"]} == {("numerator", "denominator_only")}
    last = draft.test["months"][-1]
    assert 0 < last["new"] < last["old"] < 1


@database
def test_a_break_stands_in_the_countrys_curve(world: World, person: Person) -> None:
    author, checker = acting(person("national_analyst", None)), acting(person("steering_group_member", None))
    approved(drafted(author), checker)
    with activate(WORKER):
        defining.apply_approved()
    compute("Ny definition")
    with activate(WORKER):
        versions = list(IndicatorVersion.objects.filter(indicator__code="DM-02").select_related("indicator").order_by("-number"))
        IndicatorVersion.objects.filter(pk=versions[0].pk).update(published_at="2026-06-15T12:00:00Z")
        versions[0].refresh_from_db()
        chart = country_chart(versions)
    assert chart is not None
    assert {row[2] for row in chart.rows} <= {"1", "2"}
    assert "chart" in chart.wide


@database
def test_pages_of_a_definition_and_its_draft(world: World, signed_in: SignIn) -> None:
    analyst = signed_in("national_analyst")
    answer = analyst.post("/definitioner/DM-02/nyt-udkast/")
    edit = answer.headers["Location"]
    with activate(WORKER):
        draft = DefinitionDraft.objects.get()
    values = {"definition": draft.definition_text, "texts": draft.texts_text, "min_n": "30", "note": "Ny grænse"}
    wrong = analyst.post(edit, values | {"definition": draft.definition_text.replace("ref: adult_dm", "ref: ukendt")})
    assert wrong.status_code == 422
    assert "ukendt" in wrong.content.decode()
    assert "Linje" in wrong.content.decode() or "Line " in wrong.content.decode()
    changed = values | {"definition": draft.definition_text.replace("59.0", "53.0")}
    warned = analyst.post(edit, changed)
    assert warned.status_code == 422
    assert "HbA1c under 59 mmol/mol" in warned.content.decode()
    assert 'name="keep_numbers"' in warned.content.decode()
    sent = analyst.post(edit, changed | {"keep_numbers": "on"})
    page = sent.headers["Location"]
    assert analyst.post(f"{page}proev/").status_code == 302
    assert "hx-get" in analyst.get(page).content.decode()
    with activate(WORKER):
        work = Job.objects.get(name=defining.TEST_JOB)
    run_test(WORKER, NOBODY_LISTENS, **work.arguments)
    assert fresh(analyst).get(f"{page}godkend/").status_code == 404
    member = signed_in("steering_group_member")
    late = member.post(f"{page}godkend/", {"next_review": "1.6.2027", "read": "on"})
    assert (late.status_code, again(draft).state) == (302, DraftState.DRAFT)  # the password is asked for first
    assert (
        fresh(member).post(f"{page}godkend/", {"next_review": "1.6.2020", "read": "on", "keep_numbers": "on"}).status_code == 422
    )
    unseen = member.post(f"{page}godkend/", {"next_review": "1.6.2027", "read": "on"})
    assert (unseen.status_code, again(draft).state) == (422, DraftState.DRAFT)  # the old numbers must be seen by the second too
    assert "HbA1c under 59 mmol/mol" in unseen.content.decode()
    assert member.post(f"{page}godkend/", {"next_review": "1.6.2027", "read": "on", "keep_numbers": "on"}).status_code == 302
    assert again(draft).state == DraftState.APPROVED
    with activate(WORKER):
        kept = AuditRecord.objects.filter(kind="definition", detail__kept_numbers=["59"])
        assert sorted(kept.values_list("act", flat=True)) == ["definition_approved", "definition_saved"]
    for client in (signed_in("clinician", "north_1"), signed_in("quality_consultant", "north"), member):
        assert "DM-02" in client.get("/definitioner/").content.decode()
        body = client.get("/definitioner/DM-02/").content.decode()
        assert "create temporary table" in body
        assert "adult_dm" in body
    assert signed_in("clinician", "north_2").get(page).status_code == 404


@database
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE datacapture_indicatorversion SET definition = '{}'",
        "UPDATE datacapture_indicatorversion SET min_n = 1",
        "UPDATE datacapture_definitiondraft SET min_n = 11",
        "UPDATE datacapture_definitiondraft SET state = 'draft'",
    ],
)
def test_the_database_keeps_what_was_approved(world: World, person: Person, statement: str) -> None:
    approved(drafted(acting(person("national_analyst", None))), acting(person("steering_group_member", None)))
    with pytest.raises(DatabaseError, match=r"version|draft"), activate(WORKER), connection.cursor() as cursor:
        cursor.execute(statement)


@database
def test_nobody_approves_in_another_name(world: World, person: Person) -> None:
    author, other = acting(person("national_analyst", None)), acting(person("steering_group_member", None))
    draft = drafted(author)
    with pytest.raises(DatabaseError, match="own name"), activate(author.scope), transaction.atomic():
        DefinitionDraft.objects.filter(pk=draft.pk).update(
            state="approved", checker_id=other.scope.user_id, reviewed_on=timezone.localdate()
        )


@database
def test_the_list_asks_the_same_number_of_questions_for_one_and_for_three(world: World) -> None:
    counted = []
    for codes in (("DM-02",), ("DM-01", "DM-02", "DM-03")):
        with activate(WORKER):
            IndicatorVersion.objects.exclude(indicator__code__in=codes).update(retired_at=timezone.now())
            IndicatorVersion.objects.filter(indicator__code__in=codes).update(retired_at=None)
            with CaptureQueriesContext(connection) as queries:
                rows = definition_rows(None)
        assert [row.code for row in rows] == list(codes)
        counted.append(len(queries))
    assert counted == [1, 1]


@pytest.mark.parametrize(
    ("before", "after", "said", "found"),
    [
        ({"num": 59.0}, {"num": 64.0}, "HbA1c under 59 mmol/mol", ["59"]),
        ({"num": 59.0}, {"num": 64.0}, "HbA1c på 59-75, ikke 159, 59,5 eller 1.59", ["59"]),
        ({"num": 59.0}, {"num": 64.0}, "HbA1c under 64 mmol/mol", []),
        ({"num": 4.5}, {"num": 5.0}, "over 4,5 mmol/l", ["4,5"]),
        ({"num": 4.5}, {"num": 5.0}, "above 4.5 mmol/L", ["4,5"]),
        ({"num": 1000.0}, {"num": 1200.0}, "pr. 1.000 patienter", ["1000"]),
        ({"steps": [[-24, "m"]]}, {"steps": [[-36, "m"]]}, "undersøgt inden for 2 år", ["2"]),
        ({"steps": [[-24, "m"]]}, {"steps": [[-36, "m"]]}, "de seneste 24 måneder", ["24"]),
        ({"steps": [[-24, "m"]]}, {"steps": [[-36, "m"]]}, "type 2-diabetes og 24 patienter", []),
        ({"steps": [[42, "d"]]}, {"steps": [[28, "d"]]}, "reassessed within 6 weeks", ["6"]),
        ({"age": {"min": 18}}, {"age": {"min": 16}}, "voksne fra 18 år", ["18"]),
        ({"age": {"min": 18}, "num": 18.0}, {"age": {"min": 16}, "num": 18.0}, "voksne fra 18 år", []),
    ],
)
def test_an_old_number_is_found_where_the_texts_still_name_it(
    before: dict[str, Any], after: dict[str, Any], said: str, found: list[str]
) -> None:
    named = [item.number for item in left_behind({"x": before}, {"x": after, "da": said}, {})]
    listed = [item.number for item in left_behind({"x": before}, {"x": after}, {"actions": [{"da": said, "en": ""}]})]
    assert (named, listed) == (found, found)


@database
def test_everybody_reads_what_is_approved_and_only_those_who_write_what_waits(world: World, person: Person) -> None:
    author, checker = acting(person("national_analyst", None)), acting(person("steering_group_member", None))
    consultant = acting(person("quality_consultant", "north"))
    draft = drafted(author)

    def coming(by: Acting) -> str:
        with activate(by.scope), translation.override("en"):
            page = definition_page(by, "DM-02")
        assert page is not None
        return page.coming.words if page.coming else ""

    waits = f"A draft by {author.person_name} has been tried on the data and waits for another person's approval."
    assert [coming(by) for by in (author, checker, consultant)] == [waits, waits, ""]
    approved(draft, checker)
    for by in (author, consultant):
        assert coming(by).startswith(f"Version 2 is approved by {checker.person_name} on ")


@database
def test_an_overdue_review_is_marked(world: World) -> None:
    with activate(WORKER):
        IndicatorVersion.objects.filter(retired_at=None).update(next_review=timezone.localdate() - timedelta(days=1))
        assert [row.overdue for row in definition_rows(None)] == [True]
        IndicatorVersion.objects.filter(retired_at=None).update(next_review=timezone.localdate())
        assert [row.overdue for row in definition_rows(None)] == [False]
