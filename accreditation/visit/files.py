"""Why a picture could not be taken in, in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

REFUSALS: Mapping[str, Any] = {
    "empty": _("The file is empty."),
    "too_large": _("The picture is too large. It may be 20 MB."),
    "kind": _("The file is not a picture that can be read here."),
    "broken": _("The file cannot be read."),
    "locked": _("The file is locked with a password."),
    "macros": _("The file holds programs."),
    "infected": _("The virus check has stopped the file."),
    "scanner_silent": _("The virus check does not answer. Try again later."),
}


def refusal_words(code: str) -> str:
    return str(REFUSALS[code])
