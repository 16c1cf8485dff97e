"""What all pages of accreditation share: how a survey is found, a form answered, an act told of and a file handed out."""

import io
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods

from accreditation.faults import NotNow
from accreditation.models import StandardIndicator, Survey
from accreditation.queries import visible
from practices.acting import Acting, ActingRequest

View = Callable[..., HttpResponse]
Crumbs = list[tuple[str, str]]
SHOWN_INSIDE = ("image/jpeg", "image/png")


def who(request: ActingRequest) -> Acting:
    return request.acting  # the door has let somebody with a role in


def assigned(request: ActingRequest, survey_id: int) -> Survey:
    """A survey that the person may see. Raises Http404."""
    return visible.survey(who(request), survey_id)


def indicator_of(survey: Survey, number: str) -> StandardIndicator | None:
    """The indicator of the survey's edition; None for no number. Raises Http404 for an unknown one."""
    if not number:
        return None
    found = StandardIndicator.objects.filter(edition=survey.edition_id, number=number).first()
    if found is None:
        raise Http404
    return found


def form_of(page: str, *names: str) -> Callable[[View], View]:
    """A form with errors is shown on its own address; loading that address anew leads back to the page of the form.

    names: which of the address's parts the page has as well; survey_id and number where none are given.
    """
    kept = names or ("survey_id", "number")

    def mark(view: View) -> View:
        @wraps(view)
        def answered(request: ActingRequest, **named: Any) -> HttpResponse:
            if request.method == "POST":
                return view(request, **named)
            if "survey_id" in named:
                assigned(request, named["survey_id"])
            return redirect(page, **{name: value for name, value in named.items() if name in kept})

        return require_http_methods(["GET", "POST"])(answered)

    return mark


def told(request: ActingRequest, act: Callable[[], object], done: str) -> bool:
    """Do it and say so, or say why it cannot be done now."""
    try:
        act()
    except NotNow as refused:
        messages.error(request, str(refused))
        return False
    messages.success(request, done)
    return True


def back_to(name: str, survey: Survey, *args: object) -> HttpResponse:
    return redirect(name, survey.pk, *args)


def file_answer(data: io.BytesIO, media_type: str, title: str) -> FileResponse:
    """Pictures are shown, all else is saved; nothing in a file can run here."""
    answer = FileResponse(data, content_type=media_type if media_type in SHOWN_INSIDE else "application/octet-stream")
    answer["Content-Disposition"] = content_disposition_header(media_type not in SHOWN_INSIDE, title)
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["Content-Length"] = str(len(data.getbuffer()))
    return answer
