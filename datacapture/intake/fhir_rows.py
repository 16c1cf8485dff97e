"""Reads FHIR R4: MedCom ConditionList documents, observations and prescriptions, as a bundle or as bulk
NDJSON.

MedCom codes a diagnosis in SKS-D and ICPC-2 side by side; that is one event, so the row carries the ICPC-2
code and the SKS code as an alternative. The narrative, names, notes and texts are never read.
"""

from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple, TypeAlias

import orjson

from datacapture.intake.fhir_index import (
    Index,
    as_dict,
    as_list,
    as_str,
    find,
    first_day,
    misplaced_cpr,
    reference,
)
from datacapture.intake.fhir_stream import Resource, Resources
from datacapture.intake.jsonl_rows import as_text
from datacapture.intake.limits import DEFAULT, Limits
from datacapture.intake.record import Rules, shown
from datacapture.intake.repeats import Person, Repeats
from datacapture.intake.rows import RETRACTED, EventRow, Level, Problem, Stop, stop
from datacapture.intake.systems import find_system

_SCORES = frozenset(("44261-6", "70274-6"))
_RESOLVED_CATEGORY = "723506003"  # SNOMED CT "Resolved", which MedCom uses as a category
_SUPPORTING = frozenset(
    (
        "Composition",
        "Patient",
        "Organization",
        "Practitioner",
        "PractitionerRole",
        "Medication",
        "OperationOutcome",
    )
)
_Json: TypeAlias = dict[str, object]
_Cells: TypeAlias = tuple[dict[str, str], list[tuple[str, str]] | None]
_Split: TypeAlias = list[tuple[tuple[object, ...], dict[str, str]]]


class Kind(NamedTuple):
    """How a resource type is read.

    `split` gives for each row the parts that repeat from resource to resource, and the cells that are its own. `cells`
    makes the other cells and the codings of the parts alone, so that equal parts are read once.
    """

    split: Callable[[_Json, int, Index], _Split]
    cells: Callable[..., _Cells]


class FhirRows:
    """Rows of a FHIR file. `consumed` is the number of bytes read in the present pass; `rows` may be called
    again."""

    def __init__(
        self,
        file: BinaryIO,
        name: str,
        limits: Limits = DEFAULT,
        *,
        lines: bool = False,
        allow_repeats: bool = False,
    ) -> None:
        self._resources = Resources(file, name, limits, lines=lines)
        self._limits, self._name, self._allow_repeats = limits, name, allow_repeats
        self._index: Index | None = None
        self._repeats = Repeats()

    @property
    def consumed(self) -> int:
        """Bytes read in the present pass."""
        return self._resources.consumed

    def rows(self, rules: Rules) -> Iterator[EventRow | Problem]:
        """Yields rows and problems in file order; every Patient gives a row of kind `patient`.

        Raises `Stop`: `damaged_file`, `damaged_json`, `encoding`, `encoding_json`, `wrong_file_type`, `cpr_wrong_place`,
        `sender_missing`, `too_many_rows` (patients).
        """
        if self._index is None:
            self._resources.check()
            self._index = self._collect()
        unread: set[str] = set()
        index, repeats, known = self._index, self._repeats, _People(self._index, rules)
        for resource in self._resources:
            row, scope, _, name, _, clear = resource
            if not clear and (places := self._misplaced(resource)):
                for key, path in places:
                    yield Problem(Level.STOP, key, row, shown(path))
            elif kind := _KINDS.get(name):
                person = self._sent(known, resource)
                if person is None:
                    yield Problem(Level.ROW, "missing_value", row, "patient")
                    continue
                for parts, own in kind.split(resource.body, scope, index):
                    yield from repeats.read(row, (name, orjson.dumps(parts)), own, person, kind.cells, parts)
            elif name not in _SUPPORTING and name not in unread and len(unread) < 200:
                unread.add(name)
                yield Problem(Level.WARN, "unknown_column", row, shown(name) or "?")

    def _sent(self, known: "_People", resource: Resource) -> Person | None:
        """As `known.of`; but that a file is damaged further on is told before that its sender is missing."""
        try:
            return known.of(resource)
        except Stop:
            for _ in self._resources:
                pass
            raise

    def _misplaced(self, resource: Resource) -> list[tuple[str, str]]:
        own = self._index.numbers.get(resource.scope, set()) if self._index else set()
        return list(misplaced_cpr(resource, own, allow_repeats=self._allow_repeats))

    def _collect(self) -> Index:
        index = Index()
        for resource in self._resources.supporting():
            index.add(resource)
            if len(index.patients) > 2 * self._limits.patients:
                raise stop("too_many_rows", file=self._name, n=len(index.patients), limit=self._limits.patients)
        return index


