"""A library that cannot be rated is refused with file, line and one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from accreditation.library import load_library
from kip.core.yaml_source import DefinitionError
from tests.accreditation.broken_files import refusal
from tests.accreditation.library.small_library import FILES

TITLE = "    title_en: Good practice\n"
FIRST = "    - number: G1.1.1\n"
METHODS = "      assessed_by: [record_review]\n"
WRITTEN = "      written_requirement: guideline_if_3_or_more_staff_groups\n"
EVERYBODY = (
    "[general_practice, specialist_practice, physiotherapy, chiropractic, psychology, dentistry, podiatry, dental_hygiene]"
)
GOOD_PRACTICE = f"    theme: G1\n    applies_to: {EVERYBODY}\n"
MODULE = "    applies_to: [general_practice]\n"
NOT_HERE = "      normally_not_relevant_for: [psychology]\n"

BROKEN = {
    "unknown key in a standard": (TITLE, TITLE + "    weight: 3\n", "42: the key weight is not known in this map."),
    "unknown key in an indicator": (
        METHODS,
        METHODS + "      weight: 3\n",
        "69: the key weight is not known in indicators.2.",
    ),
    "unknown key at the top": (
        "sources:\n  kip",
        "extra: 1\nsources:\n  kip",
        "27: the key extra is not known at the top of the file.",
    ),
    "unknown key in the head": ("  id: small\n", "  id: small\n  colour: red\n", "31: the key colour is not known in this map."),
    "another format": ("kip.standards/1", "kip.standards/2", "2: the format must be kip.standards/1."),
    "number of an indicator twice": ("number: G1.1.2", "number: G1.1.1", "56: the indicator number G1.1.1 is given twice."),
    "number of a standard twice": ("  - number: G2.1\n", "  - number: G1.1\n", "79: the standard number G1.1 is given twice."),
    "number that belongs to another standard": (
        "number: G2.1.4",
        "number: G1.1.4",
        "111: the indicator G1.1.4 stands under G2.1, so its number must begin with it.",
    ),
    "English title missing": (TITLE, "", "39: title_en is missing."),
    "Danish summary missing": (
        "      summary_da: Klinikken kender sine vejledninger.\n",
        "",
        "48: summary_da is missing.",
    ),
    "empty text": (TITLE, "    title_en: ''\n", "39: title_en must be a text."),
    "findings in one language": (
        "    - Aftalen er ikke kendt af alle.\n    frequent_findings_en:\n    - Not everybody knows the agreement.\n"
        "    frequent_findings_sources: [kip]\n    editorial_fields: [how_to_show, frequent_findings, minutes]\n"
        "  - number: G2.1\n",
        "    - Aftalen er ikke kendt af alle.\n    - Den er gammel.\n    frequent_findings_en:\n"
        "    - Not everybody knows the agreement.\n  - number: G2.1\n",
        "39: frequent_findings_da and frequent_findings_en must hold the same number of texts.",
    ),
    "language missing in the vocabulary": (
        "    nurse: {da: Sygeplejerske, en: Nurse}",
        "    nurse: {da: Sygeplejerske}",
        "22: staff_groups.nurse.en is missing.",
    ),
    "unknown way of assessing": (
        METHODS,
        "      assessed_by: [telepathy]\n",
        "68: the indicator G1.1.3 names an unknown way of assessing telepathy.",
    ),
    "no way of assessing": (METHODS, "      assessed_by: []\n", "68: assessed_by must name at least one way of assessing."),
    "unknown method in the vocabulary": (
        "    certificate: {",
        "    rumour: {",
        "11: rumour is not a code KIP knows under assessed_by.",
    ),
    "method without words": (
        "    certificate: {da: Kursusbevis, en: Certificate}\n",
        "",
        "4: assessed_by lacks the words for certificate.",
    ),
    "unknown theme": (
        "    theme: G1\n",
        "    theme: G9\n",
        "42: the standard G1.1 names an unknown theme G9.",
    ),
    "theme twice": ("{code: G2, da", "{code: G1, da", "26: the theme G1 is given twice."),
    "unknown profession": (
        MODULE,
        "    applies_to: [astrology]\n",
        "132: the standard A1 names an unknown profession astrology.",
    ),
    "generic standard for some": (
        GOOD_PRACTICE,
        "    theme: G1\n    applies_to: [psychology]\n",
        "43: the standard G1.1 is in the generic core and must apply to every profession.",
    ),
    "module for everybody": (
        MODULE,
        f"    applies_to: {EVERYBODY}\n",
        "132: the standard A1 is in a module and must apply to some professions but not all.",
    ),
    "not relevant where it does not apply": (
        "      least_people: 2\n",
        "      normally_not_relevant_for: [psychology]\n",
        "144: the indicator A1.1 names psychology, but A1 does not apply to it.",
    ),
    "not relevant but may not be": (
        "      may_be_not_relevant: true\n" + NOT_HERE,
        "      may_be_not_relevant: false\n" + NOT_HERE,
        "109: the indicator G2.1.3 is normally not relevant for some, so may_be_not_relevant must be true.",
    ),
    "unknown written requirement": (
        WRITTEN,
        "      written_requirement: poem\n",
        "54: the indicator G1.1.1 names an unknown written requirement poem.",
    ),
    "written but never read": (
        "      assessed_by: [document, interview]\n",
        "      assessed_by: [interview]\n",
        "54: the indicator G1.1.1 demands something written, so it must also be assessed by document.",
    ),
    "no time": (
        "      own_evidence: [figures]\n      minutes: 5\n",
        "      own_evidence: [figures]\n      minutes: 0\n",
        "63: minutes, least_people and least_staff_groups must be whole numbers above 0.",
    ),
    "time in words": (
        "      own_evidence: [figures]\n      minutes: 5\n",
        "      own_evidence: [figures]\n      minutes: five\n",
        "63: indicators.1.minutes must be a whole number.",
    ),
    "unknown evidence": (
        "own_evidence: [figures]",
        "own_evidence: [gossip]",
        "62: the indicator G1.1.2 names an unknown evidence of our own gossip.",
    ),
    "unknown source": (
        "  kip: KIP's own text\n",
        "  own: KIP's own text\n",
        "46: the standard G1.1 names an unknown source kip.",
    ),
    "more staff groups than there are": (
        "least_staff_groups: 3",
        "least_staff_groups: 4",
        "117: the indicator G2.1.4 asks for more staff groups than the 3 there are.",
    ),
    "truth in words": (
        "      patient_safety_critical: false\n      assessed_by: [document, interview]\n",
        "      patient_safety_critical: 'no'\n      assessed_by: [document, interview]\n",
        "51: indicators.0.patient_safety_critical must be true or false.",
    ),
    "number that is none": (
        "number: G1.1.2",
        "number: one",
        "56: indicators.1.number is not written as it must be (^[A-Z]{1,2}\\d{1,2}(\\.\\d{1,2}){1,2}$).",
    ),
    "modules that are no list": (
        "  profession_modules:\n",
        "  profession_modules: none\n  other:\n",
        "128: the key other is not known in this map.",
    ),
    "no date": ("  issued: 2026-01-01\n", "", "29: issued is missing."),
    "key twice": (TITLE, TITLE + TITLE, "42: the key title_en is given twice."),
    "no YAML": (TITLE, "    title_en: [Good practice\n", "42: the file is not valid YAML: expected ',' or ']', but got ':'."),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_library_is_refused(name: str, tmp_path: Path) -> None:
    old, new, message = BROKEN[name]
    assert refusal(load_library, FILES / "small-1.yaml", tmp_path, (old, new)) == f"small-1.yaml:{message}"


def test_a_library_that_is_not_there_is_refused() -> None:
    with pytest.raises(DefinitionError, match=r"^none-1\.yaml:1: the file is missing or cannot be read\.$"):
        load_library(FILES / "none-1.yaml")
