"""Ages counted back from the month are the ages that a person reaches going forward, on every birthday there is."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from typing import Any

import psycopg
from hypothesis import given, settings
from hypothesis import strategies as st

from datacapture.engine.bounds import Bound, resolve
from datacapture.engine.cases import BAND_STARTS
from datacapture.engine.compiler import compile_run
from datacapture.engine.run import RunReport, bind, execute, run_plan
from tests.datacapture.engine.test_against_naive import LIBRARY
from tests.datacapture.engine.test_increment import MONTHS
from tests.datacapture.engine.test_run import RUN, diabetic
from tests.datacapture.engine.world import Patient, fill


def reached(birth: date, months: int) -> date:
    """The first day on which the months are completed: the day of birth, or the 1st when the month is shorter."""
    year, month = divmod(birth.year * 12 + birth.month - 1 + months, 12)
    if birth.day <= calendar.monthrange(year, month + 1)[1]:
        return date(year, month + 1, birth.day)
    return date(year + month // 11, (month + 1) % 12 + 1, 1)


def near_month_ends() -> st.SearchStrategy[date]:
    anchor = st.sampled_from([date(1960, 2, 28), date(1960, 12, 31), date(2000, 2, 28), date(1999, 2, 27), date(2004, 5, 30)])
    return st.builds(lambda day, step: day + timedelta(days=step), anchor, st.integers(-2, 4))


@settings(max_examples=2000, deadline=None, derandomize=True)
@given(birth=near_month_ends(), months=st.integers(0, 1300), near=st.integers(-3, 3))
def test_counting_back_equals_going_forward(birth: date, months: int, near: int) -> None:
    day = reached(birth, months) + timedelta(days=near)
    limits = {resolve(Bound("end", ((-months, "m"),)), day, 12)}
    if months % 12 == 0:
        limits.add(resolve(Bound("end", ((-months // 12, "y"),)), day, 12))
    assert {birth <= limit for limit in limits} == {day >= reached(birth, months)}


def test_bands_of_the_patients_table(engine_db: psycopg.Connection[Any]) -> None:
    births = [date(1960, 2, 29), date(1985, 6, 30), date(1985, 7, 1), date(2025, 11, 1), date(1940, 1, 31), date(2007, 12, 31)]
    fill(engine_db, [Patient(n, 1, "general_practice", "male", birth) for n, birth in enumerate(births, start=1)])
    plan, found = compile_run(LIBRARY, ["DM-02"]), {}

    def read(cursor: psycopg.Cursor[Any], params: Any) -> None:
        found.update(
            {who: (band, older) for who, band, older in cursor.execute("select patient_id, band, older from kip_patient")}
        )

    run_plan(engine_db, plan, bind(plan, RUN["region_id"], RUN["purpose_id"], MONTHS), RunReport(), lambda *_: None, after=read)
    for number, birth in enumerate(births, start=1):
        ages = [sum(day >= reached(birth, 12 * years) for years in BAND_STARTS) for day in MONTHS]
        mask = sum(1 << place for place, age in enumerate(ages) if age > ages[0])
        assert found[number] == (ages[0], mask), birth


def test_patients_of_other_professions_are_left_out(engine_db: psycopg.Connection[Any]) -> None:
    other = Patient(2, 2, "podiatry", "male", date(1960, 1, 1), listed_from=date(2015, 1, 1))
    fill(engine_db, [diabetic(1), other])
    report = execute(engine_db, compile_run(LIBRARY, ["DM-02"]), months=[MONTHS[-1]], **RUN)
    assert report.found["patients"] == 1
