"""The library KIP ships: complete, in two languages, consistent with itself and with the historic sets."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from accreditation.library import (
    STANDARDS,
    counterparts,
    help_for,
    load_history,
    load_libraries,
    load_library,
    restore,
)
from kip.core.yaml_source import DefinitionError
from practices.enums import Profession
from tests.accreditation.broken_files import refusal
from tests.accreditation.library.small_library import FILES, small

(SHIPPED,) = load_libraries()
# A published edition is never edited: a change of the library is a new version, not a new digest.
DIGESTS = {
    "general_practice": "ceda077d343bb7bd",
    "specialist_practice": "2cec497d61370882",
    "physiotherapy": "bd2401455c4498e0",
    "chiropractic": "154819a35b19d2a3",
    "psychology": "ef8135acd9fd65b1",
    "dentistry": "c255bff9f235bc5e",
    "podiatry": "2d02ac0b8edd2d02",
    "dental_hygiene": "76b1b15544aa23c5",
}


def test_counts_are_those_of_the_design() -> None:
    critical = [indicator for indicator in SHIPPED.indicators.values() if indicator.critical]
    assert (len(SHIPPED.generic), len(SHIPPED.modules), len(SHIPPED.indicators), len(critical)) == (14, 19, 107, 25)


def test_every_profession_has_the_core_and_at_least_one_module_of_its_own() -> None:
    core = [standard.number for standard in SHIPPED.generic]
    for profession in Profession:
        numbers = [standard.number for standard in SHIPPED.edition_for(profession).standards]
        assert numbers[:14] == core
        assert numbers[14:] == [standard.number for standard in SHIPPED.modules if profession in standard.applies_to] != []


def test_an_edition_can_be_stored_and_restored() -> None:
    edition = SHIPPED.edition_for("psychology")
    again = restore(edition.content())
    assert again == edition
    assert again.digest == edition.digest


@pytest.mark.parametrize("profession", Profession)
def test_a_published_edition_is_not_edited(profession: str) -> None:
    assert SHIPPED.edition_for(profession).digest[:16] == DIGESTS[profession]


def test_the_digest_follows_the_text_and_only_the_professions_own() -> None:
    old, new = small(1), small(2)
    assert old.edition_for("psychology").digest == small(1).edition_for("psychology").digest
    assert old.edition_for("psychology").digest != new.edition_for("psychology").digest
    # G2.1.3 is normally not relevant for psychology; a physiotherapist's edition does not say so.
    assert old.edition_for("physiotherapy").indicators["G2.1.3"].normally_not_relevant_for == ()
    assert old.edition_for("psychology").indicators["G2.1.3"].normally_not_relevant_for == ("psychology",)


def test_an_unknown_profession_has_no_edition() -> None:
    with pytest.raises(KeyError):
        SHIPPED.edition_for("astrology")


def test_help_is_typed_and_in_both_languages() -> None:
    edition = SHIPPED.edition_for("general_practice")
    found = help_for(edition, "G1.2.3")
    assert found.how_to_show.da == "Vis jeres seneste datarapport i KIP, det mål, I har valgt, og datoen for næste måling."
    assert [words.en for words in found.frequent_findings][
        1
    ] == "The aim lacks a responsible person or a date for re-measurement."
    assert [words.da for words in found.methods] == ["Dokument eller plan", "Tal fra datafangst eller register"]
    assert found.written is not None
    assert found.written.da == "Skriftlig plan"
    assert (found.own_evidence, found.minutes) == (("figures",), 10)


def test_every_text_has_its_own_danish_and_english() -> None:
    for standard in SHIPPED.standards:
        texts = [standard.title, standard.purpose, standard.how_to_show, *standard.frequent_findings]
        texts += [indicator.summary for indicator in standard.indicators]
        assert [words.da for words in texts if words.da == words.en] == []


def test_the_history_points_at_standards_we_have_and_holds_no_indicators() -> None:
    history = load_history(SHIPPED)
    assert (len(history), sum(len(programme.standards) for programme in history)) == (12, 79)
    assert [(programme.id, standard.number) for programme, standard in counterparts(history, "S3")] == [
        ("specialist_practice_2013p", "11")
    ]
    assert [field for field in type(history[0].standards[0]).model_fields if "indicator" in field] == []


def test_a_history_that_points_at_nothing_is_refused(tmp_path: Path) -> None:
    path = STANDARDS / "ddkm_history.yaml"
    change = ("kip_standard: [G1.1, G1.2]", "kip_standard: [G1.1, G9.9]")
    line = path.read_text(encoding="utf-8").partition(change[0])[0].count("\n") + 1
    said = refusal(lambda copy: load_history(SHIPPED, copy), path, tmp_path, change)
    assert said == f"ddkm_history.yaml:{line}: the standard 1.1 names an unknown kip_standard G9.9."


def test_a_file_is_called_after_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "small-7.yaml").write_text((FILES / "small-1.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(
        DefinitionError, match=r"^small-7\.yaml:33: the file must be called small-1\.yaml, after what it holds\.$"
    ):
        load_libraries(tmp_path)


def test_all_versions_of_a_folder_are_loaded_and_mappings_left_alone() -> None:
    assert [(library.head.id, library.head.version, library.head.issued) for library in load_libraries(FILES)] == [
        ("small", 1, date(2026, 1, 1)),
        ("small", 2, date(2027, 1, 1)),
    ]
    assert load_library(FILES / "small-1.yaml").head == small(1).head
