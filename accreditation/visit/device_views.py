"""What a surveyor's device asks of the server: the shell that works without network, the visit's data, and what it sends back.

Nothing personal is in the shell or the service worker, so both may be kept by the browser. Everything else needs a session.
"""

import json
from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, render
from django.utils import timezone, translation
from django.views.decorators.http import require_GET, require_POST
from pydantic import ValidationError

from accreditation.actions.visiting import add_photo, device_wiped, register_device
from accreditation.evidence import Refused
from accreditation.faults import NotNow
from accreditation.models import VisitDevice
from accreditation.pages import indicator_of, who
from accreditation.queries.visit_bundle import CARRIED_IN, bundle_of
from accreditation.visit.answers import answer_data, begin_if_begun, take_in
from accreditation.visit.batch import Sent
from accreditation.visit.files import refusal_words
from accreditation.visit.finding import in_window
from accreditation.visit.forms import PhotoForm
from accreditation.visit.shell import LANGUAGES, device_words, shell_files, shell_version
from kip.core.allow import ANYONE, allow
from kip.core.scope import Persona
from practices.acting import ActingRequest


@require_GET
@allow(ANYONE)
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker. Its address makes /besoeg/ all that it may ever answer for."""
    context = {"version": shell_version(), "files": json.dumps(shell_files())}
    answer = render(request, "accreditation/visit/worker.js", context, content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    return answer


@require_GET
@allow(ANYONE)
def shell(request: HttpRequest, language: str) -> HttpResponse:
    """The page that works without network: the same for everybody, without a name on it."""
    if language not in LANGUAGES:
        raise Http404
    with translation.override(language):
        context = {"words": device_words(), "version": shell_version(), "language": language}
        return render(request, "accreditation/visit/device.html", context)


@require_GET
@allow(Persona.SURVEY)
def key(request: ActingRequest) -> JsonResponse:
    """A fresh token for sending, for a page that was made before the session."""
    return JsonResponse({"token": get_token(request), "user": who(request).scope.user_id})


@require_POST
@allow(Persona.SURVEY)
def register(request: ActingRequest, survey_id: int, device_id: UUID) -> JsonResponse:
    """The device will hold the visit until the day in the answer; the practice can read that it was downloaded."""
    survey = in_window(request, survey_id, *CARRIED_IN)
    try:
        with transaction.atomic():
            device = register_device(by=who(request), survey=survey, device_id=device_id)
    except IntegrityError as error:  # wiped, of another visit, or another person's: there the wall shows nothing
        raise Http404 from error
    return JsonResponse({"device": str(device.pk), "expires_at": device.expires_at.isoformat(), "user": device.user_id})


@require_GET
@allow(Persona.SURVEY)
def bundle(request: ActingRequest, survey_id: int) -> JsonResponse:
    """Everything of the visit. Only for a device that has been registered, so that no download goes unrecorded."""
    survey = in_window(request, survey_id, *CARRIED_IN)
    known = VisitDevice.objects.filter(survey=survey, user_id=who(request).scope.user_id, wiped_at=None)
    if not known.filter(expires_at__gt=timezone.now()).exists():
        raise Http404
    return JsonResponse(bundle_of(survey), json_dumps_params={"ensure_ascii": False})


@require_POST
@allow(Persona.SURVEY)
def sync(request: ActingRequest, survey_id: int) -> JsonResponse:
    """Take in what the device has gathered, and answer item by item."""
    survey = in_window(request, survey_id)
    try:
        sent = Sent.model_validate_json(request.body)
    except ValidationError:
        return JsonResponse({"error": "unreadable"}, status=400)
    good, refused = sent.parted(timezone.now())
    begin_if_begun(who(request), survey, good)
    answer = take_in(who(request), survey, good)
    VisitDevice.objects.filter(pk=sent.device, user_id=who(request).scope.user_id).update(seen_at=timezone.now())
    return JsonResponse(answer_data(survey, answer, refused), json_dumps_params={"ensure_ascii": False})


@require_POST
@allow(Persona.SURVEY)
def photo(request: ActingRequest, survey_id: int) -> JsonResponse:
    """One photo taken on the device; sent twice it is stored once."""
    survey = in_window(request, survey_id)
    form = PhotoForm(request.POST, request.FILES)
    if not form.is_valid():
        fault = next(str(error) for errors in form.errors.values() for error in errors)
        return JsonResponse({"outcome": "refused", "fault": fault})
    entry, upload = form.entry(indicator_of(survey, form.cleaned_data["indicator"])), form.cleaned_data["photo"]
    try:
        add_photo(by=who(request), survey=survey, entry=entry, upload=upload)
    except (Refused, NotNow) as refused:
        fault = refusal_words(refused.code) if isinstance(refused, Refused) else str(refused)
        return JsonResponse({"outcome": "refused", "fault": fault})
    return JsonResponse({"outcome": "stored", "fault": ""})


@require_POST
@allow(Persona.SURVEY)
def wiped(request: ActingRequest, device_id: UUID) -> JsonResponse:
    """The device has deleted what it held; also told after the visit is over."""
    device = get_object_or_404(VisitDevice, pk=device_id, user_id=who(request).scope.user_id)
    device_wiped(by=who(request), device=device)
    return JsonResponse({"wiped": True})
