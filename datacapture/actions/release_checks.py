"""The automatic checks of a prepared release: keys and numbers here, sentences in queries/release_pages.py."""

from typing import Any

from django.db import connection

from datacapture.actions.computing import Setup, enrolled
from datacapture.actions.release_rows import counted_versions
from datacapture.enums import ReleaseKind, ReleaseState
from datacapture.models import Release
from practices.models import Region

UNKNOWN_JUMP = 0.10  # the share of patients who cannot be judged
COVERAGE_DROP = 0.05  # the share of enrolled practices with figures
SIGNAL_FACTOR = 2.0  # clear signals against the former release
FALSE_SHARE = 0.05  # Benjamini-Hochberg keeps the expected share of false signals at or below this
PASSED, NOTICE, FAILED = "passed", "notice", "failed"
TOTALS = """
SELECT count(DISTINCT practice_id) FILTER (WHERE n > 0), count(*) FILTER (WHERE tier = 'signal'), count(q)
FROM datacapture_result WHERE release_id = %s AND latest
"""
NOT_ADDING_UP = """
SELECT count(*) FROM (
    SELECT version_id, month_end, sum(x) AS x, sum(unknown) AS unknown FROM datacapture_result WHERE release_id = %(release)s
    GROUP BY 1, 2) r
FULL JOIN (
    SELECT version_id, month_end, sum(numerator) AS x, sum(unknown) AS unknown FROM datacapture_indicatorcount
    WHERE version_id = ANY(%(versions)s) AND month_end = ANY(%(months)s) AND practice_id = ANY(%(practices)s) GROUP BY 1, 2) c
USING (version_id, month_end) WHERE coalesce(r.x, 0) <> coalesce(c.x, 0) OR coalesce(r.unknown, 0) <> coalesce(c.unknown, 0)
"""
NO_ROWS = """
SELECT i.code FROM datacapture_indicatorversion v JOIN datacapture_indicator i ON i.id = v.indicator_id
WHERE v.id = ANY(%s) AND NOT EXISTS (SELECT 1 FROM datacapture_result r WHERE r.release_id = %s AND r.version_id = v.id)
ORDER BY i.code
"""
EMPTIED = """
SELECT p.name FROM practices_practice p WHERE p.id = ANY(%s)
AND EXISTS (SELECT 1 FROM datacapture_result r WHERE r.practice_id = p.id AND r.release_id = %s AND r.latest AND r.n > 0)
AND NOT EXISTS (SELECT 1 FROM datacapture_result r WHERE r.practice_id = p.id AND r.release_id = %s AND r.latest AND r.n > 0)
ORDER BY p.name
"""
THIN = """
SELECT p.name FROM practices_practice p WHERE p.id IN (
    SELECT r.practice_id FROM datacapture_result r WHERE r.release_id = %s AND r.latest AND r.thin <> 0)
ORDER BY p.name
"""
UNKNOWN = """
SELECT i.code FROM (
    SELECT version_id, sum(unknown)::float8 / nullif(sum(unknown + n), 0) AS share FROM datacapture_result
    WHERE release_id = %s AND latest GROUP BY 1) a
JOIN (SELECT version_id, sum(unknown)::float8 / nullif(sum(unknown + n), 0) AS share FROM datacapture_result
    WHERE release_id = %s AND latest GROUP BY 1) b USING (version_id)
JOIN datacapture_indicatorversion v ON v.id = version_id JOIN datacapture_indicator i ON i.id = v.indicator_id
WHERE a.share - b.share > %s ORDER BY i.code
"""
CHANGED = """
SELECT i.code, count(*) FILTER (WHERE b.tier IS DISTINCT FROM 'signal'), count(*) FILTER (WHERE a.tier IS DISTINCT FROM 'signal')
FROM (SELECT version_id, practice_id, tier FROM datacapture_result WHERE release_id = %s AND latest AND tier = 'signal') a
FULL JOIN (SELECT version_id, practice_id, tier FROM datacapture_result WHERE release_id = %s AND latest AND tier = 'signal') b
USING (version_id, practice_id)
JOIN datacapture_indicatorversion v ON v.id = version_id JOIN datacapture_indicator i ON i.id = v.indicator_id
WHERE a.tier IS NULL OR b.tier IS NULL GROUP BY i.code ORDER BY i.code
"""
Check = dict[str, Any]


