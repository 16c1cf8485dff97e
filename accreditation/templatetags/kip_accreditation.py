"""Words of the practice's own pages of the accreditation."""

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accreditation.enums import State
from accreditation.machine import WINDOW
from accreditation.models import Survey
from kip.core.numbers import integer

register = template.Library()
BEFORE = (State.PLANNED, State.ANNOUNCED, State.SELF_ASSESSMENT, State.FOLLOW_UP_OPEN, State.POSTPONED)
HOUR = 60


@register.filter
def duration(minutes: int) -> str:
    """{{ tasks.minutes|duration }}: "3 hours 10 minutes"; a part that is 0 is left out."""
    hours, rest = divmod(minutes, HOUR)
    parts = [ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": integer(hours)}] if hours else []
    if rest or not hours:
        parts.append(ngettext("%(n)s minute", "%(n)s minutes", rest) % {"n": integer(rest)})
    return " ".join(parts)


@register.simple_tag
def seen(survey: Survey) -> str:
    """{% seen survey %}: when the surveyors can read what is shared."""
    if survey.state in BEFORE:
        return _("The surveyors can read it from when you hand over until the report is final.")
    if survey.state in WINDOW:
        return _("The surveyors can read it now, until the report is final.")
    return _("The surveyors could read it until the report was final. Nobody outside the practice can now.")
