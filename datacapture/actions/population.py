"""The population pages of a release: counted, judged, sent through the gate, stored. Call in the worker's scope."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from django.conf import settings
from django.db import connection

from datacapture.actions.release_rows import place_of
from datacapture.enums import AreaLevel
from datacapture.models import PopulationArea, PopulationResult, Purpose, Release
from datacapture.population.counting import Cell, counted, counted_groups
from datacapture.population.definitions import asked
from datacapture.population.judging import AVOIDABLE, judged_lines, people_lines, same_lines
from datacapture.results.areas import Areas
from datacapture.results.cube import Cube, Place, Spec, cube
from datacapture.results.judging import assemble, peer_groups
from kip.stats.disclosure import Rule
from practices.models import Cluster, Municipality, Practice

BATCH = 5000
# Which questions about areas are told: those of `many` are nested, so only one of them is.
TOLD = ("chronic", "avoidable")
MANY_KEY = ("many", "2")


def write_population(release: Release, purpose: Purpose, practices: Iterable[Practice]) -> int:
    """Store the rows of every practice, and those of the areas of general practice; returns how many."""
    places = {practice.pk: place_of(practice) for practice in practices}
    rule = Rule(threshold=settings.KIP_SMALL_CELL)
    with connection.cursor() as cursor:
        cells = list(counted(cursor, asked(), purpose.pk, sorted(places), release.month_end))
        groups = counted_groups(cursor, asked(), sorted(places), release.month_end)
    doctors = [cell for cell in cells if places[cell.practice_id].profession == "general_practice"]
    others = [cell for cell in cells if cell.section == "people" and cell.practice_id not in {c.practice_id for c in doctors}]
    lines = people_lines([*doctors, *others], places, rule)
    lines += judged_lines(doctors, places, asked().avoidable.per, rule)
    lines += same_lines(groups, places, rule)
    PopulationResult.objects.bulk_create((PopulationResult(release=release, **asdict(line)) for line in lines), BATCH)
    areas = _areas(release, doctors, places, rule)
    PopulationArea.objects.bulk_create(areas, BATCH)
    return len(lines) + len(areas)


def _areas(release: Release, cells: Sequence[Cell], places: dict[int, Place], rule: Rule) -> list[PopulationArea]:
    """Totals of clusters, municipalities, regions and the nation, as the gate of all area totals lets them out."""
    told = [cell for cell in cells if cell.section in TOLD or (cell.section, cell.key) == MANY_KEY]
    questions = sorted({(cell.section, cell.key) for cell in told})
    if not questions:
        return []
    block = _block(release, told, questions, places)
    rows = Areas(block, assemble(block), peer_groups(block), rule).rows()
    homes = _homes()
    return [
        PopulationArea(
            release=release, region_id=homes.get((row.level, row.area_id)), level=row.level, area_id=row.area_id,
            profession=row.profession, section=questions[row.version_id][0], key=questions[row.version_id][1],
            practices=row.practices, n=row.n, x=row.x, value=row.value,
        )
        for row in rows
        if row.level != AreaLevel.SIMILAR
    ]  # fmt: skip


def _block(release: Release, cells: Sequence[Cell], questions: list[tuple[str, str]], places: dict[int, Place]) -> Cube:
    """The questions as if they were measures: each is numbered in their order."""
    per = asked().avoidable.per
    specs = [
        Spec(number, min_n=10, direction="neutral", rate=rate, counts_events=rate, per=per if rate else 100, period=12)
        for number, rate in enumerate(section == AVOIDABLE for section, _key in questions)
    ]
    counts: dict[tuple[int, int], list[int]] = {}
    for cell in cells:
        total = counts.setdefault((questions.index((cell.section, cell.key)), cell.practice_id), [0, 0])
        total[0], total[1] = total[0] + cell.x, total[1] + cell.n
    rows = (
        (number, practice_id, release.month_end, x, n if specs[number].counts_events else n - x, 0, 0, 0)
        for (number, practice_id), (x, n) in counts.items()
    )
    return cube(rows, specs, places.values(), [release.month_end])


def _homes() -> dict[tuple[str, int], int]:
    """Region of each area, by level and id; the nation has none."""
    towns = Municipality.objects.values_list("pk", "region_id")
    clusters = Cluster.objects.values_list("pk", "region_id")
    return {
        **{(AreaLevel.MUNICIPALITY.value, pk): region_id for pk, region_id in towns},
        **{(AreaLevel.CLUSTER.value, pk): region_id for pk, region_id in clusters},
        **{(AreaLevel.REGION.value, region_id): region_id for _pk, region_id in towns},
    }
