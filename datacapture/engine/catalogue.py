"""Code sets and checked definitions as plain immutable data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from datacapture.engine.grammar import Clause, Indicator


@dataclass(frozen=True)
class CodeSet:
    """A named set of codes: rules by code system, ``DE11*`` = prefix, otherwise exact.

    the, many: by language, how one event of the set is called with its article, and several of them.
    """

    name: str
    da: str
    en: str
    rules: Mapping[str, tuple[str, ...]]
    unit: str | None = None
    the: Mapping[str, str] = field(default_factory=dict)
    many: Mapping[str, str] = field(default_factory=dict)

    def holds(self, system: str, code: str) -> bool:
        """True when the code (any case, dots ignored) is in the set."""
        plain = plain_code(code)
        return any(plain.startswith(rule[:-1]) if rule.endswith("*") else plain == rule for rule in self.rules.get(system, ()))


@dataclass(frozen=True)
class Library:
    """All definitions of a folder, checked."""

    defines: Mapping[str, Clause]
    indicators: Mapping[str, Indicator]
    sets: Mapping[str, CodeSet]

    def sets_of(self, system: str, code: str) -> list[str]:
        """Names of the sets that hold the code."""
        return [name for name, entry in self.sets.items() if entry.holds(system, code)]


def plain_code(code: str) -> str:
    """A code as it is stored and compared: upper case, no dots."""
    return code.upper().replace(".", "")
