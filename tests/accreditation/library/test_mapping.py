"""From one version to the next: nothing is lost, nothing comes from nowhere, and a wrong mapping is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accreditation.library import Library, load_libraries, load_mapping, mapping_text, propose_mapping
from kip.core.yaml_source import DefinitionError
from tests.accreditation.broken_files import refusal
from tests.accreditation.library.small_library import FILES, small

OLD, NEW = small(1), small(2)
(SHIPPED,) = load_libraries()
MAPPING = "small-1-to-2.yaml"
SPLIT = "- {old: G1.1.3, outcome: split, new: [G1.1.3, G1.1.4]}"
REMOVED = ", why: {da: Punktet står i vejledningen om prøver., en: The guideline on samples covers the point.}"

BROKEN = {
    "outcome missing": ("- {old: G1.1.1, outcome: kept, new: [G1.1.1]}\n", "", "6: the old indicator G1.1.1 has no outcome."),
    "two outcomes": ("{old: G2.1.2, outcome", "{old: G2.1.1, outcome", "11: the old indicator G2.1.1 has two outcomes."),
    "unknown old": ("{old: G1.1.1, outcome", "{old: G1.1.9, outcome", "7: the old indicator G1.1.9 does not exist."),
    "unknown new": (
        "new: [G1.1.1]",
        "new: [G1.9.9]",
        "7: the old indicator G1.1.1 leads to the new indicator G1.9.9, which does not exist.",
    ),
    "kept but changed": (
        "outcome: changed",
        "outcome: kept",
        "8: the old indicator G1.1.2 is kept, but G1.1.2 does not say the same.",
    ),
    "changed but kept": (
        "- {old: G1.1.1, outcome: kept",
        "- {old: G1.1.1, outcome: changed",
        "7: the old indicator G1.1.1 is changed, but G1.1.1 says the same.",
    ),
    "kept as two": (
        "new: [G1.1.2]",
        "new: [G1.1.2, G1.1.4]",
        "8: the old indicator G1.1.2 is changed, so it leads to exactly one new indicator.",
    ),
    "split into one": (
        SPLIT,
        "- {old: G1.1.3, outcome: split, new: [G1.1.3]}",
        "9: the old indicator G1.1.3 is split, so it leads to two or more new ones.",
    ),
    "split into what another has": (
        SPLIT,
        "- {old: G1.1.3, outcome: split, new: [G1.1.2, G1.1.4]}",
        "8: the old indicator G1.1.2 is changed, so no other may lead to the same new one.",
    ),
    "the same twice": (
        SPLIT,
        "- {old: G1.1.3, outcome: split, new: [G1.1.3, G1.1.3]}",
        "9: the old indicator G1.1.3 names the same new indicator twice.",
    ),
    "merged alone": (
        "- {old: G2.1.2, outcome: merged, new: [G2.1.1]}",
        "- {old: G2.1.2, outcome: merged, new: [A1.1]}",
        "10: the old indicator G2.1.1 is merged, so another old indicator must lead to the same new one.",
    ),
    "removed without a reason": (REMOVED, "", "12: the old indicator G2.1.3 is removed, so it needs a reason (why)."),
    "removed in one language": (
        ", en: The guideline on samples covers the point.",
        "",
        "12: outcomes.5.why.en is missing.",
    ),
    "removed but leads on": (
        "outcome: removed",
        "outcome: removed, new: [A1.1]",
        "12: the old indicator G2.1.3 is removed, so it leads to no new indicator.",
    ),
    "a reason where nothing is removed": (
        "new: [G1.1.1]",
        "new: [G1.1.1], why: {da: Fordi, en: Because}",
        "7: the old indicator G1.1.1 is kept, and only a removed indicator has a reason (why).",
    ),
    "new without origin": ("added: [A1.1]", "added: []", "6: the new indicator A1.1 has no origin and is not added."),
    "added though it has an origin": (
        "added: [A1.1]",
        "added: [A1.1, A1.2]",
        "15: the added indicator A1.2 already has an origin or is given twice.",
    ),
    "added but not there": ("added: [A1.1]", "added: [A1.1, A7.1]", "15: the added indicator A7.1 does not exist."),
    "another version": ("to: 2", "to: 3", "3: the mapping is not from small 1 to 2."),
    "unknown outcome": (
        "outcome: changed",
        "outcome: moved",
        "8: outcomes.1.outcome must be one of: kept, changed, split, merged, removed.",
    ),
    "unknown key": ("added: [A1.1]", "added: [A1.1]\nauthor: nobody", "16: the key author is not known at the top of the file."),
}


def test_a_reviewed_mapping_knows_where_everything_went() -> None:
    mapping = load_mapping(FILES / MAPPING, OLD, NEW)
    assert {number: mapping.origins(number) for number in NEW.indicators} == {
        "G1.1.1": ("G1.1.1",),
        "G1.1.2": ("G1.1.2",),
        "G1.1.3": ("G1.1.3",),
        "G1.1.4": ("G1.1.3",),
        "G2.1.1": ("G2.1.1", "G2.1.2"),
        "G2.1.4": ("G2.1.4",),
        "A1.1": (),
        "A1.2": ("A1.1",),
    }
    assert mapping.by_old["G2.1.3"].why is not None
    assert mapping.by_old["G2.1.3"].why.en == "The guideline on samples covers the point."


@pytest.mark.parametrize("name", BROKEN)
def test_a_wrong_mapping_is_refused(name: str, tmp_path: Path) -> None:
    old, new, message = BROKEN[name]
    said = refusal(lambda path: load_mapping(path, OLD, NEW), FILES / MAPPING, tmp_path, (old, new))
    assert said == f"{MAPPING}:{message}"


def test_the_draft_finds_what_the_reviewer_found() -> None:
    draft, reviewed = propose_mapping(OLD, NEW), load_mapping(FILES / MAPPING, OLD, NEW)
    assert [(one.old, one.outcome, one.new) for one in draft.outcomes] == [
        (one.old, one.outcome, one.new) for one in reviewed.outcomes
    ]
    assert draft.added == reviewed.added


def test_a_library_is_kept_as_it_is() -> None:
    assert {one.outcome for one in propose_mapping(SHIPPED, SHIPPED).outcomes} == {"kept"}


def test_a_draft_waits_for_the_reason_of_a_removal(tmp_path: Path) -> None:
    path = tmp_path / "draft.yaml"
    path.write_text(mapping_text(propose_mapping(OLD, NEW), OLD, NEW), encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"^draft\.yaml:\d+: outcomes\.5\.why\.da "):
        load_mapping(path, OLD, NEW)
    reason = path.read_text(encoding="utf-8").replace("{da: '', en: ''}", "{da: Dækket, en: Covered}")
    path.write_text(reason, encoding="utf-8")
    assert load_mapping(path, OLD, NEW).added == ("A1.1",)


def _without(library: Library, numbers: set[str]) -> Library:
    """The library with some indicators gone, and standards that are empty then too."""
    kept = [
        tuple(
            standard.model_copy(update={"indicators": left})
            for standard in part
            if (left := tuple(one for one in standard.indicators if one.number not in numbers))
        )
        for part in (library.generic, library.modules)
    ]
    return Library(library.head, library.vocabulary, library.sources, *kept)


@given(st.sets(st.sampled_from(sorted(OLD.indicators))), st.sets(st.sampled_from(sorted(NEW.indicators))), st.booleans())
def test_any_draft_passes_the_strict_check_once_its_removals_are_explained(
    tmp_path_factory: pytest.TempPathFactory, gone: set[str], never: set[str], back: bool
) -> None:
    old, new = _without(OLD, gone), _without(NEW, never)
    if back:
        old, new = new, old
    path = tmp_path_factory.mktemp("draft") / "draft.yaml"
    text = mapping_text(propose_mapping(old, new), old, new).replace("{da: '', en: ''}", "{da: Dækket, en: Covered}")
    path.write_text(text, encoding="utf-8")
    mapping = load_mapping(path, old, new)
    assert set(mapping.by_old) == set(old.indicators)
    assert {number for number in new.indicators if not mapping.origins(number)} == set(mapping.added)
