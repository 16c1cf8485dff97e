"""A CMS122-like measure in the form fqm-execution reads: FHIR Measure and Library with ELM written by hand.

Population: diabetes (Condition) and 18 years or more at the end of the period. Numerator: the last HbA1c of the period is
below 59 mmol/mol.
"""

from __future__ import annotations

import base64
import json
from typing import Any

URL = "http://kip.example/"
Elm = dict[str, Any]
_KINDS = "http://terminology.hl7.org/CodeSystem/measure-population"
_FHIR = "{http://hl7.org/fhir}"


def _codes(name: str) -> Elm:
    return {"type": "ToList", "operand": {"type": "CodeRef", "name": name}}


def _retrieve(kind: str, code: str | None = None) -> Elm:
    found: Elm = {"type": "Retrieve", "dataType": f"{_FHIR}{kind}"}
    return found | ({"codeProperty": "code", "codeComparator": "~", "codes": _codes(code)} if code else {})


def _number(kind: str, value: str) -> Elm:
    return {"type": "Literal", "valueType": f"{{urn:hl7-org:elm-types:r1}}{kind}", "value": value}


_PERIOD = {"type": "ParameterRef", "name": "Measurement Period"}
_BORN = {"type": "Property", "path": "birthDate.value", "source": {"type": "ExpressionRef", "name": "Patient"}}
_AGE = {
    "type": "CalculateAgeAt", "precision": "Year",
    "operand": [_BORN, {"type": "DateFrom", "operand": {"type": "End", "operand": _PERIOD}}],
}  # fmt: skip
_LAST = {
    "type": "Last",
    "source": {
        "type": "Query",
        "source": [{"alias": "O", "expression": _retrieve("Observation", "hba1c")}],
        "relationship": [],
        "where": {"type": "In", "operand": [{"type": "Property", "path": "effective.value", "scope": "O"}, _PERIOD]},
        "sort": {"by": [{"type": "ByExpression", "direction": "asc", "expression": {
            "type": "Property", "path": "value", "source": {"type": "IdentifierRef", "name": "effective"}}}]},
    },
}  # fmt: skip
_POPULATION = {
    "type": "And",
    "operand": [
        {"type": "GreaterOrEqual", "operand": [_AGE, _number("Integer", "18")]},
        {"type": "Exists", "operand": _retrieve("Condition", "diabetes")},
    ],
}  # fmt: skip
_NUMERATOR = {
    "type": "Less",
    "operand": [
        {"type": "Property", "path": "value.value.value", "source": _LAST},
        _number("Decimal", "59.0"),
    ],
}


def _define(name: str, expression: Elm) -> Elm:
    return {"name": name, "context": "Patient", "accessLevel": "Public", "expression": expression}


def _elm() -> Elm:
    moment = {"name": "{urn:hl7-org:elm-types:r1}DateTime", "type": "NamedTypeSpecifier"}
    return {"library": {
        "identifier": {"id": "KipDiabetes", "version": "1.0.0"},
        "schemaIdentifier": {"id": "urn:hl7-org:elm", "version": "r1"},
        "usings": {"def": [
            {"localIdentifier": "System", "uri": "urn:hl7-org:elm-types:r1"},
            {"localIdentifier": "FHIR", "uri": "http://hl7.org/fhir", "version": "4.0.1"},
        ]},
        "parameters": {"def": [{
            "name": "Measurement Period", "accessLevel": "Public",
            "parameterTypeSpecifier": {"type": "IntervalTypeSpecifier", "pointType": moment},
        }]},
        "codeSystems": {"def": [{"name": "kip", "id": f"{URL}codes", "accessLevel": "Public"}]},
        "codes": {"def": [
            {"name": "diabetes", "id": "T90", "accessLevel": "Public", "codeSystem": {"name": "kip"}},
            {"name": "hba1c", "id": "NPU27300", "accessLevel": "Public", "codeSystem": {"name": "kip"}},
        ]},
        "contexts": {"def": [{"name": "Patient"}]},
        "statements": {"def": [
            _define("Patient", {"type": "SingletonFrom", "operand": _retrieve("Patient")}),
            _define("Initial Population", _POPULATION),
            _define("Denominator", {"type": "ExpressionRef", "name": "Initial Population"}),
            _define("Numerator", _NUMERATOR),
        ]},
    }}  # fmt: skip


def bundle() -> Elm:
    """The measure with its library."""
    names = {"initial-population": "Initial Population", "denominator": "Denominator", "numerator": "Numerator"}
    population = [
        {"code": {"coding": [{"system": _KINDS, "code": kind}]}, "criteria": {"language": "text/cql", "expression": name}}
        for kind, name in names.items()
    ]
    measure = {
        "resourceType": "Measure", "id": "kip-diabetes", "url": f"{URL}Measure/kip-diabetes", "status": "active",
        "library": [f"{URL}Library/KipDiabetes"], "scoring": {"coding": [{"code": "proportion"}]},
        "group": [{"id": "group-1", "population": population}],
    }  # fmt: skip
    content = base64.b64encode(json.dumps(_elm()).encode()).decode()
    library = {
        "resourceType": "Library", "id": "KipDiabetes", "name": "KipDiabetes", "url": f"{URL}Library/KipDiabetes",
        "version": "1.0.0",
        "status": "active", "type": {"coding": [{"code": "logic-library"}]},
        "content": [{"contentType": "application/elm+json", "data": content}],
    }  # fmt: skip
    entries = [{"resource": measure}, {"resource": library}]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}
