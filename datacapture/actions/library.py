"""Publishes the definition files as indicators and immutable versions; running it twice changes nothing.

What people have written and approved in the portal is laid over the files, so that a new edition of the files never
takes it back (docs/adr/0007-definitions-in-two-places.md).
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from django.utils import timezone

from datacapture.engine.catalogue import CodeSet
from datacapture.engine.grammar import Indicator as Definition
from datacapture.engine.library import Library, load_definitions
from datacapture.engine.prose import explain
from datacapture.enums import DraftState, IndicatorType
from datacapture.models import CodeSetMember, DefinitionDraft, EventCode, Indicator, IndicatorVersion

DEFINITIONS = Path(__file__).resolve().parents[1] / "definitions"
AUTHOR = "KIP"
TRUST = {"True": "verified", "part": "part", "False": "draft"}
# A composite is a share like any other; every other type is told apart by those who show it.
STORED_TYPE = {"composite_all": IndicatorType.PROPORTION}


@dataclass
class Loaded:
    """What a load did: codes of indicators with a first version, a new version or none any more.

    kept: the portal's definition runs, whatever the files say.
    """

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    unchanged: int = 0
    members: int = 0


def load_library(folder: Path = DEFINITIONS) -> Loaded:
    """Publish every indicator of the folder; call in the worker's scope.

    Raises `DefinitionError` with file, line and sentence when a definition is wrong; nothing is stored then.
    """
    loaded = Loaded()
    with transaction.atomic():
        drafts = _running_drafts()
        library, texts = laid_over(*definitions(folder), drafts.values())
        for code, definition in library.indicators.items():
            publish(library, definition, texts[code], loaded, drafts.get(code))
        loaded.kept = sorted(drafts)
        _retire(set(library.indicators), loaded)
        loaded.members = refresh_members(library)
    return loaded


def definitions(folder: Path = DEFINITIONS) -> tuple[Library, dict[str, dict[str, Any]]]:
    """The checked library of a folder and its texts by indicator code; parsed anew when a file has changed."""
    return _parsed(folder, tuple(path.stat().st_mtime_ns for path in sorted(folder.glob("*.yaml"))))


def running_definitions(folder: Path = DEFINITIONS) -> tuple[Library, dict[str, dict[str, Any]]]:
    """The files with the portal's running definitions laid over them; call in the worker's scope."""
    return laid_over(*definitions(folder), _running_drafts().values())


def _running_drafts() -> dict[str, DefinitionDraft]:
    """By code: what people wrote and the worker has made a version of."""
    found = DefinitionDraft.objects.filter(state=DraftState.PUBLISHED).select_related("indicator", "base")
    return {draft.indicator.code: draft for draft in found}


def laid_over(
    library: Library, texts: Mapping[str, dict[str, Any]], drafts: Iterable[DefinitionDraft]
) -> tuple[Library, dict[str, dict[str, Any]]]:
    """Library and texts with these drafts in place of the files' own entries; shared clauses and sets stay the files'."""
    indicators, words = dict(library.indicators), dict(texts)
    for draft in drafts:
        code = draft.indicator.code
        indicators[code] = Definition.model_validate(draft.definition)
        words[code] = {**(texts.get(code) or draft.base.texts), **draft.texts, "min_n": draft.min_n}
    return Library(library.defines, indicators, library.sets), words


@lru_cache(maxsize=2)
def _parsed(folder: Path, stamp: tuple[int, ...]) -> tuple[Library, dict[str, dict[str, Any]]]:
    return load_definitions(folder), indicator_texts(folder)


def indicator_texts(folder: Path = DEFINITIONS) -> dict[str, dict[str, Any]]:
    """Texts by indicator code, with the words of theme, effort and kind put in, so that a version needs no file."""
    data = yaml.load((folder / "indicator_texts.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    words = {name: {entry["code"]: _both(entry) for entry in entries} for name, entries in data["vocab"].items()}
    themes = {entry["id"]: {**_both(entry), "place": place} for place, entry in enumerate(data["themes"])}
    texts = {}
    for entry in data["indicators"]:
        actions = [
            {**_both(action), "effort": words["effort"][action["effort"]], "kind": words["kind"][action["kind"]]}
            for action in entry["actions"]
        ]
        control = words["controllable_by"][entry["controllable_by"]]
        theme = {"id": entry["theme"], **themes[entry["theme"]]}
        texts[entry["id"]] = {**entry, "actions": actions, "control": control, "theme": theme}
    return texts


def _both(entry: Mapping[str, Any]) -> dict[str, str]:
    return {"da": entry["da"], "en": entry["en"]}


def content(library: Library, definition: Definition) -> dict[str, Any]:
    """The definition with every clause and code set that it refers to: all that decides a number."""
    own = definition.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    clauses: dict[str, Any] = {}
    waiting = list(_named("ref", own))
    while waiting:
        name = waiting.pop()
        if name not in clauses:
            clauses[name] = library.defines[name].model_dump(mode="json", by_alias=True, exclude_defaults=True)
            waiting += _named("ref", clauses[name])
    sets = {name for part in (own, *clauses.values()) for name in _named("codes", part)}
    made_of = [*(definition.components or []), *([definition.of] if definition.of else [])]
    parts = {code: content(library, library.indicators[code]) for code in made_of}
    known = {name: library.sets[name] for name in sorted(sets)}
    return {
        "indicator": own,
        "clauses": clauses,
        "sets": {name: _set(entry) for name, entry in known.items()},
        "components": parts,
    }


def _set(entry: CodeSet) -> dict[str, Any]:
    """A code set as a version holds it: its rules decide numbers, its words tell of them."""
    words = {"da": entry.da, "en": entry.en, "unit": entry.unit, "the": dict(entry.the), "many": dict(entry.many)}
    return {"rules": dict(entry.rules), **{name: value for name, value in words.items() if value}}


def _named(key: str, node: Any) -> Iterator[str]:
    """All names that stand under a key, anywhere in plain data."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name == key:
                yield from [value] if isinstance(value, str) else value
            else:
                yield from _named(key, value)
    elif isinstance(node, list):
        for value in node:
            yield from _named(key, value)


