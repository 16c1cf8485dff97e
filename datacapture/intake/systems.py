"""The code systems that intake accepts: names, addresses and the pattern of a code (from the code-set
library)."""

import re
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class CodeSystem:
    """A code system: `pattern` is matched against a code in upper case without dots; `names` are other
    spellings."""

    name: str
    pattern: re.Pattern[str]
    names: tuple[str, ...]


SYSTEMS = (
    CodeSystem(
        "ICPC2",
        re.compile(r"[ABDFHKLNPRSTUWXYZ-][0-9]{2}"),
        ("ICPC-2", "ICPC-2-DK", "ICPC", "urn:oid:1.2.208.176.2.31", "urn:oid:2.16.840.1.113883.6.139"),
    ),
    CodeSystem(
        "SKS",
        re.compile(r"[A-Z][0-9A-Z]{1,9}"),
        ("SKS-D", "urn:oid:1.2.208.176.2.4", "urn:oid:1.2.208.176.2.4.12"),
    ),
    CodeSystem(
        "NPU",
        re.compile(r"(?:NPU|DNK|AAB|MCS)[0-9]{5}"),
        ("IUPAC", "urn:oid:1.2.208.176.2.1", "http://npu-terminology.org"),
    ),
    CodeSystem(
        "ATC",
        re.compile(r"[A-Z](?:[0-9]{2}(?:[A-Z](?:[A-Z](?:[0-9]{2})?)?)?)?"),
        ("WHOCC", "http://www.whocc.no/atc", "urn:oid:2.16.840.1.113883.6.73"),
    ),
    CodeSystem("YDELSE", re.compile(r"[0-9]{6}"), ("SYGESIKRING", "urn:kip:ydelse")),
    CodeSystem("LOINC", re.compile(r"[0-9]{1,7}-[0-9]"), ("http://loinc.org", "urn:oid:2.16.840.1.113883.6.1")),
    CodeSystem("KIP", re.compile(r"[A-Z0-9_]{2,24}"), ("urn:kip:codes",)),
)
ALLOWED = tuple(system.name for system in SYSTEMS)
_BY_NAME = {name.upper(): system for system in SYSTEMS for name in (system.name, *system.names)}


@lru_cache(maxsize=4096)
def find_system(text: str) -> CodeSystem | None:
    """The code system called `text` (name, other spelling, OID or URL), or None."""
    return _BY_NAME.get(text.strip().upper())


@lru_cache(maxsize=65536)
def normal_code(system: str, text: str) -> str | None:
    """`text` in upper case without dots when it is written as `system` (a name in SYSTEMS) requires, else
    None."""
    code = text.strip().upper().replace(".", "")
    return code if _BY_NAME[system].pattern.fullmatch(code) else None
