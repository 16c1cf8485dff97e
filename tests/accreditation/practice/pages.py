"""Short ways of asking for a practice's page."""

import datetime as dt

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accreditation.models import Survey
from kip.core.numbers import long_date

SESSIONS = ("usersessions_usersession", "django_session", "SAVEPOINT")


def at(survey: Survey, rest: str = "") -> str:
    return f"/akkreditering/{survey.pk}/{rest}"


def english(client: Client, url: str) -> str:
    return client.get(url, headers={"accept-language": "en"}).content.decode()


def day_words(day: dt.date) -> str:
    with translation.override("en"):
        return long_date(day)


def queries_of(client: Client, url: str) -> int:
    """Statements of the page itself on its second visit; the session's own notes of the time come and go with the minute."""
    client.get(url)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url).status_code == 200
    return sum(not any(table in query["sql"] for table in SESSIONS) for query in seen.captured_queries)
