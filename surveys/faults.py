"""What cannot be done, in a sentence for the reader."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TEXTS: Mapping[str, Promise] = {
    "not_draft": _("The campaign has begun, so this can no longer be changed."),
    "not_running": _("The campaign is not running."),
    "nobody": _("Nobody has been put on the list yet."),
    "no_practice": _("No practice takes part yet."),
    "ended": _("The last day has passed."),
    "late_start": _("The first day has passed. Choose today or a later day."),
    "too_many_reminders": _("Nobody is reminded more than twice."),
    "not_published": _("The questionnaire has not been published yet."),
    "nothing_answered": _("Answer at least one question before you send."),
    "stopped": _("The practice has the answers it asked for. Thank you for wanting to help."),
    "closed": _("The questionnaire is closed."),
    "published_already": _("The version is published and cannot be changed. Make a new version."),
}


class NotNow(Exception):
    """str() is a sentence in the active language; code names it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    def __str__(self) -> str:
        return str(TEXTS[self.code])
