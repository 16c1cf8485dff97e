"""What the resources of a FHIR file refer to: patients, organisations and medicines, collected before the
rows are read."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from datacapture.intake import cpr
from datacapture.intake.fhir_stream import Resource
from datacapture.intake.rows import stop

CPR_SYSTEM = "urn:oid:1.2.208.176.1.2"
X_ECPR_SYSTEM = "urn:oid:1.2.208.176.1.6.1.1"
_D_ECPR_ROOT = "urn:oid:1.2.208.176.1.6.1."
SOR_SYSTEM = "urn:oid:1.2.208.176.1.1"
PROVIDER_SYSTEM = "urn:oid:1.2.208.176.1.4"
_PATIENT_FIELDS = ("Patient.identifier", ".subject.identifier", ".patient.identifier")
_NARRATIVE = (".text.div",)
Target = TypeVar("Target")


def as_dict(value: object) -> dict[str, object]:
    """The value when it is an object, else an empty one: a broken resource becomes a problem, never an
    error."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[object]:
    """The value when it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def as_str(value: object) -> str:
    """The value when it is text, without surrounding blanks, else ''."""
    return value.strip() if isinstance(value, str) else ""


def is_person_system(system: str) -> bool:
    """True for the identifier systems of CPR and of replacement numbers."""
    return system == CPR_SYSTEM or system.startswith(_D_ECPR_ROOT)


def reference(value: object) -> str:
    """The target of a FHIR Reference, or ''."""
    return as_str(value.get("reference")) if isinstance(value, dict) else ""


@dataclass(slots=True)
class Organisation:
    """The numbers of an organisation: provider numbers first, then SOR."""

    provider: tuple[str, ...]
    sor: tuple[str, ...]

    @property
    def numbers(self) -> tuple[str, ...]:
        """All its numbers."""
        return self.provider + self.sor


@dataclass(slots=True)
class Index:
    """Targets of references, keyed by (scope, reference)."""

    patients: dict[tuple[int, str], dict[str, str]] = field(default_factory=dict)
    keepers: dict[tuple[int, str], list[str]] = field(default_factory=dict)
    organisations: dict[tuple[int, str], Organisation] = field(default_factory=dict)
    medicines: dict[tuple[int, str], dict[str, object]] = field(default_factory=dict)
    authors: dict[int, list[str]] = field(default_factory=dict)
    numbers: dict[int, set[str]] = field(default_factory=dict)
    by_scope: dict[int, list[Organisation]] = field(default_factory=dict)

    def add(self, resource: Resource) -> None:
        """Notes a Patient, Organization, Medication or Composition."""
        body, scope = resource.body, resource.scope
        keys = [(scope, key) for key in (resource.url, f"{resource.type}/{as_str(body.get('id'))}") if key]
        if resource.type == "Patient":
            record = _patient_record(body, self.numbers.setdefault(scope, set()))
            links = [body.get("managingOrganization"), *as_list(body.get("generalPractitioner"))]
            for key in keys:
                self.patients[key] = record
                self.keepers[key] = [target for link in links if (target := reference(link))]
        elif resource.type == "Organization":
            organisation = _organisation(body)
            self.by_scope.setdefault(scope, []).append(organisation)
            self.organisations.update(dict.fromkeys(keys, organisation))
        elif resource.type == "Medication":
            self.medicines.update(dict.fromkeys(keys, as_dict(body.get("code"))))
        elif resource.type == "Composition":
            authors = [target for link in as_list(body.get("author")) if (target := reference(link))]
            self.authors.setdefault(scope, []).extend(authors)

    def practice(self, scope: int, patient: str) -> tuple[str, ...]:
        """The numbers of the sending practice: the document's author, else the patient's own, else the only
        one there.

        Raises `Stop` (`sender_missing`) when the file does not say who sends it.
        """
        named = self.authors.get(scope, []) or (find(self.keepers, scope, patient) or [])
        found = [org for target in named if (org := find(self.organisations, scope, target))]
        if not found:
            all_here = self.by_scope.get(scope, [])
            found = [org for org in all_here if org.provider] or all_here
            if len({org.numbers for org in found}) != 1:
                found = []
        numbers = tuple(dict.fromkeys(number for org in found for number in org.numbers))
        if not numbers:
            raise stop("sender_missing", column="Organization.identifier")
        return numbers


def find(table: dict[tuple[int, str], Target], scope: int, target: str) -> Target | None:
    """Resolves a reference: as it stands, or by its last two parts (Patient/1 of a full address)."""
    found = table.get((scope, target))
    return found if found is not None else table.get((scope, "/".join(target.split("/")[-2:])))


def _identifiers(body: dict[str, object]) -> Iterator[tuple[str, str]]:
    for item in as_list(body.get("identifier")) or [body.get("identifier")]:
        system, value = as_str(as_dict(item).get("system")), as_str(as_dict(item).get("value"))
        if value:
            yield system, value


def _organisation(body: dict[str, object]) -> Organisation:
    found = list(_identifiers(body))
    provider = tuple(value for system, value in found if system == PROVIDER_SYSTEM)
    return Organisation(provider, tuple(value for system, value in found if system == SOR_SYSTEM))


def _patient_record(body: dict[str, object], numbers: set[str]) -> dict[str, str]:
    person = other = ""
    for system, value in _identifiers(body):
        if is_person_system(system):
            person = person or value
            numbers.update(cpr.found_numbers(value))
        else:
            other = other or value
    record = {"patient": person or other or as_str(body.get("id"))}
    if person and other:
        record["patient_no"] = other
    gender, birth = as_str(body.get("gender")), as_str(body.get("birthDate"))
    if gender in ("male", "female"):
        record["sex"] = gender
    if len(birth) == 10:
        record["birth"] = birth
    if deceased := as_str(body.get("deceasedDateTime")):
        record["deceased"] = first_day(deceased)
    return {name: text for name, text in record.items() if text}


def first_day(text: str) -> str:
    """A FHIR date of any precision as its first day (2020-03 is 2020-03-01)."""
    return f"{text}-01-01" if len(text) == 4 else f"{text}-01" if len(text) == 7 else text


def misplaced_cpr(resource: Resource, own_numbers: set[str], *, allow_repeats: bool) -> Iterator[tuple[str, str]]:
    """The elements of a resource in which a CPR stands outside a patient identifier, each with its microcopy key.

    The title of a Composition and the generated narrative may repeat a number that the same scope has in a
    Patient: MedCom's ConditionList profile expects the title "Diagnoseoversigt for <CPR>". That has a message
    of its own, `cpr_document_text`, and is passed over with `allow_repeats`. Neither text is ever read.
    """
    if resource.clear or not cpr.contains_cpr(cpr.written(resource.body)):
        return
    stack: list[tuple[str, object]] = [(resource.type if resource.type.isalpha() else "?", resource.body)]
    while stack:
        path, value = stack.pop()
        if isinstance(value, dict):
            person = path.endswith(_PATIENT_FIELDS) and is_person_system(as_str(value.get("system")))
            for key, inner in value.items():
                if cpr.contains_cpr(key):
                    yield "cpr_wrong_place", path
                elif not (person and key == "value" and _is_number(inner)):
                    stack.append((f"{path}.{key}" if key.isascii() and len(key) < 60 else f"{path}.?", inner))
        elif isinstance(value, list):
            stack.extend((path, inner) for inner in value)
        elif isinstance(value, str | int | float) and cpr.contains_cpr(_text(value)):
            readable = path == "Composition.title" or path.endswith(_NARRATIVE)
            if not (readable and own_numbers.issuperset(cpr.found_numbers(_text(value)))):
                yield "cpr_wrong_place", path
            elif not allow_repeats:
                yield "cpr_document_text", path


def _text(value: str | float) -> str:
    """A scalar for the search. Of a decimal only the whole part: long decimals are measurements."""
    return value if isinstance(value, str) else str(value).partition(".")[0]


def _is_number(value: object) -> bool:
    patient = cpr.read_patient(as_str(value))
    return patient is not None and patient.kind != "local"
