"""Broken definitions of every sort are refused with file, line and a sentence, never with a stack trace.

Valid definitions of the catalogue are mutated at random places: unknown keys, wrong types, unknown sets and units,
impossible windows, circles, and deep nesting. What is not refused can be compiled and told in words.
"""

from __future__ import annotations

import copy
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datacapture.engine.compiler import compile_run
from datacapture.engine.library import load_definitions
from datacapture.engine.prose import explain
from datacapture.engine.writing import definition_text, read_definition
from kip.core.yaml_source import DefinitionError

DEFINITIONS = Path(__file__).parents[3] / "datacapture" / "definitions"
LIBRARY = load_definitions(DEFINITIONS)
RAW = yaml.load((DEFINITIONS / "indicators.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
CODESETS = (DEFINITIONS / "codesets.yaml").read_text("utf-8")
SENTENCE = re.compile(r"^[\w.-]+:(\d+): \S.*\.$", re.DOTALL)
PYTHON = re.compile(r"Traceback|object at 0x|Error\(|<class|NoneType|pydantic")
Path_ = tuple[Any, ...]
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**12), 10**12), st.floats(allow_nan=True), st.text(max_size=8),
    st.sampled_from(["end-12w", "start", "-inf", "+inf", "index", "index_end+1d", "birth", "99999d", "end-99999y"]),
    st.sampled_from(["", "%", "%(x)s", "{0}"]),
    st.lists(st.sampled_from(["start", "end", "index", "-inf", 3, None, []]), max_size=3),
    st.dictionaries(st.sampled_from(["all_of", "any_of", "ref", "event", "op", "num", "kind", "x"]), st.none(), max_size=2),
)  # fmt: skip
BOUND = st.from_regex(r"(start|end|index|index_end|birth)([+-][0-9]{1,5}[dmy]){0,2}", fullmatch=True)
KEYS = st.sampled_from(
    ["codes", "code", "kind", "within", "when", "value", "pick", "tie", "near", "same", "ref", "all_of", "none_of", "event",
     "age", "unit", "index", "period", "type", "until", "change", "components", "of", "by", "compare", "per", "id", "x",
     "stratify"]
)  # fmt: skip


def places(node: Any, at: Path_ = ()) -> Iterator[Path_]:
    """Every place in a document, its own included."""
    yield at
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in children:
        yield from places(value, (*at, key))


def put(node: Any, at: Path_, value: Any) -> Any:
    """The document with another value at a place."""
    if not at:
        return value
    found = copy.copy(node)
    found[at[0]] = put(node[at[0]], at[1:], value)
    return found


def there(node: Any, at: Path_) -> Any:
    for key in at:
        node = node[key]
    return node


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    """A definition with one to three changes."""
    raw: Any = copy.deepcopy(draw(st.sampled_from(RAW["indicators"])))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.sampled_from(list(places(raw))[1:] or [()]))
        value = there(raw, at)
        how = draw(st.sampled_from(["replace", "drop", "add", "deep", "swap", "same", "window"]))
        if how == "replace":
            raw = put(raw, at, draw(ODD))
        elif how == "drop" and isinstance(there(raw, at[:-1]), dict):
            raw = put(raw, at[:-1], {key: item for key, item in there(raw, at[:-1]).items() if key != at[-1]})
        elif how == "add" and isinstance(value, dict):
            raw = put(raw, at, {**value, draw(KEYS): draw(ODD)})
        elif how == "deep":
            for _level in range(draw(st.integers(1, 90))):
                value = {"all_of": [value]} if draw(st.booleans()) else [value]
            raw = put(raw, at, value)
        elif how == "window" and isinstance(value, dict) and "within" in value:
            raw = put(raw, (*at, "within"), [draw(BOUND), draw(BOUND)])
        elif how == "swap" and isinstance(value, list):
            raw = put(raw, at, value[::-1])
        elif how == "same":
            other = draw(st.sampled_from(list(places(raw))))
            raw = put(raw, at, copy.deepcopy(there(raw, other)))
        if not isinstance(raw, dict) or not raw:
            return {"id": raw}
    return raw


