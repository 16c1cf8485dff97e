"""Findings: counts that may be shown, never those that may not, and where a finding leads on to."""

import csv
import datetime as dt
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accreditation import improvement
from accreditation.improvement import Finding, Offer
from accreditation.models import FindingTally, StandardIndicator
from accreditation.queries.findings import Count, added, findings
from accreditation.queries.guidelines import guidelines, guidelines_of
from kip.core.scope import WORKER, activate
from kip.stats.intervals import wilson
from practices.acting import Acting
from practices.enums import Profession
from tests.accreditation.visit.conftest import signed_in_as
from tests.accreditation.world import World

pytestmark = pytest.mark.django_db
PLACE = "/region/akkreditering/fund/"
Cell = tuple[int, int] | None


def tallied(world: World, quarter: dt.date, region: str | None, cells: dict[str, Cell]) -> None:
    edition = world.programme().edition
    with activate(WORKER):
        for number, cell in cells.items():
            FindingTally.objects.create(
                quarter=quarter, region=world.places[region] if region else None, suppressed=cell is None,
                indicator=StandardIndicator.objects.get(edition=edition, number=number),
                findings=cell[0] if cell else None, surveys=cell[1] if cell else None,
            )  # fmt: skip


@pytest.fixture
def counted(world: World) -> World:
    tallied(world, dt.date(2026, 4, 1), "north", {"G1.1.1": (10, 40), "G2.1.1": (5, 40), "G2.1.2": None})
    tallied(world, dt.date(2026, 7, 1), "north", {"G1.1.1": (5, 40), "G2.1.1": (20, 40), "G2.1.2": (15, 35)})
    tallied(world, dt.date(2026, 7, 1), None, {"G1.1.1": (25, 200), "G2.1.1": (30, 200), "G2.1.2": (20, 200)})
    tallied(world, dt.date(2026, 7, 1), "south", {"G1.1.1": (30, 30)})
    return world


def test_standards_with_most_findings_come_first(counted: World) -> None:
    with counted.as_(counted.office) as by:
        page = findings(by, "")
    assert [(row.number, row.own.findings, row.own.ratings, row.own.hidden) for row in page.rows] == [
        ("G2.1", 40, 115, 1), ("G1.1", 15, 80, 0),
    ]  # fmt: skip
    assert [(row.nation.findings, row.nation.ratings) for row in page.rows] == [(50, 400), (25, 200)]
    assert [(count.findings, count.ratings, count.hidden) for _name, count in page.rows[0].quarters] == [(5, 40, 1), (35, 75, 0)]
    assert (page.total.findings, page.total.ratings, page.total.hidden) == (55, 195, 1)


def test_the_page_and_the_file_show_no_hidden_number_and_no_other_region(counted: World) -> None:
    from_office = signed_in_as(counted.office)
    page = from_office.get(PLACE)
    assert (page.content.decode().count('class="kip-chart"'), bool(page.context["hidden"])) == (2, True)
    answer = from_office.get(f"{PLACE}tal.csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    body = [(row[0], row[3], row[6], row[7]) for row in rows[1:]]
    assert len(rows[0]) == 8
    assert sorted(body) == sorted([
        ("2026-04-01", "G1.1.1", "10", "40"), ("2026-04-01", "G2.1.1", "5", "40"), ("2026-04-01", "G2.1.2", "", ""),
        ("2026-07-01", "G1.1.1", "5", "40"), ("2026-07-01", "G2.1.1", "20", "40"), ("2026-07-01", "G2.1.2", "15", "35"),
        ("2026-07-01", "G1.1.1", "25", "200"), ("2026-07-01", "G2.1.1", "30", "200"), ("2026-07-01", "G2.1.2", "20", "200"),
    ])  # fmt: skip


def test_a_region_without_counts_has_a_page(world: World) -> None:
    with world.as_(world.office) as by:
        page = findings(by, "psychology")
    assert (page.rows, page.picture, page.trend, page.total) == ([], None, None, Count(0, 0, 0))


@given(st.lists(st.one_of(st.none(), st.tuples(st.integers(0, 50), st.integers(0, 50)))))
def test_hidden_cells_are_added_nowhere(cells: list[Cell]) -> None:
    rows = [
        FindingTally(suppressed=cell is None, findings=min(cell) if cell else None, surveys=max(cell) if cell else None)
        for cell in cells
    ]
    shown = [cell for cell in cells if cell is not None]
    expected = Count(sum(map(min, shown)), sum(map(max, shown)), len(cells) - len(shown))
    assert added(rows) == expected


def test_an_interval_stands_beside_the_share() -> None:
    count = Count(30, 80, 0)
    limits = wilson([30], [80])
    assert f"{limits.lower[0] * 100:.0f}" in count.interval
    assert f"{limits.upper[0] * 100:.0f}" in count.interval
    assert (Count(0, 0, 2).interval, Count(0, 0, 2).value, Count(0, 0, 0).words) == ("", "", "")


def test_guidelines_belong_to_standards_and_professions() -> None:
    assert {one.url.partition("://")[0] for one in guidelines()} == {"https"}
    assert guidelines_of(Profession.GENERAL_PRACTICE, "A1") != []
    assert guidelines_of(Profession.PHYSIOTHERAPY, "A1") == []
    assert {code for one in guidelines() for code in one.professions} <= set(Profession)


def test_a_finding_leads_to_what_joined_and_to_nothing_before(world: World) -> None:
    survey = world.walked("decision", worst="partially_met")
    client = signed_in_as(world.office)
    page = f"/region/akkreditering/besoeg/{survey.pk}/"
    assert client.get(page).context["sheet"].findings[0].offers == []

    def project(by: Acting, finding: Finding) -> Offer | None:
        return (
            Offer("Begynd et forbedringsprojekt", f"/forbedring/?fund={finding.number}") if finding.standard == "G1.1" else None
        )

    improvement.offer(project)
    try:
        found = client.get(page).context["sheet"].findings
        assert [offer.url for one in found for offer in one.offers] == ["/forbedring/?fund=G1.1.1"]
    finally:
        improvement.leave(project)
    assert client.get(page).context["sheet"].findings[0].offers == []
