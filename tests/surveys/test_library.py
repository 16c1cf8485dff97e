"""The questionnaire library loads whole, and refuses what could not be asked, with line and sentence."""

from io import StringIO
from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command
from django.db import DatabaseError

from kip.core.scope import WORKER, activate
from kip.core.yaml_source import DefinitionError
from practices.enums import Profession
from surveys.models import QuestionnaireVersion
from surveys.questionnaire.assembling import for_profession, with_modules
from surveys.questionnaire.form import Form, restore
from surveys.questionnaire.library import LIBRARY, library, load_library
from surveys.questionnaire.wording import Wording, piped

TEXT = LIBRARY.read_text(encoding="utf-8")


def test_five_instruments_stand_in_both_languages_and_say_that_they_are_drafts() -> None:
    found = library().questionnaires
    assert {name: (len(one.items), len(one.dimensions)) for name, one in found.items()} == {
        "KIP-PEX": (37, 6), "KIP-COORD": (17, 4), "KIP-PULSE": (6, 1), "KIP-PEX-CHILD": (20, 6), "KIP-ADD": (18, 5),
    }  # fmt: skip
    assert all(one.is_draft for one in found.values())
    assert set(library().terms) == set(Profession)


@pytest.mark.parametrize("name", list(library().questionnaires))
def test_a_stored_version_comes_back_the_same(name: str) -> None:
    form = library().form(name)
    again = restore(form.content())
    assert again.questionnaire == form.questionnaire
    assert (again.content(), again.digest) == (form.content(), form.digest)


BROKEN = yaml.safe_load(Path(__file__).with_name("broken_libraries.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", BROKEN, ids=[case["name"] for case in BROKEN])
def test_what_cannot_be_asked_is_refused_with_its_line(case: dict[str, str]) -> None:
    assert case["written"] in TEXT
    broken = TEXT.replace(case["written"], case["instead"], 1)
    with pytest.raises(DefinitionError) as refused:
        load_library(Path("proeve.yaml"), broken)
    assert case["sentence"] in refused.value.sentence
    assert str(refused.value).startswith("proeve.yaml:")
    assert 0 < refused.value.line <= broken.count("\n") + 1


def test_a_module_is_asked_after_the_section_it_names() -> None:
    found = library().questionnaires
    whole = with_modules(found["KIP-PEX"], [found["KIP-COORD"], found["KIP-ADD"]])
    assert [section.id for section in whole.sections][5:12] == ["S5", "C0", "C1", "C2", "C3", "C4", "A_PHY"]
    assert whole.estimated_minutes == 12
    assert whole.breaks == found["KIP-COORD"].breaks
    with pytest.raises(ValueError, match="KIP-PULSE cannot be set into KIP-PEX"):
        with_modules(found["KIP-PEX"], [found["KIP-PULSE"]])


@pytest.mark.parametrize(
    ("profession", "dimensions"),
    [("physiotherapy", ["PHY"]), ("dental_hygiene", ["DEN"]), ("specialist_practice", ["SPE"])],
)
def test_a_profession_is_asked_its_own_questions(profession: str, dimensions: list[str]) -> None:
    mine = for_profession(library().questionnaires["KIP-ADD"], profession)
    assert [one.code for one in mine.dimensions] == dimensions
    assert {item.dimension for item in mine.items} == set(dimensions)


def test_a_questionnaire_for_others_cannot_be_asked() -> None:
    with pytest.raises(ValueError, match="KIP-ADD is not for general_practice"):
        for_profession(library().questionnaires["KIP-ADD"], "general_practice")


def test_words_are_put_in_and_open_a_sentence_with_a_capital() -> None:
    wording = Wording({"da": "Tak. {place} hører, hvad {provider} gjorde.", "en": "{provider} at {place}"})
    terms = library().terms["dentistry"]
    assert piped(wording, terms, "da") == "Tak. Klinikken hører, hvad tandlægen gjorde."
    assert piped(wording, terms, "en") == "The dentist at the clinic"
    assert piped(wording, terms, "pl") == piped(wording, terms, "da")


def test_no_text_of_the_library_keeps_a_brace_once_the_words_are_in() -> None:
    for one in library().questionnaires.values():
        for terms in library().terms.values():
            for item in one.items:
                assert "{" not in piped(item.text, terms, "da") + piped(item.text, terms, "en")


def test_a_form_holds_only_the_scales_in_use() -> None:
    form = library().form("KIP-PULSE")
    assert list(form.content()["scales"]) == ["degree5"]
    assert isinstance(form, Form)


@pytest.mark.django_db
def test_the_command_stores_each_version_once() -> None:
    told = [StringIO(), StringIO()]
    for out in told:
        call_command("load_questionnaires", stdout=out)
    assert [out.getvalue() for out in told] == ["5 new questionnaires\n", "0 new questionnaires\n"]
    with activate(WORKER):
        assert set(QuestionnaireVersion.objects.values_list("state", flat=True)) == {"published"}
        QuestionnaireVersion.objects.filter(code="KIP-PEX").update(state="draft")
        QuestionnaireVersion.objects.filter(code="KIP-PEX").update(digest="0" * 64)
    with pytest.raises(CommandError, match=r"KIP-PEX 1\.0\.0-draft is stored with other content"):
        call_command("load_questionnaires", stdout=StringIO())


@pytest.mark.django_db
def test_the_database_keeps_what_has_been_published() -> None:
    call_command("load_questionnaires", stdout=StringIO())
    with pytest.raises(DatabaseError, match="never changed"), activate(WORKER):
        QuestionnaireVersion.objects.filter(code="KIP-PEX").update(content={})
