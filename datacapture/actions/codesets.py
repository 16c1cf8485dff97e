"""Writes the code-set library's concrete codes; prefixes are resolved when a code first comes with a delivery."""

from dataclasses import dataclass

from datacapture.actions.library import DEFINITIONS, refresh_members
from datacapture.codes import code_sets
from datacapture.engine.library import load_definitions
from datacapture.models import EventCode

# A set's name begins with what its codes stand for; the row of a delivery has the last word on its own kind.
KINDS = {
    "dx": "dx", "lab": "lab", "obs": "lab", "prom": "prom", "prem": "prom", "med": "med", "svc": "svc", "hosp": "hosp",
    "brev": "letter", "ref": "referral", "uth": "uth",
}  # fmt: skip


@dataclass(frozen=True)
class LoadedCodes:
    """Codes that are new, and memberships that moved."""

    codes: int
    members: int


def load_codesets() -> LoadedCodes:
    """Add the concrete codes and make the memberships equal to the rules; running it twice changes nothing."""
    wanted = {
        (KINDS[name.partition("_")[0]], system, code)
        for name, entry in code_sets().items()
        for system, rules in entry.rules.items()
        for code in rules
        if not code.endswith("*")
    }
    fresh = wanted - set(EventCode.objects.values_list("kind", "system", "code"))
    EventCode.objects.bulk_create(EventCode(kind=kind, system=system, code=code) for kind, system, code in sorted(fresh))
    return LoadedCodes(len(fresh), refresh_members(load_definitions(DEFINITIONS)))
