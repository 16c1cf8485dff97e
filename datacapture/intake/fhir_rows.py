"""Reads FHIR R4: MedCom ConditionList documents, observations and prescriptions, as a bundle or as bulk
NDJSON.

MedCom codes a diagnosis in SKS-D and ICPC-2 side by side; that is one event, so the row carries the ICPC-2
code and the SKS code as an alternative. The narrative, names, notes and texts are never read.
"""

from collections.abc import Callable, Iterator
from typing import BinaryIO, TypeAlias

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
from datacapture.intake.record import Coding, Rules, read_record, shown
from datacapture.intake.rows import RETRACTED, EventRow, Level, Problem, stop
from datacapture.intake.systems import find_system, normal_code

_ORDER = {name: place for place, name in enumerate(("ICPC2", "SKS", "NPU", "LOINC", "ATC", "YDELSE", "KIP"))}
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
_Made: TypeAlias = Iterator[tuple[dict[str, str], list[tuple[str, str]] | None]]
_Maker: TypeAlias = Callable[[dict[str, object], int, Index], _Made]


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
        for resource in self._resources:
            own = self._index.numbers.get(resource.scope, set())
            places = list(misplaced_cpr(resource, own, allow_repeats=self._allow_repeats))
            if places:
                yield from (Problem(Level.STOP, key, resource.row, shown(path)) for key, path in places)
            elif make := _MAKERS.get(resource.type):
                yield from self._read(resource, make, rules)
            elif resource.type not in _SUPPORTING and resource.type not in unread and len(unread) < 200:
                unread.add(resource.type)
                yield Problem(Level.WARN, "unknown_column", resource.row, shown(resource.type) or "?")

    def _collect(self) -> Index:
        index = Index()
        for resource in self._resources:
            index.add(resource)
            if len(index.patients) > 2 * self._limits.patients:
                raise stop("too_many_rows", file=self._name, n=len(index.patients), limit=self._limits.patients)
        return index

    def _read(self, resource: Resource, make: _Maker, rules: Rules) -> Iterator[EventRow | Problem]:
        index = self._index
        if index is None:
            return
        row, scope, body = resource.row, resource.scope, resource.body
        subject = body.get("subject")
        target = reference(subject) or resource.url or f"Patient/{as_str(body.get('id'))}"
        patient = find(index.patients, scope, target)
        if patient is None:
            # A logical reference: the identifier stands in the resource itself.
            value = as_str(as_dict(as_dict(subject).get("identifier")).get("value"))
            if not value:
                yield Problem(Level.ROW, "missing_value", row, "patient")
                return
            patient = {"patient": value}
        practice = index.practice(scope, target)
        for fields, codings in make(body, scope, index):
            record = {name: text for name, text in {**patient, **fields}.items() if text}
            alternatives = _choose(record, codings) if codings is not None else ()
            yield from read_record(row, record, rules, Coding(practice, alternatives))


def _codings(concept: object) -> list[tuple[str, str]]:
    items = [as_dict(item) for item in as_list(as_dict(concept).get("coding"))]
    found = [(as_str(item.get("system")), as_str(item.get("code"))) for item in items]
    return [pair for pair in found if all(pair)]


