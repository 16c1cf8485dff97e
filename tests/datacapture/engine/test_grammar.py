"""What the loader refuses, with the exact sentence and line an author sees."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from datacapture.engine.bounds import Bound, parse_bound, period_start, resolve
from datacapture.engine.library import DefinitionError, load_definitions

SETS = """systems:
  TEST: {name: test}
sets:
  a: {da: a, en: a, TEST: [A1, "B*"]}
"""
HEAD = (
    "indicators:\n"
    "- {id: T-01, da: t, en: t, professions: [podiatry], value: equity, type: proportion, kind: process,\n"
    "   direction: higher, source: s, verified: true,\n"
)
BROKEN = [
    (
        "unknown key in an event",
        HEAD + "   population: {all_of: []},\n   numerator: {event: {kind: lab, code: [a]}}}\n",
        "indicators.yaml:5: the key code is not known in numerator.event.",
    ),
    (
        "two keys in a clause",
        HEAD + "   population: {sex: male, age: {at: period_end, min: 1}}, numerator: {all_of: []}}\n",
        "indicators.yaml:4: a clause has exactly one key, found age, sex.",
    ),
    (
        "bound that is none",
        HEAD + "   population: {all_of: []}, numerator: {event: {kind: lab, within: [end-12w, end]}}}\n",
        "indicators.yaml:4: 'end-12w' is not a bound: write an anchor and steps, for example end-12m+1d.",
    ),
    (
        "window that is never open",
        HEAD + "   population: {all_of: []}, numerator: {event: {kind: lab, within: [end, start]}}}\n",
        "indicators.yaml:4: the window [end, start] can never hold a day.",
    ),
    (
        "unknown code set",
        HEAD + "   population: {all_of: []},\n   numerator: {event: {kind: lab, codes: [b]}}}\n",
        "indicators.yaml:5: the code set b is not known.",
    ),
    (
        "circular reference",
        "define:\n  x: {ref: y}\n  y: {any_of: [{ref: x}]}\n",
        "indicators.yaml:2: the definitions refer in a circle: x -> y -> x.",
    ),
    (
        "unknown reference",
        HEAD + "   population: {ref: nowhere}, numerator: {all_of: []}}\n",
        "indicators.yaml:4: ref names an unknown clause nowhere.",
    ),
    (
        "index window without index",
        HEAD + "   population: {all_of: []}, numerator: {event: {kind: lab, within: [index, end]}}}\n",
        "indicators.yaml:4: the window counts from an index event, and this indicator has none.",
    ),
    (
        "missing numerator",
        HEAD + "   population: {all_of: []}}\n",
        "indicators.yaml:2: an indicator of type proportion needs numerator.",
    ),
    (
        "impossible ages",
        HEAD + "   population: {age: {at: period_end, min: 9, max: 8}}, numerator: {all_of: []}}\n",
        "indicators.yaml:4: the age limits are impossible: min is above max.",
    ),
    (
        "tie without pick",
        HEAD + "   population: {all_of: []}, numerator: {event: {kind: lab, tie: min}}}\n",
        "indicators.yaml:4: tie needs pick: it chooses among several numbers on the picked day.",
    ),
    (
        "half a value test",
        HEAD + "   population: {all_of: []}, numerator: {event: {kind: lab, value: {op: lt}}}}\n",
        "indicators.yaml:4: a value test is op with num, or codes, or present, or missing: exactly one of them.",
    ),
    (
        "text where a number belongs",
        HEAD + "   population: {all_of: []}, numerator: {event: {kind: lab, value: {op: lt, num: '9'}}}}\n",
        "indicators.yaml:4: numerator.event.value.num must be a number.",
    ),
    (
        "unquoted comma in a title",
        HEAD.replace("da: t", "da: five, seven") + "   population: {all_of: []}, numerator: {all_of: []}}\n",
        "indicators.yaml:2: the key seven is not known in this map.",
    ),
    (
        "same indicator twice",
        HEAD + "   population: {all_of: []}, numerator: {all_of: []}}\n"
        + HEAD.partition("\n")[2] + "   population: {all_of: []}, numerator: {all_of: []}}\n",
        "indicators.yaml:5: the indicator T-01 is given twice.",
    ),
    (
        "broken YAML",
        "define: {x: [\n",
        "indicators.yaml:2: the file is not valid YAML: expected the node content, but found '<stream end>'.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "sentence"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_refusal(text: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "codesets.yaml").write_text(SETS, encoding="utf-8")
    (tmp_path / "indicators.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError) as refused:
        load_definitions(tmp_path)
    assert str(refused.value) == sentence


def test_unknown_code_system_is_refused(tmp_path: Path) -> None:
    (tmp_path / "codesets.yaml").write_text(SETS.replace("TEST: [A1", "TSET: [A1"), encoding="utf-8")
    (tmp_path / "indicators.yaml").write_text("indicators: []\n", encoding="utf-8")
    with pytest.raises(DefinitionError) as refused:
        load_definitions(tmp_path)
    assert str(refused.value) == "codesets.yaml:4: the set a names an unknown code system TSET."


def test_bounds_follow_the_calendar() -> None:
    assert parse_bound("end-12m+1d") == Bound("end", ((-12, "m"), (1, "d")))
    assert resolve(parse_bound("end-12m+1d"), date(2025, 12, 31), 12) == date(2025, 1, 1)
    assert resolve(parse_bound("end-6m"), date(2024, 8, 31), 12) == date(2024, 2, 29)
    assert resolve(parse_bound("start-2y+9m"), date(2025, 12, 31), 12) == date(2023, 10, 1)
    assert period_start(date(2025, 2, 28), 12) == date(2024, 3, 1)


def test_catalogue_loads_and_sets_match_prefixes() -> None:
    library = load_definitions(Path(__file__).parents[3] / "datacapture" / "definitions")
    assert len(library.indicators) == 68
    assert library.sets_of("SKS", "DE11.5B") == ["dx_diabetes", "dx_diabetes2", "dx_fodsaar"]
    assert library.sets_of("ICPC2", "T89") == ["dx_diabetes"]
