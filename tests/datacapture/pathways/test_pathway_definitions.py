"""The schema of pathways: what is refused, where, and in which words."""

from datetime import date
from pathlib import Path

import pytest

from datacapture.actions.library import DEFINITIONS
from datacapture.pathways.definitions import DefinitionError, load_pathways, pathways

HEAD = """version: 1
pathways:
  - id: back
    da: Ryg
    en: Back
    about: {da: x, en: x}
    trust: draft
    source: x
    steps:
"""
START = "      - {id: gp, da: a, en: a, at: [general_practice], event: {kind: dx, codes: [dx_laenderyg]}}\n"
NEXT = "      - {id: next, da: b, en: b, at: [chiropractic], event: {kind: dx, codes: [dx_laenderyg]}, within: 28d}\n"


def load(folder: Path, text: str) -> None:
    (folder / "codesets.yaml").write_text((DEFINITIONS / "codesets.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "pathways.yaml").write_text(text, encoding="utf-8")
    load_pathways(folder)


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        (START + NEXT.replace("28d", "4 uger"), "11: '4 uger' is not a time: write a whole number of days or months"),
        (START + NEXT.replace("dx_laenderyg", "dx_ryg"), "11: the code set dx_ryg is not known."),
        (START + NEXT.replace(", within: 28d", ""), "the step next needs within or until."),
        (START + NEXT.replace("28d", "28d, until: 7d"), "until must not end before within."),
        (START + NEXT.replace("28d", "28d, wanted: false"), "a step that is not wanted has no time limit: give until alone."),
        (START + NEXT.replace("id: next", "id: gp"), "the step gp is given twice."),
        (START + NEXT.replace("at: [chiropractic]", "at: hospital"), "a step at hospital looks for events of kind hosp."),
        (START + NEXT.replace("within", "inside"), "the key inside is not known"),
        (START.replace("at:", "from: start, at:") + NEXT, "the start gp has no from, within, until or wanted."),
        (START, "at least 2"),
    ],
)
def test_what_is_refused_names_file_line_and_a_sentence(tmp_path: Path, steps: str, said: str) -> None:
    with pytest.raises(DefinitionError) as refused:
        load(tmp_path, HEAD + steps)
    assert str(refused.value).startswith("pathways.yaml:")
    assert said in str(refused.value)


def test_the_three_pathways_and_the_days_of_entering() -> None:
    found = pathways()
    assert list(found) == ["diabetes", "low_back", "dental_recall"]
    assert found["diabetes"].entry(date(2026, 9, 30)) == (date(2023, 10, 1), date(2024, 9, 30))
    assert found["low_back"].entry(date(2026, 9, 30)) == (date(2025, 4, 4), date(2026, 4, 3))
    assert found["diabetes"].followers(0) == [1, 2, 3]
    assert found["low_back"].followers(0) == [1]
    assert found["low_back"].followers(1) == [2]
    for pathway in found.values():
        assert all(step.da != step.en for step in pathway.steps)
