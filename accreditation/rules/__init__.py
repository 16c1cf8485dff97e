"""Rule sets: how ratings become a status, with every step in words. Pure: the same case always gives the same decision."""

from accreditation.rules.registry import RULE_SETS, check_departure, load_rule_sets, rating_faults, rule_set
from accreditation.rules.shapes import ADMINISTRATIVE, COMMITTEE, NO_ROUTE, Case, Decision, Limit, Rated, RuleError, RuleSet, Step

__all__ = [
    "ADMINISTRATIVE",
    "COMMITTEE",
    "NO_ROUTE",
    "RULE_SETS",
    "Case",
    "Decision",
    "Limit",
    "Rated",
    "RuleError",
    "RuleSet",
    "Step",
    "check_departure",
    "load_rule_sets",
    "rating_faults",
    "rule_set",
]