def definition_hash(library: Library, definition: Definition, text: Mapping[str, Any]) -> str:
    """SHA-256 over everything that decides a number or its verdict; words alone do not count."""
    known = content(library, definition)
    for part in [known, *known["components"].values()]:
        for name in ("da", "en", "source", "note", "verified"):
            part["indicator"].pop(name, None)
        part["sets"] = {name: entry["rules"] for name, entry in part["sets"].items()}
    decided = {"content": known, "min_n": text["min_n"], "controllable_by": text["controllable_by"]}
    return hashlib.sha256(json.dumps(decided, sort_keys=True, default=list).encode()).hexdigest()


def publish(
    library: Library, definition: Definition, text: dict[str, Any], loaded: Loaded, draft: DefinitionDraft | None = None
) -> IndicatorVersion:
    """The running version of an indicator, a new one where something that decides a number has changed.

    draft: the portal's proposal that the definition comes from; its people and its review go with the version.
    """
    indicator, _ = Indicator.objects.update_or_create(
        code=definition.id,
        defaults={
            "theme": text["theme"]["id"],
            "professions": list(definition.professions),
            "dimension": definition.value,
            "kind": definition.kind,
            "type": STORED_TYPE.get(definition.type) or IndicatorType(definition.type),
            "direction": definition.direction,
            "per": definition.per or 100,
        },
    )
    running = indicator.versions.filter(retired_at=None).first()
    digest = definition_hash(library, definition, text)
    words: dict[str, Any] = {"texts": _words(library, definition, text), "source": definition.source}
    if draft is not None:
        words |= {"checker": draft.checker_name, "reviewed_on": draft.reviewed_on, "next_review": draft.next_review}
    if running and running.definition_hash == digest:
        IndicatorVersion.objects.filter(pk=running.pk).update(**words)
        loaded.unchanged += 1
        return running
    if running:
        IndicatorVersion.objects.filter(pk=running.pk).update(retired_at=timezone.now())
    numbers = indicator.versions.values_list("number", flat=True)
    made = IndicatorVersion.objects.create(
        indicator=indicator,
        number=max(numbers, default=0) + 1,
        definition=json.loads(json.dumps(content(library, definition), default=list)),
        definition_hash=digest,
        target=definition.target.model_dump(mode="json") if definition.target else None,
        trust=TRUST[str(definition.verified)],
        min_n=text["min_n"],
        controllable_by=text["controllable_by"],
        author=draft.author_name if draft else AUTHOR,
        note=draft.note if draft else "",
        **words,
    )
    (loaded.changed if running else loaded.created).append(definition.id)
    return made


def _words(library: Library, definition: Definition, text: dict[str, Any]) -> dict[str, Any]:
    """The version's texts, with its own explanation: what a page says of a version never changes under it."""
    method = {
        language: [[line.role, line.text, line.depth] for line in explain(library, definition.id, language)]
        for language in ("da", "en")
    }
    return {**text, "name": {"da": definition.da, "en": definition.en}, "method": method}


def _retire(running: set[str], loaded: Loaded) -> None:
    gone = IndicatorVersion.objects.filter(retired_at=None).exclude(indicator__code__in=running)
    loaded.retired = sorted(gone.values_list("indicator__code", flat=True))
    gone.update(retired_at=timezone.now())


def refresh_members(library: Library) -> int:
    """Make the resolved code-set members equal to the rules for all stored codes; returns how many rows moved."""
    wanted = {
        (name, pk)
        for pk, system, code in EventCode.objects.values_list("pk", "system", "code")
        for name in library.sets_of(system, code)
    }
    stored = {(name, pk): row for row, name, pk in CodeSetMember.objects.values_list("pk", "set_name", "code_id")}
    stale = [row for key, row in stored.items() if key not in wanted]
    fresh = [CodeSetMember(set_name=name, code_id=pk) for name, pk in sorted(wanted - set(stored))]
    CodeSetMember.objects.filter(pk__in=stale).delete()
    CodeSetMember.objects.bulk_create(fresh, batch_size=2000)
    return len(stale) + len(fresh)