def _choose(record: dict[str, str], codings: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Puts the preferred coding into the record and returns the other usable ones."""
    usable: list[tuple[str, str]] = []
    known: list[tuple[str, str]] = []
    for name, text in codings:
        if system := find_system(name):
            known.append((system.name, text))
            if code := normal_code(system.name, text):
                usable.append((system.name, code))
    usable.sort(key=lambda pair: _ORDER[pair[0]])
    best = next(iter(usable or known or codings), None)
    if best:
        record["system"], record["code"] = best
    return tuple(usable[1:])


def _identity(body: dict[str, object]) -> dict[str, str]:
    for item in as_list(body.get("identifier")):
        if value := as_str(as_dict(item).get("value")):
            return {"local_id": value, "producer": as_str(as_dict(item).get("system"))}
    return {"local_id": as_str(body.get("id"))}


def _last_day(text: str) -> str:
    if len(text) == 7:
        month = int(text[5:]) if text[5:].isdigit() else 0
        days = {2: 28, 4: 30, 6: 30, 9: 30, 11: 30}.get(month, 31)
        return f"{text}-{days}"
    return f"{text}-12-31" if len(text) == 4 else text


def _condition(body: dict[str, object], scope: int, index: Index) -> _Made:
    def code_of(name: str) -> str:
        return next((code for _, code in _codings(body.get(name))), "")

    onset, ended = as_dict(body.get("onsetPeriod")), as_dict(body.get("abatementPeriod"))
    recorded = first_day(as_str(body.get("recordedDate")))
    start = as_str(body.get("onsetDateTime")) or as_str(onset.get("start"))
    end = as_str(body.get("abatementDateTime")) or as_str(ended.get("end")) or as_str(onset.get("end"))
    categories = [code for item in as_list(body.get("category")) for _, code in _codings(item)]
    verification, clinical = code_of("verificationStatus"), code_of("clinicalStatus")
    status = "resolved" if _RESOLVED_CATEGORY in categories and not clinical else clinical
    if verification in RETRACTED:
        status = verification
    yield (
        {
            "kind": "dx",
            # A diagnosis without a debut counts from the day it was recorded.
            "start": first_day(start) or recorded,
            "end": _last_day(end),
            "authored": recorded,
            "status": status,
            "verified": ("1" if verification == "confirmed" else "0") if verification else "",
            "category": "|".join(categories[:8]),
            **_identity(body),
        },
        _codings(body.get("code")),
    )


def _value(body: dict[str, object]) -> dict[str, str]:
    quantity = as_dict(body.get("valueQuantity"))
    if quantity:
        return {
            "value": as_text(quantity.get("value")) or "",
            "comparator": as_str(quantity.get("comparator")),
            "unit": as_str(quantity.get("unit")) or as_str(quantity.get("code")),
        }
    for system, code in _codings(body.get("valueCodeableConcept")):
        if known := find_system(system):
            return {"value_code": f"{known.name}|{code}"}
    return {"value": as_text(body.get("valueInteger")) or ""}


def _observation(body: dict[str, object], scope: int, index: Index) -> _Made:
    period = as_dict(body.get("effectivePeriod"))
    taken = as_str(body.get("effectiveDateTime")) or as_str(body.get("effectiveInstant"))
    taken = taken or as_str(period.get("start")) or as_str(body.get("issued"))
    codes = {code for _, code in _codings(body.get("code"))}
    categories = [code for item in as_list(body.get("category")) for _, code in _codings(item)]
    common = {
        "kind": "prom" if codes & _SCORES or "survey" in categories else "lab",
        "start": first_day(taken),
        "sampled_at": taken if "T" in taken else "",
        "received_at": as_str(body.get("issued")),
        "status": as_str(body.get("status")),
        "category": "|".join(categories[:8]),
        **_identity(body),
    }
    parts = [as_dict(part) for part in as_list(body.get("component"))]
    own = _value(body)
    if not parts or any(own.values()):
        yield {**common, **own}, _codings(body.get("code"))
    for number, part in enumerate(parts, 1):
        local_id = f"{common['local_id']}#{number}" if common["local_id"] else ""
        yield {**common, **_value(part), "local_id": local_id}, _codings(part.get("code"))


def _prescription(body: dict[str, object], scope: int, index: Index) -> _Made:
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
    yield (
        {
            "kind": "med",
            "start": start,
            "authored": start,
            "end": end,
            "ongoing": "1" if status == "active" and not end else "0",
            "status": status,
            "quantity": as_text(as_dict(supply.get("quantity")).get("value")) or "",
            **_identity(body),
        },
        _codings(concept),
    )


def _listed(body: dict[str, object], scope: int, index: Index) -> _Made:
    yield {"kind": "patient"}, None


_MAKERS: dict[str, _Maker] = {
    "Condition": _condition,
    "Observation": _observation,
    "MedicationRequest": _prescription,
    "Patient": _listed,
}
