"""The planted stories as the portal sees them: the demo country counted by the engine and judged by the statistics.

The country of `make demo` is loaded once, with the codes that the stories' indicators use, and taken back again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
from django.db import connection, transaction

from datacapture.actions.library import load_library
from datacapture.demo import loading
from datacapture.demo.country import Country, generate
from datacapture.demo.levels import Levels
from datacapture.demo.organisation import LETTERS
from datacapture.demo.stories import story_item, story_plant
from datacapture.models import IndicatorCount, IndicatorVersion, Result
from kip.core.scope import WORKER, activate
from kip.stats.verdicts import judge
from tests.datacapture.demo.counting import indicators, named_sets, sets_of_codes
from tests.datacapture.feedback_world import prepared

END = date(2026, 9, 30)
MEASURES = (
    "AB-02", "AB-03", "DM-01", "DM-04", "DM-05", "DM-06", "FOD-02", "FYS-03", "KIR-01", "PSY-01", "SPEC-03", "SPEC-04",
    "TAND-04", "TPL-01",
)  # fmt: skip
# Any diagnosis at all counts for KIR-01: those of backs and joints are what chiropractors write.
OF_COURSES = {"dx_ryg_strukt", "dx_artrose"}
FLAGS = ("signal", "attention")
# Too few of them in the country of `make demo` for anybody to be compared: these come from the next larger one.
FEW = ("chiropractic", "dental_hygiene")
SIMULATED = 200


@dataclass
class Told:
    """What was loaded and what came out, as plain values."""

    country: Country
    latest: dict[tuple[str, str], Result]
    months: dict[tuple[str, str], dict[date, tuple[int, int]]]
    by_quintile: dict[int, tuple[int, int]]

    def of(self, tag: str) -> list[str]:
        return [practice.id for practice in self.country.practices if tag in practice.stories]

    def one(self, tag: str, measure: str) -> Result:
        (practice,) = self.of(tag)
        return self.latest[measure, practice]


@pytest.fixture(scope="module")
def told(django_db_setup: None, django_db_blocker: Any) -> Iterator[Told]:
    with django_db_blocker.unblock():
        with transaction.atomic():
            whole = generate("mellem")
            # Ten practices of a profession are few: a month missing in one of them would leave nobody compared.
            none = dict.fromkeys(whole.facts["data_quality"]["missing_months"], 0.0)
            facts = {**whole.facts, "data_quality": {**whole.facts["data_quality"], "missing_months": none}}
            many = [p for p in generate("demo").practices if p.profession in FEW]
            country = replace(whole, facts=facts, practices=[*(p for p in whole.practices if p.profession not in FEW), *many])
            _load(country)
            release = prepared()
            with activate(WORKER):
                found = Told(country, *_numbers(release.pk), _quintiles())
            transaction.set_rollback(True)
        yield found


def _load(country: Country) -> None:
    """As `load_demo` does, in the worker's scope and with the stories' codes only."""
    wanted = OF_COURSES.union(*(named_sets(indicators()[code]) for code in MEASURES))
    with activate(WORKER), connection.cursor() as cursor:
        load_library()
        IndicatorVersion.objects.exclude(indicator__code__in=MEASURES).update(retired_at=datetime(2026, 10, 1, tzinfo=UTC))
        practices = loading.load_practices(country.practices, loading.load_places(country))
        purpose = loading.make_purposes()
        loading.enrol(practices.values(), purpose)
        sets = sets_of_codes()
        codes = {i: pk for i, pk in loading.load_codes().items() if sets[i] & wanted}
        loading.load_events(cursor, country, practices, codes, None, lambda *_: None)
        cursor.execute("ANALYZE datacapture_event, datacapture_patient")


def _numbers(release_id: int) -> tuple[dict[Any, Result], dict[Any, Any]]:
    latest: dict[Any, Result] = {}
    months: dict[Any, dict[date, tuple[int, int]]] = {}
    for row in Result.objects.filter(release_id=release_id).select_related("version__indicator", "practice"):
        key = row.version.indicator.code, row.practice.number
        months.setdefault(key, {})[row.month_end] = (row.x, row.n)
        if row.month_end == END:
            latest[key] = row
    return latest, months


def _quintiles() -> dict[int, tuple[int, int]]:
    """DM-01 of the region of S10 by deprivation, from the engine's counts."""
    found: dict[int, tuple[int, int]] = {}
    rows = IndicatorCount.objects.filter(
        version__indicator__code="DM-01",
        version__retired_at=None,
        month_end=END,
        practice__region__code=story_plant("S10")["region"],
    )
    for row in rows:
        x, n = found.get(row.quintile, (0, 0))
        found[row.quintile] = x + row.numerator, n + row.numerator + row.denominator_only
    return found


