"""The sentences of the reasoning and of the refusals, by code, in the active language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from kip.core.numbers import decimal, integer

_STEPS: Mapping[str, Any] = {
    "complete": ngettext_lazy(
        "%(relevant)s relevant point is rated. Left out as not relevant: %(outside)s.",
        "%(relevant)s relevant points are rated. Left out as not relevant: %(outside)s.",
        "relevant",
    ),
    "none_open": gettext_lazy(
        "Every relevant point is met or largely met. The practice is accredited, and the decision is administrative."
    ),
    "some_open": ngettext_lazy(
        "%(open)s point is below largely met (%(numbers)s). The accreditation is provisional, and the committee decides.",
        "%(open)s points are below largely met (%(numbers)s). The accreditation is provisional, and the committee decides.",
        "open",
    ),
    "follow_up_visit": gettext_lazy("At least one of them is critical to patient safety, so the follow-up is a visit."),
    "follow_up_material": gettext_lazy("All of them can be shown by documents or figures, so the follow-up is material sent in."),
    "follow_up_dialogue": gettext_lazy(
        "At least one of them cannot be shown by documents alone, so the follow-up is a conversation by phone or video."
    ),
    "raised_dialogue": gettext_lazy("The surveyors have asked for a conversation instead."),
    "raised_visit": gettext_lazy("The surveyors have asked for a visit instead."),
    "carried": ngettext_lazy(
        "%(again)s open point was rated again. All other ratings stand unchanged.",
        "%(again)s open points were rated again. All other ratings stand unchanged.",
        "again",
    ),
    "nothing_received": gettext_lazy("Nothing was rated again, so all ratings stand unchanged."),
    "none_open_now": gettext_lazy("No point is open any more. The practice is accredited."),
    "critical_not_met": gettext_lazy(
        "A point critical to patient safety is still not met (%(numbers)s). The recommendation is: not accredited."
    ),
    "above_limit": gettext_lazy(
        "%(open)s of %(relevant)s relevant points are still open (%(share)s per cent). That is more than %(limit)s per cent, "
        "so the recommendation is: not accredited."
    ),
    "within_limit": gettext_lazy(
        "%(open)s of %(relevant)s relevant points are still open (%(share)s per cent). The limit is %(limit)s per cent, "
        "so the recommendation is: accredited with remarks."
    ),
    "reviewed": gettext_lazy("The review gives no status. Every relevant point is met or largely met."),
    "reviewed_open": ngettext_lazy(
        "The review gives no status. %(open)s point to work on: %(numbers)s.",
        "The review gives no status. %(open)s points to work on: %(numbers)s.",
        "open",
    ),
    "warning_notice": gettext_lazy("A warning notice makes %(numbers)s inadequate."),
    "requirement_notice": gettext_lazy("A requirement notice limits %(numbers)s to requires improvement."),
    "breach": gettext_lazy("A breach of the regulations limits the whole to requires improvement."),
    "two_inadequate": gettext_lazy("At least two key questions are inadequate, so the whole is inadequate."),
    "one_inadequate": gettext_lazy("One key question is inadequate, so the whole requires improvement."),
    "two_improvement": gettext_lazy("At least two key questions require improvement, so the whole requires improvement."),
    "outstanding": gettext_lazy("At least two key questions are outstanding and the others good, so the whole is outstanding."),
    "good": gettext_lazy("No key question is inadequate and at most one requires improvement, so the whole is good."),
    "poorest": gettext_lazy("The grade of the visit is that of the most serious point."),
    "no_problems": gettext_lazy("No point has problems of importance for patient safety."),
}
_FAULTS: Mapping[str, Any] = {
    "unrated": gettext_lazy("These points are not rated yet: %(numbers)s."),
    "nothing_relevant": gettext_lazy("No point is relevant, so there is nothing to decide on."),
    "unknown_rating": gettext_lazy("The rating of these points is not on the scale: %(numbers)s."),
    "unknown_indicator": gettext_lazy("These points are not part of the survey: %(numbers)s."),
    "twice": gettext_lazy("These points are rated twice: %(numbers)s."),
    "not_open": gettext_lazy(
        "Only open points can be rated again, and these are not: %(numbers)s. Write a new fault as a finding instead."
    ),
    "follow_up_lowered": gettext_lazy("The follow-up can be raised, but not made milder than the rule says."),
    "unknown_follow_up": gettext_lazy("The kind of follow-up is not known."),
    "no_follow_up": gettext_lazy("Nothing is open, so there is no follow-up to raise."),
    "other_questions": gettext_lazy("Exactly the key questions must be rated. Missing or unknown: %(numbers)s."),
    "reason_missing": gettext_lazy("A decision against the recommendation needs a written reason."),
    "unknown_status": gettext_lazy("The decision is not one that the rules know."),
    "limits_not_used": gettext_lazy("Notices do not belong to these rules."),
}


def step(code: str, values: Mapping[str, Any]) -> str:
    """The sentence of a step; values are whole numbers, texts and lists of numbers. Raises KeyError for an unknown code."""
    given = dict(values)
    if "open" in given and "relevant" in given:
        given["share"] = decimal(100 * given["open"] / given["relevant"])
    sentence = _STEPS[code]
    # A plural text is chosen by the number itself and written with it.
    return str(sentence % {name: _Written(value) if isinstance(value, int) else _text(value) for name, value in given.items()})


def fault(code: str, numbers: Iterable[str]) -> str:
    """The sentence of a refusal. Raises KeyError for an unknown code."""
    return str(_FAULTS[code]) % {"numbers": _text(tuple(numbers))}


class _Written(int):
    """A whole number that chooses the plural and is written for the active language."""

    def __str__(self) -> str:
        return integer(int(self))


def _text(value: Any) -> str:
    """Up to five numbers in full, then how many more there are."""
    if isinstance(value, str):
        return value
    first, rest = list(value)[:5], len(value) - 5
    return ", ".join(first) + (" " + _("and %(n)s more") % {"n": integer(rest)} if rest > 0 else "")
