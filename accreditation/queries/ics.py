"""Calendar files of visits and deadlines (RFC 5545), to be attached to mails."""

import datetime as dt

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vCalAddress, vText

from accreditation.enums import State
from accreditation.models import Deadline, Postponement, Survey
from accreditation.queries.pinned import kind_of
from kip.core.workdays import COPENHAGEN, local_day

GONE = (State.POSTPONED, State.WITHDRAWN, State.DISPENSED)


def visit_calendar(survey: Survey) -> bytes:
    """The visit as one event; moved it comes again with a higher number, called off it is cancelled."""
    calendar = _calendar("CANCEL" if survey.state in GONE else "REQUEST")
    event = Event()
    event.add("uid", f"survey-{survey.pk}@{settings.ALLOWED_HOSTS[0].lstrip('.')}")
    event.add("dtstamp", timezone.now())
    event.add("sequence", Postponement.objects.filter(survey=survey).count())
    event.add("status", "CANCELLED" if survey.state in GONE else "CONFIRMED")
    event.add("summary", _("%(kind)s: %(practice)s") % {"kind": kind_of(survey).title, "practice": survey.practice.name})
    if survey.address:
        event.add("location", survey.address)
    _when(event, survey)
    organizer = vCalAddress(f"mailto:{settings.DEFAULT_FROM_EMAIL}")
    organizer.params["cn"] = vText("KIP")
    event["organizer"] = organizer
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _when(event: Event, survey: Survey) -> None:
    if survey.visit_on is None:
        return
    if survey.visit_starts is None:
        event.add("dtstart", survey.visit_on)
        event.add("dtend", survey.visit_on + dt.timedelta(days=1))
        return
    begins = dt.datetime.combine(survey.visit_on, survey.visit_starts, tzinfo=COPENHAGEN)
    event.add("dtstart", begins)
    event.add("dtend", begins + dt.timedelta(minutes=survey.visit_minutes))


def deadline_calendar(deadlines: list[Deadline], names: dict[str, str]) -> bytes:
    """Deadlines as whole-day events; names: what each clock is called."""
    calendar = _calendar("PUBLISH")
    for row in deadlines:
        event = Event()
        event.add("uid", f"deadline-{row.pk}@{settings.ALLOWED_HOSTS[0].lstrip('.')}")
        event.add("dtstamp", timezone.now())
        event.add("summary", names[row.clock])
        event.add("dtstart", local_day(row.due_at))
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _calendar(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//KIP//Kvalitet i Praksis//DA")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    return calendar
