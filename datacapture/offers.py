"""A practice's own figures as evidence: the rows of its release in the words of its pages."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from datacapture.enums import Tier
from datacapture.models import Release, Result
from datacapture.queries import wording
from datacapture.queries.measures import newest
from datacapture.queries.releases import release_name
from datacapture.queries.shown import shown
from kip.core.own_evidence import Offer, offers


@offers("figures")
def own_figures(practice_id: int) -> Sequence[Offer]:
    """Every measure with enough patients, in the order of codes; two queries."""
    at = shown(practice_id)
    if at.release is None:
        return ()
    rows = newest(at.release, practice_id, at.versions)
    return [_offer(row, at.release) for row in rows if row.value is not None and row.tier != Tier.INSUFFICIENT]


def _offer(row: Result, release: Release) -> Offer:
    version = row.version
    counted = wording.fraction_words(row.x, row.n, version)
    parts = (
        _("%(value)s (%(counted)s).") % {"value": wording.value_words(row.value, version, row.n), "counted": counted},
        wording.interval_words(row.lower, row.upper, version, row.n),
        wording.sentence(row),
    )
    return Offer(
        key=version.indicator.code,
        title=wording.chosen(version.texts["name"]),
        sentence=" ".join(part for part in parts if part),
        at=row.month_end,
        source=_("KIP, release %(release)s") % {"release": release_name(release)},
        url=reverse("datacapture:measure", args=[version.indicator.code]),
        standards=frozenset(version.texts["links"]["standards"]),
    )
