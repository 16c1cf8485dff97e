"""All rule sets by code and version, read strictly from rule_sets.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import TypeAdapter

from accreditation.library.loading import open_source
from accreditation.rules.base import Scale
from accreditation.rules.cqc import Cqc
from accreditation.rules.ddkm import Ddkm, Review
from accreditation.rules.shapes import Decision, Rated, RuleError, RuleSet
from accreditation.rules.stps import Stps
from kip.core.yaml_source import Loc, Source

FORMAT = "kip.rules/1"
FILE = Path(__file__).with_name("rule_sets.yaml")
_FAMILIES: Mapping[str, type[Ddkm | Review | Cqc | Stps]] = {"ddkm": Ddkm, "review": Review, "cqc": Cqc, "stps": Stps}


def load_rule_sets(path: Path = FILE) -> dict[tuple[str, int], RuleSet]:
    """Rule sets of a file by (code, version); raises DefinitionError."""
    source = open_source(path, FORMAT, ("format", "rule_sets"))
    found: dict[tuple[str, int], RuleSet] = {}
    for place, raw in enumerate(source.section("rule_sets", list)):
        loc: Loc = ("rule_sets", place)
        family = str(raw.get("family")) if isinstance(raw, dict) else ""
        if family not in _FAMILIES:
            raise source.error((*loc, "family"), f"the family {family} is not known (known: {', '.join(sorted(_FAMILIES))})")
        rules = source.parse(TypeAdapter(_FAMILIES[family]), loc, raw)
        _check(source, loc, rules)
        if (rules.code, rules.version) in found:
            raise source.error(loc, f"version {rules.version} of {rules.code} is given twice")
        found[rules.code, rules.version] = rules
    return found


def _check(source: Source, loc: Loc, rules: Scale) -> None:
    named = (*rules.ratings, *([rules.outside] if rules.outside else []))
    for name, codes in (("ratings", named), ("statuses", rules.statuses)):
        for place, code in enumerate(codes):
            if code in codes[:place]:
                raise source.error((*loc, name), f"{rules.code} names {code} twice")
    for code in rules.passes:
        if code not in rules.ratings:
            raise source.error((*loc, "passes"), f"{rules.code} lets {code} pass, which is not on its scale")


RULE_SETS: Mapping[tuple[str, int], RuleSet] = load_rule_sets()


def rule_set(code: str, version: int) -> RuleSet:
    """The rule set of a code and version; raises KeyError."""
    return RULE_SETS[code, version]


def check_departure(decision: Decision, decided: str, reason: str) -> None:
    """Whoever decides may depart from the recommendation, but only with a written reason; raises RuleError."""
    if decided not in rule_set(decision.rule_set, decision.version).statuses:
        raise RuleError("unknown_status")
    if decided != (decision.recommendation or decision.status) and not reason.strip():
        raise RuleError("reason_missing")


def rating_faults(rules: RuleSet, one: Rated, *, may_be_not_relevant: bool) -> tuple[str, ...]:
    """What is missing before a visit's ratings are complete: unrated, unknown_rating, reason_missing, not_relevant_not_allowed.

    A rating outside the passing ones needs a written reason, and so does "not relevant", which must also be allowed.
    """
    if one.rating is None:
        return ("unrated",)
    if one.rating == rules.outside:
        faults = () if may_be_not_relevant else ("not_relevant_not_allowed",)
    elif one.rating not in rules.ratings:
        return ("unknown_rating",)
    elif one.rating in rules.passes:
        return ()
    else:
        faults = ()
    return faults if one.reason.strip() else (*faults, "reason_missing")
