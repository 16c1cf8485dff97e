"""Which code sets hold a code. The one place intake asks; the rule itself is `CodeSet.holds`, shared with the engine."""

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path

from datacapture.engine.library import CodeSet, load_sets

CODE_SETS = Path(__file__).resolve().parent / "definitions" / "codesets.yaml"


@cache
def code_sets() -> Mapping[str, CodeSet]:
    """The code-set library by set name, read once per process."""
    return load_sets(CODE_SETS)


@lru_cache(maxsize=65536)
def sets_of(system: str, code: str) -> frozenset[str]:
    """Names of the sets that hold a code (`DE11*` in a set = prefix, otherwise exact; dots and case ignored)."""
    return frozenset(name for name, entry in code_sets().items() if entry.holds(system, code))


def allowed(system: str, code: str, set_names: Iterable[str]) -> bool:
    """True when one of the named sets holds the code."""
    return not sets_of(system, code).isdisjoint(set_names)
