"""More of what the loader refuses: units, types, indicators made of others, and files that are no definitions at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from datacapture.engine.library import DefinitionError, load_definitions
from tests.datacapture.engine.test_grammar import HEAD, SETS

UNITS = SETS + '  c: {da: c, en: c, TEST: [C1], unit: "mmol/L"}\n'
ALL = "population: {all_of: []}"
PLAIN = HEAD + f"   {ALL}, numerator: {{all_of: []}}}}\n"
INDEX = "index: {kind: svc, within: [start, end]}, unit: event"


def typed(kind: str, rest: str) -> str:
    return HEAD.replace("type: proportion", f"type: {kind}") + f"   {rest}}}\n"


def numerator(event: str) -> str:
    return HEAD + f"   {ALL}, numerator: {{event: {{{event}}}}}}}\n"


BROKEN = {
    "unit of another set": (
        numerator("kind: lab, codes: [c], value: {op: lt, num: 5, unit: mmol/mol}"),
        "indicators.yaml:4: the unit mmol/mol is not known here (known: mmol/L).",
    ),
    "unit nobody uses": (
        numerator("kind: lab, codes: [a], value: {op: lt, num: 5, unit: stone}"),
        "indicators.yaml:4: the unit stone is not known here (known: mmol/L).",
    ),
    "unknown operator": (
        numerator("kind: lab, value: {op: below, num: 5}"),
        "indicators.yaml:4: numerator.event.value.op must be one of: lt, le, gt, ge, eq.",
    ),
    "unknown way to meet a window": (
        numerator("kind: lab, when: during"),
        "indicators.yaml:4: numerator.event.when must be one of: starts, ends, overlaps, inside.",
    ),
    "window with one bound": (
        numerator("kind: lab, within: [start]"),
        "indicators.yaml:4: a window is a list of two bounds, for example [start, end].",
    ),
    "birth window turned round": (
        numerator("kind: lab, within: [birth+2y, birth+1y]"),
        "indicators.yaml:4: the window [birth+2y, birth+1y] can never hold a day.",
    ),
    "window after the index that ends before it": (
        HEAD + f"   {INDEX}, {ALL}, numerator: {{event: {{kind: lab, within: [index_end+1d, index]}}}}}}\n",
        "indicators.yaml:4: the window [index_end+1d, index] can never hold a day.",
    ),
    "window in also": (
        numerator("kind: lab, also: [{when: ends, within: [end+1d, end]}]"),
        "indicators.yaml:4: the window [end+1d, end] can never hold a day.",
    ),
    "same without index": (
        numerator("kind: lab, same: course"),
        "indicators.yaml:4: same needs an index event, and this indicator has none.",
    ),
    "age on an index that is not there": (
        HEAD + "   population: {age: {at: index, min: 18}}, numerator: {all_of: []}}\n",
        "indicators.yaml:4: age needs an index event, and this indicator has none.",
    ),
    "index event of a patient": (
        HEAD + f"   {ALL}, numerator: {{index_is: {{codes: [a]}}}}}}\n",
        "indicators.yaml:4: index_is needs an index event, and this indicator has none.",
    ),
    "index through a named clause": (
        "define:\n  near_it: {event: {kind: lab, within: [index, end]}}\n" + HEAD + f"   {ALL}, numerator: {{ref: near_it}}}}\n",
        "indicators.yaml:6: the window counts from an index event, and this indicator has none.",
    ),
    "unit without index": (
        HEAD + f"   unit: event, {ALL}, numerator: {{all_of: []}}}}\n",
        "indicators.yaml:2: unit event and patient_index need index, and unit patient has none.",
    ),
    "counting the index": (
        HEAD + "   index: {kind: svc, min_count: 2}, unit: event,\n" + f"   {ALL}, numerator: {{all_of: []}}}}\n",
        "indicators.yaml:4: index takes each matching event, so min_count has no meaning.",
    ),
    "circle of one": (
        "define:\n  x: {all_of: [{ref: x}]}\n",
        "indicators.yaml:2: the definitions refer in a circle: x -> x.",
    ),
    "circle through near": (
        "define:\n  x: {event: {kind: lab, near: {ref: y}}}\n  y: {none_of: [{ref: x}]}\n",
        "indicators.yaml:2: the definitions refer in a circle: x -> y -> x.",
    ),
    "rate of two kinds": (
        typed("rate", f"{ALL}, per: 1000, numerator_count: {{kind: lab}}, numerator_clause: {{all_of: []}}"),
        "indicators.yaml:2: a rate needs numerator_count or numerator_clause, exactly one of them.",
    ),
    "numerator of a rate": (
        typed("rate", f"{ALL}, per: 1000, numerator_count: {{kind: lab}}, numerator: {{all_of: []}}"),
        "indicators.yaml:2: an indicator of type rate has no use for numerator.",
    ),
    "days until what": (
        typed("median_days", f"{ALL}, {INDEX}"),
        "indicators.yaml:2: an indicator of type median_days needs until.",
    ),
    "days from nowhere": (
        typed("median_days", f"{ALL}, {INDEX}, until: {{kind: svc, within: [start, end]}}"),
        "indicators.yaml:2: until must be looked for from the index event: within must name index or index_end.",
    ),
    "change of an unknown score": (
        typed("mean_change", f"{ALL}, {INDEX}, change: {{codes: [phq], from: first, to: last}}"),
        "indicators.yaml:4: the code set phq is not known.",
    ),
    "composite of an unknown": (
        typed("composite_all", "components: [T-09]"),
        "indicators.yaml:2: T-01 names an unknown indicator T-09.",
    ),
    "composite of itself": (
        typed("composite_all", "components: [T-01]"),
        "indicators.yaml:2: T-01 is made of T-01, which is itself made of others.",
    ),
    "gap between three": (
        PLAIN.replace("T-01", "T-02") + typed("gap", "of: T-02, by: deprivation_quintile, compare: [1, 3, 5]").partition("\n")[2],
        "indicators.yaml:7: T-01 must compare two different groups of deprivation_quintile.",
    ),
    "gap by the weather": (
        PLAIN.replace("T-01", "T-02") + typed("gap", "of: T-02, by: weather, compare: [1, 5]").partition("\n")[2],
        "indicators.yaml:7: T-01 compares by weather, which is not known.",
    ),
    "key at the top": ("indicator: []\n", "indicators.yaml:1: the key indicator is not known at the top of the file."),
    "map instead of a list": ("indicators: {a: 1}\n", "indicators.yaml:1: indicators must be a list."),
    "list instead of a file": ("- a\n", "indicators.yaml:1: the file must be a map of names."),
    "value that holds itself": ("define: &x {a: *x}\n", "indicators.yaml:1: the value holds itself."),
    "day that does not exist": ("version: 2025-02-30\n", "indicators.yaml:1: 2025-02-30 is not a value that can be read."),
    "clause that is a word": (
        HEAD + f"   {ALL}, numerator: everybody}}\n",
        "indicators.yaml:4: numerator must be a map.",
    ),
    "no indicator at all": ("indicators: [DM-01]\n", "indicators.yaml:1: the entry must be a map."),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_refusal(name: str, tmp_path: Path) -> None:
    text, sentence = BROKEN[name]
    (tmp_path / "codesets.yaml").write_text(UNITS, encoding="utf-8")
    (tmp_path / "indicators.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError) as refused:
        load_definitions(tmp_path)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("sets: [a]\n", "codesets.yaml:1: sets must be a map."),
        ("sets:\n  a: [A1]\n", "codesets.yaml:2: the set a must name its codes by code system."),
        ("systems: {TEST: {}}\nsets:\n  a: {TEST: [8001]}\n", "codesets.yaml:3: the codes of the set a must be a list of texts."),
        (
            "\x00",
            "codesets.yaml:1: the file is not valid YAML: unacceptable character #x0000: special characters are not allowed",
        ),
    ],
)
def test_broken_code_sets_are_refused(text: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "codesets.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "indicators.yaml").write_text("", encoding="utf-8")
    with pytest.raises(DefinitionError) as refused:
        load_definitions(tmp_path)
    assert str(refused.value).startswith(sentence)


def test_a_missing_file_and_a_file_that_is_no_text_are_told(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError) as refused:
        load_definitions(tmp_path)
    assert str(refused.value) == "codesets.yaml:1: the file is missing or cannot be read."
    (tmp_path / "codesets.yaml").write_bytes(b"\xff\xfe\xe6")
    with pytest.raises(DefinitionError) as refused:
        load_definitions(tmp_path)
    assert str(refused.value) == "codesets.yaml:1: the file is not text in UTF-8."
