"""Everything about others in a release: written together, because one part of it must not give away what another hides."""

from collections.abc import Sequence

from datacapture.actions.computing import Setup
from datacapture.actions.gap_rows import write_area_gaps
from datacapture.actions.group_rows import write_groups
from datacapture.actions.region_rows import write_cells, write_standings
from datacapture.actions.release_checks import former_release
from datacapture.actions.release_rows import Numbers, areas_of, insert_areas, write_yardsticks
from datacapture.models import Release, Yardstick
from datacapture.results.holding import Held
from practices.models import Practice


def write_shown(release: Release, setup: Setup, practices: Sequence[Practice], made: Numbers) -> Held:
    """Totals of areas and of groups, practices as regions read them, and what later releases need; returns the counts behind
    what is shown. In the worker's scope."""
    former = held_before(release)
    totals = areas_of(made, former)
    rows = totals.rows()
    insert_areas(release, rows)
    write_cells(release, setup, made, totals.cells)
    write_standings(release, made, totals.cells, rows)
    gaps = write_area_gaps(release, setup, practices, made.gaps, rows, former, totals.held)
    write_groups(release, setup, practices, [*rows, *gaps], former, totals.held)
    write_yardsticks(release, made, totals.held)
    return totals.held


def held_before(release: Release) -> Held:
    """The counts behind the release that this one follows or corrects; none for the first one."""
    found = Held()
    former = former_release(release)
    if former is not None:
        for mark in Yardstick.objects.filter(release=former):
            found.restore(mark.version_id, mark.profession, mark.held)
    return found