class _People:
    """Patients and senders of one pass, each looked up once."""

    def __init__(self, index: Index, rules: Rules) -> None:
        self._index, self._rules = index, rules
        self._known: dict[tuple[int, str], Person] = {}

    def of(self, resource: Resource) -> Person | None:
        """Who the resource is about. Raises `Stop` (`sender_missing`)."""
        _, scope, url, _, body, _ = resource
        subject = body.get("subject")
        target = reference(subject) or url or f"Patient/{as_str(body.get('id'))}"
        person = self._known.get((scope, target))
        if person is not None:
            return person
        patient = find(self._index.patients, scope, target)
        if patient is not None:
            found = Person(patient, self._index.practice(scope, target), self._rules)
            return self._known.setdefault((scope, target), found)
        # A logical reference: the identifier stands in the resource itself.
        value = as_str(as_dict(as_dict(subject).get("identifier")).get("value"))
        return Person({"patient": value}, self._index.practice(scope, target), self._rules) if value else None


def _codings(concept: object) -> list[tuple[str, str]]:
    items = [as_dict(item) for item in as_list(as_dict(concept).get("coding"))]
    found = [(as_str(item.get("system")), as_str(item.get("code"))) for item in items]
    return [pair for pair in found if all(pair)]


def _identity(body: _Json) -> tuple[str, str]:
    """The resource's id at its sender, and the sender's name for the numbers."""
    for item in as_list(body.get("identifier")) if "identifier" in body else ():
        if value := as_str(as_dict(item).get("value")):
            return value, as_str(as_dict(item).get("system"))
    return as_str(body.get("id")), ""


def _last_day(text: str) -> str:
    if len(text) == 7:
        month = int(text[5:]) if text[5:].isdigit() else 0
        days = {2: 28, 4: 30, 6: 30, 9: 30, 11: 30}.get(month, 31)
        return f"{text}-{days}"
    return f"{text}-12-31" if len(text) == 4 else text


def _first_code(concept: object) -> str:
    return next((code for _, code in _codings(concept)), "")


def _category(value: object) -> list[str]:
    return [code for item in as_list(value) for _, code in _codings(item)]


def _condition(body: _Json, scope: int, index: Index) -> _Split:
    get = body.get
    onset, ended = as_dict(get("onsetPeriod")), as_dict(get("abatementPeriod"))
    recorded = first_day(as_str(get("recordedDate")))
    start = as_str(get("onsetDateTime")) or as_str(onset.get("start"))
    end = as_str(get("abatementDateTime")) or as_str(ended.get("end")) or as_str(onset.get("end"))
    local_id, producer = _identity(body)
    parts = (get("code"), get("category"), get("verificationStatus"), get("clinicalStatus"), producer)
    # A diagnosis without a debut counts from the day it was recorded.
    own = {"start": first_day(start) or recorded, "end": _last_day(end), "authored": recorded, "local_id": local_id}
    return [(parts, own)]


def _condition_cells(code: object, category: object, verification: object, clinical: object, producer: str) -> _Cells:
    categories, verified, status = _category(category), _first_code(verification), _first_code(clinical)
    if _RESOLVED_CATEGORY in categories and not status:
        status = "resolved"
    if verified in RETRACTED:
        status = verified
    return {
        "kind": "dx",
        "status": status,
        "verified": ("1" if verified == "confirmed" else "0") if verified else "",
        "category": "|".join(categories[:8]),
        "producer": producer,
    }, _codings(code)


