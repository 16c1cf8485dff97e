"""Quarterly counts of findings by indicator, after the disclosure gate, for regions and the country. Worker's scope."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from django.conf import settings

from accreditation.models import FindingTally, Survey, SurveyReport
from accreditation.queries import ratings
from accreditation.queries.pinned import rules_of
from kip.core.workdays import add_months, local_day, start_of_day
from kip.stats.disclosure import PublishedParts, Rule, publish_parts

QUARTER = 3
Place = tuple[int, int]  # region id, 0 for the country; indicator id


def quarter_of(day: dt.date) -> dt.date:
    """The first day of the day's quarter."""
    return day.replace(month=day.month - (day.month - 1) % QUARTER, day=1)


def tally_due(today: dt.date) -> int:
    """Count every ended quarter that has final reports and is not counted; returns how many rows were written."""
    reports = SurveyReport.objects.filter(final=True, round=1, signed_at__lt=start_of_day(quarter_of(today)))
    ended = {quarter_of(local_day(at)) for at in reports.values_list("signed_at", flat=True)}
    counted = set(FindingTally.objects.values_list("quarter", flat=True).distinct())
    return sum(tally(quarter) for quarter in sorted(ended - counted))


def tally(quarter: dt.date) -> int:
    """Count one quarter: surveys that rated an indicator as relevant, and those that found it below the passing ratings."""
    counts = _counts(quarter)
    if not counts:
        return 0
    regions = sorted({region for region, _indicator in counts})
    indicators = sorted({indicator for _region, indicator in counts})
    cells = np.array([[counts.get((region, pk), (0, 0)) for region in regions] for pk in indicators], dtype=np.int64)
    shown = publish_parts(cells[:, :, 1], cells[:, :, 0], rule=Rule(threshold=settings.KIP_SMALL_CELL))
    rows = FindingTally.objects.bulk_create(_rows(quarter, indicators, regions, shown))
    return len(rows)


def _counts(quarter: dt.date) -> dict[Place, tuple[int, int]]:
    """(surveys, findings) by region and indicator."""
    found: dict[Place, list[int]] = defaultdict(lambda: [0, 0])
    signed = SurveyReport.objects.filter(
        final=True,
        round=1,
        number=1,
        signed_at__gte=start_of_day(quarter),
        signed_at__lt=start_of_day(add_months(quarter, QUARTER)),
    )
    surveys = Survey.objects.filter(pk__in=signed.values("survey_id")).select_related("practice", "rule_set")
    for survey in surveys:
        rules = rules_of(survey)
        for indicator_id, row in ratings.current(survey).items():
            if row.rating != rules.outside:
                count = found[survey.practice.region_id, indicator_id]
                count[0] += 1
                count[1] += row.rating not in rules.passes
    return {place: (surveys, findings) for place, (surveys, findings) in found.items()}


def _rows(quarter: dt.date, indicators: Sequence[int], regions: Sequence[int], shown: PublishedParts) -> list[FindingTally]:
    made = []
    for place, indicator_id in enumerate(indicators):
        made.append(_row(quarter, None, indicator_id, shown.total.n[place], shown.total.x[place]))
        for column, region_id in enumerate(regions):
            made.append(_row(quarter, region_id, indicator_id, shown.cells.n[place, column], shown.cells.x[place, column]))
    return made


def _row(quarter: dt.date, region_id: int | None, indicator_id: int, n: float, x: float) -> FindingTally:
    hidden = bool(np.isnan(n) or np.isnan(x))
    return FindingTally(
        quarter=quarter, region_id=region_id, indicator_id=indicator_id, suppressed=hidden,
        surveys=None if hidden else int(n), findings=None if hidden else int(min(x, n)),
    )  # fmt: skip
