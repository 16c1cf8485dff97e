"""What a practice is shown right now: its release, and a stamp of all else that its own pages are made of; one statement."""

from collections.abc import Mapping
from typing import NamedTuple

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import JSONField

from datacapture.enums import ReleaseKind, ReleaseState
from datacapture.models import IndicatorVersion, Release
from practices.acting import ActingRequest

# A row's place and transaction change with every change to it, also of words that make no new version.
ROW = "{0}.xmin::text || {0}.ctid::text"
READ = f"""
SELECT
  (SELECT md5(string_agg({ROW.format("v")} || {ROW.format("i")}, ' ' ORDER BY v.id))
     FROM datacapture_indicatorversion v JOIN datacapture_indicator i ON i.id = v.indicator_id),
  (SELECT {ROW.format("p")} FROM practices_practice p WHERE p.id = %(practice)s),
  (SELECT concat_ws(' ', count(*), sum(hashtext({ROW.format("m")})))
     FROM datacapture_patientmark m WHERE m.practice_id = %(practice)s),
  (SELECT string_agg({ROW.format("c")}, ' ' ORDER BY c.id) FROM datacapture_chartnote c WHERE c.practice_id = %(practice)s),
  r.* FROM (SELECT 1) one LEFT JOIN LATERAL (
    SELECT {{columns}} FROM datacapture_release
    WHERE state = '{ReleaseState.PUBLISHED}'
      AND (kind = '{ReleaseKind.QUARTER}' OR kind = '{ReleaseKind.OWN}' AND practice_id = %(practice)s)
    ORDER BY month_end DESC, published_at DESC, id DESC LIMIT 1) r ON true
"""

Versions = Mapping[int, IndicatorVersion]
_versions: tuple[str, Versions] = ("", {})


class Shown(NamedTuple):
    """release: None before the first. stamp: other than before as soon as release, definitions, practice, marks or notes are.

    marked: the practice has marked patients on its lists.
    """

    release: Release | None
    stamp: str
    definitions: str
    marked: bool

    @property
    def versions(self) -> Versions:
        """All versions of all indicators by id, with their indicators; read anew by each process when one has changed."""
        global _versions
        known, versions = _versions
        if known != self.definitions:
            versions = IndicatorVersion.objects.select_related("indicator").in_bulk()
            _versions = (self.definitions, versions)
        return versions


def shown(practice_id: int) -> Shown:
    """The practice's own release since its last delivery, else the published quarter, with the stamp."""
    names = [field.attname for field in Release._meta.concrete_fields if not isinstance(field, JSONField)]
    with connection.cursor() as cursor:
        cursor.execute(READ.format(columns=", ".join(names)), {"practice": practice_id})
        definitions, practice, marks, notes, *values = cursor.fetchone()
    release = Release.from_db(DEFAULT_DB_ALIAS, names, values) if values[0] is not None else None
    told = f"{release.pk} {release.published_at}" if release else ""
    return Shown(release, f"{told} {definitions} {practice} {marks} {notes}", definitions or "", marks != "0")


def shown_on(request: ActingRequest) -> Shown:
    """`shown` for the practice that acts, read once for the page and its frame."""
    known: Shown | None = vars(request).get("shown")
    if known is None:
        practice_id = request.acting.scope.practice_id
        if practice_id is None:
            raise ValueError("only a practice has pages of its own")
        known = vars(request)["shown"] = shown(practice_id)
    return known
