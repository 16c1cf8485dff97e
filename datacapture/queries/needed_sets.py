"""Which code sets a part of a stored definition names, also through the clauses it refers to."""

from collections.abc import Iterator, Mapping
from typing import Any


def sets_named(definition: Mapping[str, Any], node: Any) -> frozenset[str]:
    """The names of the definition's own code sets in `node` (plain data) and in every clause that it refers to."""
    clauses, sets = definition.get("clauses", {}), definition.get("sets", {})
    waiting, seen = list(_words(node)), set[str]()
    while waiting:
        word = waiting.pop()
        if word not in seen:
            seen.add(word)
            waiting += _words(clauses.get(word))
    return frozenset(seen & set(sets))


def _words(node: Any) -> Iterator[str]:
    """Every text in plain data."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, Mapping | list):
        for part in node.values() if isinstance(node, Mapping) else node:
            yield from _words(part)
