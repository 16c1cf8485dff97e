"""Which indicators are asked of a practice: computed from what it says of itself, stored with the reason."""

from collections.abc import Mapping
from typing import NamedTuple

from accreditation.library import Applicability as Computed
from accreditation.library import PracticeFacts, Reason, applicability
from accreditation.models import Applicability, StandardIndicator, Survey
from accreditation.queries.pinned import edition_of


def facts_of(survey: Survey) -> PracticeFacts:
    """What the practice has said of itself."""
    return PracticeFacts(
        profession=survey.practice.profession,
        people=survey.people,
        staff_groups=frozenset(survey.staff_groups),
        shared_by=survey.shared_by,
    )


def computed(survey: Survey) -> Mapping[str, Computed]:
    """By number, for the indicators that the survey looks at."""
    found = applicability(edition_of(survey).standards, facts_of(survey))
    return {number: one for number, one in found.items() if not survey.focus or number in survey.focus}


def reason_data(reason: Reason | None) -> dict[str, str]:
    """A reason as it is stored."""
    return {} if reason is None else {"code": str(reason.code), "da": reason.text.da, "en": reason.text.en}


def stored(survey: Survey) -> list[Applicability]:
    """The survey's rows in the order of the edition, with their indicators."""
    return list(Applicability.objects.filter(survey=survey).select_related("indicator").order_by("indicator__position"))


class Told(NamedTuple):
    """What a row says, without the row: what the rules need of it."""

    indicator_id: int
    number: str
    relevant: bool
    reason: dict[str, str]


def told(survey: Survey) -> list[Told]:
    """As `stored`, bare."""
    rows = Applicability.objects.filter(survey=survey).order_by("indicator__position")
    return [Told(*row) for row in rows.values_list("indicator_id", "indicator__number", "relevant", "reason")]


def asked(survey: Survey) -> list[StandardIndicator]:
    """The relevant indicators in the order of the edition."""
    relevant = Applicability.objects.filter(survey=survey, relevant=True)
    return list(StandardIndicator.objects.filter(pk__in=relevant.values("indicator_id")).order_by("position"))