def test_s01_two_clinics_differ_in_opposite_directions(told: Told) -> None:
    for tag, measure, position in (("S01.low", "DM-04", "worse"), ("S01.high", "FYS-03", "better")):
        plant, row = story_plant(tag), told.one(tag, measure)
        assert (row.x, row.n) == (plant["numerator"], plant["denominator"])
        assert (row.tier, row.position) == ("signal", position)
        interval = story_item("S01")["computed"][f"{tag[4:]}_interval"]
        assert (row.lower, row.upper) == pytest.approx(interval, abs=0.006)


@pytest.mark.parametrize(("tag", "measure", "trend"), [("S02", "SPEC-03", "improving"), ("S03", "AB-03", "worsening")])
def test_s02_and_s03_the_change_is_seen_as_what_it_is(tag: str, measure: str, trend: str, told: Told) -> None:
    plant, row = story_plant(tag), told.one(tag, measure)
    assert row.trend == trend
    if measure == "AB-03":
        assert (row.x, row.n) == (sum(plant["numerators"][-12:]), sum(plant["denominators"][-12:]))


def test_s04_the_share_of_coded_courses_falls(told: Told) -> None:
    plant, row = story_plant("S04"), told.one("S04", "KIR-01")
    assert row.trend == "worsening"
    assert row.x / row.n == pytest.approx(sum(plant["numerators"][-12:]) / sum(plant["denominators"][-12:]), abs=0.03)


def test_s05_the_urine_test_still_counts_as_done(told: Told) -> None:
    """The thousandfold values change no count: DM-05 asks for the test, not for its value."""
    plant = story_plant("S05")
    rows = [told.latest["DM-05", p.id] for p in _doctors(told) if p.region == plant["region"]]
    assert rows
    assert all(row.x / row.n > 0.75 for row in rows)


def test_s06_a_month_sent_twice_counts_once(told: Told) -> None:
    """Prescriptions per listed person stay near the country's, where a doubled month would add an eighth of a year."""
    rates = np.array([told.latest["AB-02", p.id].x / told.latest["AB-02", p.id].n for p in _doctors(told)])
    for practice in told.of("S06"):
        row = told.latest["AB-02", practice]
        assert abs(row.x / row.n - np.median(rates)) < 3 * rates.std()


def test_s07_the_closed_practice_is_compared_with_nobody_and_no_receiver_is_blamed(told: Told) -> None:
    (closed,) = told.of("S07.closing")
    assert not any(practice == closed for _, practice in told.latest)
    for tag in ("S07.first", "S07.second", "S07.third"):
        for measure in ("DM-01", "DM-04", "DM-06"):
            row = told.one(tag, measure)
            assert row.trend != "worsening", measure
            assert not (row.tier in FLAGS and row.position == "worse"), measure


def test_s08_the_joint_clinic_begins_in_april_and_its_parents_are_compared_no_more(told: Told) -> None:
    for tag in ("S08.a", "S08.b"):
        assert not any(practice == told.of(tag)[0] for _, practice in told.latest)
    row = told.one("S08.merged", "DM-01")
    assert row.x / row.n == pytest.approx(story_plant("S08.merged")["DM-01"], abs=0.02)
    assert row.trend not in ("improving", "worsening")
    months = told.months["DM-01", told.of("S08.merged")[0]]
    assert min(day for day, (_, n) in months.items() if n) == date(2026, 4, 30)


def test_s09_nine_courses_are_too_few(told: Told) -> None:
    plant, row = story_plant("S09"), told.one("S09", "PSY-01")
    assert (row.x, row.n, row.tier) == (plant["numerator"], plant["denominator"], "insufficient")
    assert (row.lower, row.upper) == pytest.approx(story_item("S09")["computed"]["interval"], abs=0.006)


