"""What the practice's pages share: the way back, and the words for a file that cannot be taken in."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accreditation.models import Survey
from accreditation.pages import Crumbs, who
from accreditation.policies import may_speak_for_practice
from accreditation.queries.pinned import kind_of
from practices.acting import ActingRequest

REFUSALS: Mapping[str, Any] = {
    "empty": gettext_lazy("The file is empty."),
    "too_large": gettext_lazy("The file is too large. It may be 20 MB. Save it in a smaller size, or divide it."),
    "kind": gettext_lazy("This kind of file cannot be shown here. Save it as PDF, Word (.docx), Excel (.xlsx) or a picture."),
    "broken": gettext_lazy("The file cannot be read. Open it on your own computer, save it anew and try again."),
    "locked": gettext_lazy("The file is locked with a password. Save it without and try again."),
    "macros": gettext_lazy("The file holds programs (macros). Save it without them, for example as PDF."),
    "infected": gettext_lazy("The virus check has stopped the file. Nothing has been kept."),
    "scanner_silent": gettext_lazy("The virus check does not answer just now, so the file was not taken in. Try again later."),
}


def refusal(code: str) -> str:
    """Why a file was refused and what helps."""
    return str(REFUSALS[code])


def speaks(request: ActingRequest) -> bool:
    """The person may bind the practice."""
    return may_speak_for_practice(who(request).role)


def require_speaker(request: ActingRequest) -> None:
    """Raises PermissionDenied."""
    if not speaks(request):
        raise PermissionDenied


def crumbs(survey: Survey, *more: tuple[str, str]) -> Crumbs:
    """Accreditation, the survey, and what follows."""
    home = (_("Accreditation"), reverse("accreditation:home"))
    name = (str(kind_of(survey).title), reverse("accreditation:survey", args=[survey.pk]) if more else "")
    return [home, name, *more]


def tasks_crumb(survey: Survey) -> tuple[str, str]:
    return (_("Self-assessment"), reverse("accreditation:tasks", args=[survey.pk]))
