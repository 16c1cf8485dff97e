"""A survey as the rules see it, and what the rules make of it. Never an average, never a stored status: always computed."""

from collections.abc import Sequence

from accreditation.enums import State
from accreditation.models import Decision, FollowUp, Survey
from accreditation.queries import ratings
from accreditation.queries.pinned import edition_of, rules_of
from accreditation.queries.relevance import told
from accreditation.rules import Case, Rated
from accreditation.rules import Decision as Ruled

FIRST_ROUND_STILL = (State.PROVISIONAL, State.FOLLOW_UP_OPEN)


def rated_of(survey: Survey) -> tuple[Rated, ...]:
    """Every indicator of the survey with its current rating of the first round; what is not asked counts as not relevant."""
    edition, rules = edition_of(survey), rules_of(survey)
    now = ratings.current(survey)
    found = []
    for row in told(survey):
        indicator, rating = edition.indicators[row.number], now.get(row.indicator_id)
        outside = not row.relevant and rating is None
        found.append(
            Rated(
                number=indicator.number,
                rating=rules.outside if outside else rating.rating if rating else None,
                critical=indicator.critical,
                assessed_by=indicator.assessed_by,
                standard=edition.standard_of(indicator.number).number,
                reason=row.reason.get("da", "") if outside else rating.reason if rating else "",
            )
        )
    return tuple(found)


def rated_again(survey: Survey) -> tuple[Rated, ...]:
    """The current ratings of the second round, in the order of the edition; empty when nothing was received."""
    rows = ratings.current(survey, 2).values()
    numbers = edition_of(survey).indicators
    found = [Rated(number=row.indicator.number, rating=row.rating, reason=row.reason) for row in rows]
    return tuple(sorted(found, key=lambda one: list(numbers).index(one.number)))


def in_second_round(survey: Survey) -> bool:
    """There is a follow-up, and the survey has come past waiting for it."""
    return survey.state not in FIRST_ROUND_STILL and FollowUp.objects.filter(survey=survey).exists()


def case_of(survey: Survey) -> Case:
    """The case in the round it is in. A focused re-visit rates again what the former survey left open."""
    if survey.carried:
        former = Case.from_data({"rated": survey.carried})
        return Case(rated=former.rated, again=tuple(one for one in rated_of(survey) if one.rating is not None))
    again = rated_again(survey) if in_second_round(survey) else None
    return Case(rated=rated_of(survey), again=again, raised_follow_up=survey.raised_follow_up if again is None else "")


def ruled(survey: Survey) -> Ruled:
    """What the survey's own rules say of it now. Raises accreditation.rules.RuleError, RulesChanged."""
    return rules_of(survey).decide(case_of(survey))


def decisions(survey: Survey) -> Sequence[Decision]:
    """Newest first."""
    return list(Decision.objects.filter(survey=survey).order_by("-at", "-pk"))


def latest_decision(survey: Survey) -> Decision | None:
    return Decision.objects.filter(survey=survey).order_by("-at", "-pk").first()