def test_s10_the_gap_between_least_and_most_deprived_is_the_planted_one(told: Told) -> None:
    least, most = (told.by_quintile[q] for q in (1, 5))
    gap = least[0] / least[1] - most[0] / most[1]
    assert gap == pytest.approx(story_item("S10")["computed"]["difference_1_minus_5"], abs=0.03)
    assert gap > story_plant("S10")["target_gap"]


def test_s11_the_loss_is_at_the_letter(told: Told) -> None:
    eyes = told.one("S11.eye", "SPEC-04")
    left = {step["en"]: step["left"] for step in story_item("S11")["plant"]["steps"]}
    assert (eyes.x, eyes.n) == (left["letter sent"], left["examined"])
    noted = [told.latest["DM-06", practice] for practice in told.of("S11.gp")]
    assert sum(row.x for row in noted) == left["recorded by the GP"]
    assert sum(row.n for row in noted) == story_item("S11")["plant"]["people_with_diabetes"]
    assert {row.position for row in noted} == {"worse"}


def test_s12_a_winter_is_no_change(told: Told) -> None:
    plant, row = story_plant("S12"), told.one("S12", "AB-02")
    assert (row.x, row.n) == (sum(plant["monthly_prescriptions"][-12:]), plant["list"])
    assert row.trend not in ("improving", "worsening")


@dataclass
class Comparisons:
    """The rows of one profession that were compared: practice x measure. rate: events per person."""

    practices: list[str]
    codes: list[str]
    n: np.ndarray
    min_n: np.ndarray
    direction: np.ndarray
    rate: np.ndarray
    plain: np.ndarray
    signal: np.ndarray


def _tested(told: Told, profession: str) -> Comparisons:
    plain = {practice.id for practice in told.country.practices if practice.profession == profession and not practice.stories}
    rows = [
        (practice, code, row)
        for (code, practice), row in sorted(told.latest.items())
        if row.practice.profession == profession and row.tier not in ("insufficient", "")
    ]
    return Comparisons(
        [practice for practice, _, _ in rows],
        [code for _, code, _ in rows],
        np.array([row.n for _, _, row in rows]),
        np.array([row.version.min_n for _, _, row in rows]),
        np.array([row.version.indicator.direction for _, _, row in rows]),
        np.array([row.version.indicator.type == "rate" for _, _, row in rows]),
        np.array([practice in plain for practice, _, _ in rows]),
        np.array([row.tier == "signal" for _, _, row in rows]),
    )


def _chance_signals(told: Told, tested: Comparisons, profession: str) -> np.ndarray:
    """Clear signals among the clinics without a story in countries where every clinic is an ordinary one.

    Each country draws the clinics' true values as the demo does, and their patients from those; sizes are the demo's own.
    """
    chance = np.random.default_rng(20261122)
    group = np.unique(tested.codes, return_inverse=True)[1]
    found = []
    for seed in range(SIMULATED):
        levels = {practice: Levels(told.country.facts, seed, practice, profession, {}) for practice in set(tested.practices)}
        true = np.array([levels[practice][code] for practice, code in zip(tested.practices, tested.codes, strict=True)])
        share = np.where(tested.rate, 0.5, true)
        x = np.where(tested.rate, chance.poisson(tested.n * true / 1000), chance.binomial(tested.n, np.clip(share, 0, 1)))
        verdict = judge(x, tested.n, group, min_n=tested.min_n, direction=tested.direction, rate=tested.rate)
        found.append(int(((verdict.tier == "signal") & tested.plain).sum()))
    return np.array(found)


@pytest.mark.parametrize("profession", sorted(LETTERS))
def test_clinics_without_a_story_are_flagged_no_more_than_chance_allows(profession: str, told: Told) -> None:
    """As many as in countries of ordinary clinics; in those, one comparison in forty is called a clear signal at most.

    Clinics do differ by themselves. The limits take that in, from as few as ten clinics, which is where the fortieth
    comes from: the design's 0.2 per cent holds where the spread is known.
    """
    tested = _tested(told, profession)
    number = int((tested.signal & tested.plain).sum())
    by_chance = _chance_signals(told, tested, profession)
    assert len(set(tested.practices)) >= 10
    assert by_chance.mean() <= tested.plain.sum() / 40
    assert number <= by_chance.max(), (number, by_chance.mean(), [*np.array(tested.practices)[tested.signal & tested.plain]])


def _doctors(told: Told) -> list[Any]:
    return [p for p in told.country.practices if p.profession == "general_practice" and ("DM-05", p.id) in told.latest]