def checks_of(release: Release, setup: Setup) -> list[Check]:
    """What must hold before anybody reads the release; each with its key, state and the numbers behind it."""
    former = former_release(release)
    ids = sorted(practice.pk for practice in enrolled(setup))
    found = [_regions(release), _adds_up(release, setup, ids), _versions(release, setup), _coverage(release, former, ids)]
    found.append(_thin(release))
    if former is not None:
        found += [_emptied(release, former, ids), _unknown(release, former), _changed(release, former)]
    return [*found, _signals(release, former)]


def former_release(release: Release) -> Release | None:
    """The published release that this one follows: the one it corrects, else the newest of an earlier quarter."""
    known = Release.objects.filter(kind=ReleaseKind.QUARTER, state=ReleaseState.PUBLISHED, month_end__lte=release.month_end)
    return known.exclude(pk=release.pk).order_by("-month_end", "-revision").first()


def _regions(release: Release) -> Check:
    missing = sorted(set(Region.objects.values_list("code", flat=True)) - set(release.seconds.get("regions", {})))
    return _check("regions", FAILED if missing else PASSED, missing=missing)


def _adds_up(release: Release, setup: Setup, ids: list[int]) -> Check:
    versions = [version.pk for part in (setup, setup.beside) for version in counted_versions(part).values()]
    values = {"release": release.pk, "versions": versions, "months": list(setup.months), "practices": ids}
    wrong = _all(NOT_ADDING_UP, values)[0][0]
    return _check("adds_up", FAILED if wrong else PASSED, wrong=wrong)


def _versions(release: Release, setup: Setup) -> Check:
    versions = [version.pk for version in counted_versions(setup).values()]
    empty = [code for (code,) in _all(NO_ROWS, [versions, release.pk])]
    return _check("versions", NOTICE if empty else PASSED, codes=empty, total=len(versions))


def _coverage(release: Release, former: Release | None, ids: list[int]) -> Check:
    figures = _all(TOTALS, [release.pk])[0][0]
    before = _all(TOTALS, [former.pk])[0][0] if former else None
    fewer = before is not None and figures < before * (1 - COVERAGE_DROP)
    return _check("coverage", NOTICE if fewer or not figures else PASSED, figures=figures, practices=len(ids), before=before)


def _emptied(release: Release, former: Release, ids: list[int]) -> Check:
    names = [name for (name,) in _all(EMPTIED, [ids, former.pk, release.pk])]
    return _check("emptied", NOTICE if names else PASSED, practices=len(names), names=names[:10])


def _thin(release: Release) -> Check:
    """Practices whose newest figures stand on a month that holds too little: shown, but not compared."""
    names = [name for (name,) in _all(THIN, [release.pk])]
    return _check("thin", NOTICE if names else PASSED, practices=len(names), names=names[:10])


def _unknown(release: Release, former: Release) -> Check:
    codes = [code for (code,) in _all(UNKNOWN, [release.pk, former.pk, UNKNOWN_JUMP])]
    return _check("unknown", NOTICE if codes else PASSED, codes=codes)


def _changed(release: Release, former: Release) -> Check:
    """Clear signals that are new or gone since the former release, by measure."""
    rows = _all(CHANGED, [release.pk, former.pk])
    return _check("changed", PASSED, former=str(former), rows=[list(row) for row in rows])


def _signals(release: Release, former: Release | None) -> Check:
    _practices, signals, tests = _all(TOTALS, [release.pk])[0]
    before = _all(TOTALS, [former.pk])[0][1] if former else None
    many = before is not None and signals > SIGNAL_FACTOR * max(before, 1)
    expected = round(FALSE_SHARE * signals, 1)
    return _check("signals", NOTICE if many else PASSED, signals=signals, tests=tests, expected=expected, before=before)


def _check(key: str, state: str, **facts: Any) -> Check:
    return {"key": key, "state": state, **facts}


def _all(statement: str, values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