def _value(body: _Json) -> tuple[str, tuple[object, ...]]:
    """The value of an observation or a part of it as the cell, and what says how it is to be read."""
    quantity = body.get("valueQuantity")
    if type(quantity) is dict and quantity:
        get = quantity.get
        return as_text(get("value")) or "", (get("comparator"), get("unit") or get("code"))
    concept = body.get("valueCodeableConcept")
    if concept is not None and any(find_system(system) for system, _ in _codings(concept)):
        return "", (concept,)
    return as_text(body.get("valueInteger")) or "", ()


def _value_cells(said: list[object] | tuple[object, ...]) -> dict[str, str]:
    if len(said) == 1:
        found = ((find_system(system), code) for system, code in _codings(said[0]))
        return {"value_code": next(f"{known.name}|{code}" for known, code in found if known)}
    return {"comparator": as_str(said[0]), "unit": as_str(said[1])} if said else {}


def _observation(body: _Json, scope: int, index: Index) -> _Split:
    get = body.get
    issued = as_str(get("issued")) if "issued" in body else ""
    taken = as_str(get("effectiveDateTime")) or as_str(get("effectiveInstant"))
    taken = taken or as_str(as_dict(get("effectivePeriod")).get("start")) or issued
    local_id, producer = _identity(body)
    code, category, status = get("code"), get("category"), get("status")
    own = {"start": first_day(taken), "local_id": local_id}
    if "T" in taken:
        own["sampled_at"] = taken
    if issued:
        own["received_at"] = issued
    value, said = _value(body)
    parts = get("component")
    if not parts or type(parts) is not list:
        return [((code, category, status, producer, said), {**own, "value": value})]
    found: _Split = [((code, category, status, producer, said), {**own, "value": value})] if value or said else []
    for number, part in enumerate(map(as_dict, parts), 1):
        value, said = _value(part)
        inner = {**own, "value": value, "local_id": f"{local_id}#{number}" if local_id else ""}
        found.append(((code, category, status, producer, said, part.get("code")), inner))
    return found


def _observation_cells(
    code: object, category: object, status: object, producer: str, said: tuple[object, ...], *part: object
) -> _Cells:
    categories = _category(category)
    scored = "survey" in categories or any(name in _SCORES for _, name in _codings(code))
    return {
        "kind": "prom" if scored else "lab",
        "status": as_str(status),
        "category": "|".join(categories[:8]),
        "producer": producer,
        **_value_cells(said),
    }, _codings(part[0] if part else code)


def _prescription(body: _Json, scope: int, index: Index) -> _Split:
    concept = body.get("medicationCodeableConcept")
    target = reference(body.get("medicationReference"))
    if target.startswith("#"):
        inside = (as_dict(item) for item in as_list(body.get("contained")))
        concept = next((item.get("code") for item in inside if item.get("id") == target[1:]), concept)
    elif target:
        concept = find(index.medicines, scope, target)
    supply = as_dict(body.get("dispenseRequest"))
    dosage = as_dict(next(iter(as_list(body.get("dosageInstruction"))), None))
    bounds = as_dict(as_dict(as_dict(dosage.get("timing")).get("repeat")).get("boundsPeriod"))
    start, status = first_day(as_str(body.get("authoredOn"))), as_str(body.get("status"))
    end = _last_day(as_str(bounds.get("end")) or as_str(as_dict(supply.get("validityPeriod")).get("end")))
    local_id, producer = _identity(body)
    own = {
        "start": start,
        "authored": start,
        "end": end,
        "quantity": as_text(as_dict(supply.get("quantity")).get("value")) or "",
        "local_id": local_id,
    }
    return [((concept, status, status == "active" and not end, producer), own)]


def _prescription_cells(concept: object, status: str, ongoing: bool, producer: str) -> _Cells:
    cells = {"kind": "med", "ongoing": "1" if ongoing else "0", "status": status, "producer": producer}
    return cells, _codings(concept)


def _listed(body: _Json, scope: int, index: Index) -> _Split:
    return [((), {})]


def _listed_cells() -> _Cells:
    return {"kind": "patient"}, None


_KINDS: dict[str, Kind] = {
    "Condition": Kind(_condition, _condition_cells),
    "Observation": Kind(_observation, _observation_cells),
    "MedicationRequest": Kind(_prescription, _prescription_cells),
    "Patient": Kind(_listed, _listed_cells),
}
