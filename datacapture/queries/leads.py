"""From a number to what one can do about it: the list of a measure, the measure, or all measures."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from datacapture.models import Release, Result
from datacapture.queries import wording


def results_of(practice_id: int, release: Release, codes: Collection[str]) -> dict[str, Result]:
    """The practice's stored results of these measures in the release's last month, by code; those that count nobody are out."""
    rows = Result.objects.filter(
        release=release, practice_id=practice_id, latest=True, version__indicator__code__in=codes, n__gt=0
    )
    return {row.version.indicator.code: row for row in rows.select_related("version__indicator")}


@dataclass(frozen=True)
class Leads:
    """Where a number leads: the list of a measure that is counted at the practice, or else all its measures."""

    results: Mapping[str, Result]

    def has_list(self, code: str) -> bool:
        return code in self.results and bool(self.results[code].version.texts.get("patient_list"))

    def to(self, code: str, words: str = "") -> tuple[str, str]:
        """Address and words of the link; `words` are those of the list, where there is one."""
        if code not in self.results:
            return reverse("datacapture:measures"), _("Open all measures")
        if not self.has_list(code):
            return reverse("datacapture:measure", args=[code]), _("See what you can do")
        return reverse("datacapture:patients", args=[code]), words or _("See the patients")

    def named(self, code: str) -> tuple[str, str]:
        """As `to`, with the measure's own name on the link: the number is about more than that measure looks at."""
        if code not in self.results:
            return self.to(code)
        name = wording.chosen(self.results[code].version.texts["name"])
        return self.to(code, _("List: %(name)s") % {"name": name})

    def list_of(self, code: str | None) -> tuple[str, str] | None:
        """Address and name of the list behind a step; None where the practice has none."""
        if code is None or not self.has_list(code):
            return None
        name = wording.chosen(self.results[code].version.texts["name"])
        return reverse("datacapture:patients", args=[code]), _("See the patients on the list of “%(name)s”") % {"name": name}
