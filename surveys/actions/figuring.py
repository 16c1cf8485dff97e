"""Writes the figures of a practice from the answers that have been let out: one row per question and theme."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kip.stats.arrays import FloatArray
from surveys.enums import FigureKind, Level
from surveys.models import CampaignUnit, Figure, Response
from surveys.queries.forms import form_of
from surveys.questionnaire.branching import Answers
from surveys.questionnaire.form import Form
from surveys.questionnaire.schema import Dimension
from surveys.scoring.coding import Coded, coded, counting
from surveys.scoring.comparing import Compared, compare
from surveys.scoring.dimensions import DimensionResult, dimension_result, respondent_scores
from surveys.scoring.items import ItemResult, item_result, linear100
from surveys.scoring.planning import MIN_N, reliability


def write_unit_figures(unit: CampaignUnit) -> None:
    """Replace the practice's figures of the campaign. In the worker's scope and the caller's transaction."""
    form = form_of(unit.campaign.content or {}, unit.practice.profession)
    people = list(
        Response.objects.filter(campaign=unit.campaign, practice=unit.practice, out=True).values_list("answers", flat=True)
    )
    rows = _figures(form, people, _others(unit))
    for row in rows:
        row.campaign, row.practice, row.level, row.released = unit.campaign, unit.practice, Level.PRACTICE, unit.released
        row.profession = unit.practice.profession
    Figure.objects.filter(campaign=unit.campaign, practice=unit.practice).delete()
    Figure.objects.bulk_create(rows)


def results(form: Form, people: Sequence[Answers]) -> tuple[dict[str, ItemResult], dict[str, DimensionResult]]:
    """Results of a group of people by item and by dimension."""
    answers = coded(form, people)
    items = {}
    for code in answers.items:
        scale = form.scale(form.questionnaire.by_code[code])
        if scale:
            items[code] = item_result(*answers.column(code), scale)
    themes = {}
    for one in form.questionnaire.dimensions:
        results_of = [items[code] for code in one.items]
        themes[one.code] = dimension_result(
            _scores(form, one, answers, people), one.items, [result.share for result in results_of],
            [result.valid for result in results_of], one.min_n,
        )  # fmt: skip
    return items, themes


def _scores(form: Form, dimension: Dimension, answers: Coded, people: Sequence[Answers]) -> FloatArray:
    columns = [answers.items.index(code) for code in dimension.items]
    scales = [form.scale(form.questionnaire.by_code[code]) for code in dimension.items]
    linear = np.column_stack([
        linear100(answers.value[:, column], scale) for column, scale in zip(columns, scales, strict=True) if scale
    ])  # fmt: skip
    score = respondent_scores(answers.state[:, columns], linear, dimension.min_items).score
    return np.where(counting(form, dimension, people), score, np.nan)


def _figures(form: Form, people: Sequence[Answers], others: Mapping[str, tuple[int, int]]) -> list[Figure]:
    items, themes = results(form, people)
    codes = list(items)
    against = [others.get(code, (0, 0)) for code in codes]
    compared = compare(
        [items[code].positive for code in codes], [items[code].valid for code in codes],
        [x for x, _n in against], [n for _x, n in against],
    )  # fmt: skip
    figures = [
        _of_item(code, place, items[code], against[place], compared, place) for place, code in enumerate(codes)
    ]  # fmt: skip
    figures += [
        _of_theme(one, place, themes[one.code], items, others)
        for place, one in enumerate(form.questionnaire.dimensions, len(codes))
    ]
    return figures


def _of_item(code: str, position: int, result: ItemResult, rest: tuple[int, int], compared: Compared, place: int) -> Figure:
    row = Figure(
        kind=FigureKind.ITEM, code=code, position=position, shown=result.shown, people=result.valid,
        not_relevant=result.not_relevant, dont_know=result.dont_know, blank=result.blank, reference_people=rest[1],
        hidden=result.valid < MIN_N,
    )  # fmt: skip
    if not row.hidden:
        row.distribution = {str(step): number for step, number in result.distribution.items()}
        row.share, row.lower, row.upper, row.poor_share = result.share, result.lower, result.upper, result.poor_share
        row.mean, row.mean_lower, row.mean_upper = result.mean, _known(result.mean_lower), _known(result.mean_upper)
        row.effective, row.reliability = result.effective, reliability(result.valid)
        if rest[1]:
            row.reference_share, row.flag = rest[0] / rest[1], str(compared.flag[place])
            row.p, row.found = _known(float(compared.p[place])), bool(compared.found[place])
    return row


def _of_theme(
    one: Dimension, position: int, result: DimensionResult, items: Mapping[str, ItemResult], others: Mapping[str, tuple[int, int]]
) -> Figure:  # fmt: skip
    row = Figure(
        kind=FigureKind.DIMENSION, code=one.code, position=position, people=result.people, hidden=result.people < one.min_n
    )
    if not row.hidden:
        row.share, row.mean = _known(result.share), result.mean
        row.mean_lower, row.mean_upper = _known(result.lower), _known(result.upper)
        row.effective, row.reliability = result.people, reliability(result.people)
        shares = [others[code][0] / others[code][1] for code in one.items if others.get(code, (0, 0))[1] >= one.min_n]
        if 2 * len(shares) >= len(one.items):
            row.reference_share = sum(shares) / len(shares)
    return row


def _others(unit: CampaignUnit) -> dict[str, tuple[int, int]]:
    """Positive and valid answers by question of every other practice of the region and profession, from their stored figures."""
    rows = Figure.objects.filter(
        kind=FigureKind.ITEM, level=Level.PRACTICE, hidden=False, profession=unit.practice.profession,
        practice__region=unit.practice.region_id,
    ).exclude(practice=unit.practice)  # fmt: skip
    positive: Counter[str] = Counter()
    valid: Counter[str] = Counter()
    for code, people, share in rows.values_list("code", "people", "share"):
        positive[code] += round((share or 0) * people)
        valid[code] += people
    return {code: (positive[code], valid[code]) for code in valid}


def _known(value: float) -> Any:
    return None if math.isnan(value) else value