def told(error: DefinitionError, file: str, lines: int) -> None:
    match = SENTENCE.match(str(error))
    assert match, str(error)
    assert error.file == file
    assert 1 <= error.line <= max(lines, 1)
    assert not PYTHON.search(str(error)), str(error)
    for text in error.told():
        assert "%(" not in text.replace("%(x)s", ""), text


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutated())
def test_a_changed_definition_is_read_or_refused_in_a_sentence(raw: dict[str, Any]) -> None:
    text = yaml.safe_dump(raw, allow_unicode=True, sort_keys=False)
    code = raw["id"] if raw.get("id") in list(LIBRARY.indicators) else "DM-02"
    try:
        read = read_definition(text, LIBRARY, code)
    except DefinitionError as error:
        told(error, code, len(text.splitlines()))
        return
    library = type(LIBRARY)(LIBRARY.defines, {**LIBRARY.indicators, code: read}, LIBRARY.sets)
    assert compile_run(library, [code]).indicators[code].counts_sql
    for language in ("da", "en"):
        for line in explain(library, code, language):
            assert line.text.strip()
            assert not set("~^") & set(line.text)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_changed_file_of_definitions_is_read_or_refused_in_a_sentence(data: st.DataObject) -> None:
    """The whole file with its named clauses: circles and lost references are found here."""
    raw: Any = {"version": "1", "define": copy.deepcopy(RAW["define"]), "indicators": copy.deepcopy(RAW["indicators"][:8])}
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.sampled_from([place for place in places(raw["define"]) if place]))
        raw["define"] = put(raw["define"], at, data.draw(st.one_of(
            ODD, st.sampled_from([{"ref": name} for name in [*RAW["define"], "nobody"]]),
            st.just({"event": {"kind": "lab", "near": {"ref": "adult_dm"}}}),
        )))  # fmt: skip
    text = yaml.safe_dump(raw, allow_unicode=True, sort_keys=False)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "indicators.yaml").write_text(text, "utf-8")
        (Path(folder) / "codesets.yaml").write_text(CODESETS, "utf-8")
        try:
            library = load_definitions(folder)
        except DefinitionError as error:
            told(error, "indicators.yaml", len(text.splitlines()))
            return
    for code in library.indicators:
        assert explain(library, code, "da")


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(max_size=200))
def test_any_text_at_all_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(DefinitionError) as refused:
        read_definition(text, LIBRARY, "DM-02")
    assert refused.value.line >= 1
    assert not PYTHON.search(str(refused.value))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("[end-12m+1d, end]", "[end-99999y, end]", "'end-99999y' reaches more than 150 years from its anchor"),
        ("[end-12m+1d, end]", "[birth, birth+150y+1d]", "'birth+150y+1d' reaches more than 150 years from its anchor"),
        ("59.0", ".nan", "numerator.event.value.num must be a number"),
        ("59.0", "1.0e400", "numerator.event.value.num must be a number"),
        ("unit: mmol/mol", "units: mmol/mol", "the key units is not known in numerator.event.value"),
        ("tie: min", "tie: lowest", "numerator.event.tie must be one of: min, max"),
        (
            "id: DM-02",
            "id: DM-02\nperiod: 999y",
            "'999y' is not a period: write a whole number of months or years, for example 12m",
        ),
    ],
)
def test_what_lies_outside_the_calendar_or_the_words_is_refused(old: str, new: str, sentence: str) -> None:
    text = definition_text(LIBRARY.indicators["DM-02"].model_dump(mode="json", by_alias=True, exclude_defaults=True))
    assert old in text
    with pytest.raises(DefinitionError) as refused:
        read_definition(text.replace(old, new), LIBRARY, "DM-02")
    assert refused.value.sentence == sentence
    assert refused.value.quoted


def test_a_refusal_is_told_in_danish_with_its_mend() -> None:
    """Danish comes from the catalogue of translations; the sentence's values are the same in every language."""
    text = definition_text(LIBRARY.indicators["DM-02"].model_dump(mode="json", by_alias=True, exclude_defaults=True))
    for old, new, mend in [
        ("lab_hba1c", "lab_hba1", "Did you mean lab_hba1c?"),
        ("ref: adult_dm", "ref: adult_dn", "Did you mean adult_dm?"),
        ("unit: mmol/mol", "units: mmol/mol", "Did you mean unit?"),
        ("[end-12m+1d, end]", "[end, start]", "Is the first day written last?"),
    ]:
        with pytest.raises(DefinitionError) as refused:
            read_definition(text.replace(old, new, 1), LIBRARY, "DM-02")
        with translation.override("en"):
            assert refused.value.told() == (refused.value.sentence, mend)
        assert refused.value.place
        assert new.split("[")[0].strip() in refused.value.quoted or new in refused.value.quoted


@pytest.mark.parametrize("depth", [70, 400, 3000, 30000])
@pytest.mark.parametrize("shape", ["{all_of: [%s]}", "[%s]", "{event: {kind: lab, near: %s}}"])
def test_nesting_without_end_is_refused(depth: int, shape: str) -> None:
    before, after = shape.split("%s")
    text = f"id: DM-02\npopulation: {before * depth}{{all_of: []}}{after * depth}\n"
    with pytest.raises(DefinitionError) as refused:
        read_definition(text, LIBRARY, "DM-02")
    assert refused.value.line == 2
    assert refused.value.sentence == "lists and maps stand inside each other too many times"
