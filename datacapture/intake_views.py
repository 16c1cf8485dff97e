"""Pages of data intake for a practice's staff: files, agreements, keys and objections."""

from typing import TypeVar

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh

from datacapture import policies
from datacapture.actions import api_keys as key_actions
from datacapture.actions import deliveries as delivery_actions
from datacapture.actions import objections as objection_actions
from datacapture.actions import purposes as purpose_actions
from datacapture.api.deliveries import FILES
from datacapture.enums import Channel
from datacapture.intake.detect import megabytes
from datacapture.intake_forms import ApiKeyForm, EnrolForm, ObjectionForm, UploadForm
from datacapture.intake_pages import AgreementCard, DeliveryPage, objection_rows, wish_text
from datacapture.intake_queries import (
    agreements as agreements_of,
)
from datacapture.intake_queries import (
    api_keys_of,
    deliveries_of,
    delivery_of,
    former_enrolments,
    job_of,
    objection_wishes,
    objections_of,
    open_enrolment,
    open_gates,
    open_purpose,
    purposes_of,
)
from datacapture.models import Delivery
from datacapture.uploads import VaultUploadHandler
from kip.core.allow import allow
from kip.core.scope import Persona, Scope
from kip.core.texts import text
from practices.acting import Acting, ActingRequest

PER_PAGE = 25
Thing = TypeVar("Thing")


def _acting(request: ActingRequest) -> Acting:
    return request.acting  # the door let in a practice's staff only


def _scope(request: ActingRequest) -> Scope:
    return _acting(request).scope


def _practice(request: ActingRequest) -> int:
    return int(_scope(request).practice_id or 0)


def _own(request: ActingRequest, number: int) -> Delivery:
    return _found(delivery_of(_practice(request), number))


def _found(thing: Thing | None) -> Thing:
    if thing is None:
        raise Http404
    return thing


def _need(allowed: bool) -> None:
    if not allowed:
        raise Http404


@require_GET
@allow(Persona.PRACTICE)
def deliveries(request: ActingRequest) -> HttpResponse:
    return _delivery_list(request, UploadForm())


def _delivery_list(request: ActingRequest, form: UploadForm, status: int = 200) -> HttpResponse:
    practice = _practice(request)
    page = Paginator(deliveries_of(practice), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form, "page": page, "items": [DeliveryPage(item, None) for item in page],
        "limit": megabytes(settings.UPLOAD_LIMIT_BYTES),
        "may_sign": policies.may_sign(_acting(request).role),
        "may_object": policies.may_register_objection(_acting(request).role),
        "enrolled": bool(open_gates(practice, timezone.localdate())),
    }  # fmt: skip
    return render(request, "datacapture/intake/deliveries.html", context, status=status)


# Reading the form's token would start the upload before the handler is in place, so the check follows in `_upload`.
@allow(Persona.PRACTICE)
@csrf_exempt
def upload(request: ActingRequest) -> HttpResponse:
    if request.method != "POST":
        return redirect("datacapture:deliveries")
    handler = VaultUploadHandler(settings.UPLOAD_LIMIT_BYTES)
    request.upload_handlers = [handler]
    try:
        return _upload(request, handler)
    finally:
        handler.discard()


@csrf_protect
def _upload(request: ActingRequest, handler: VaultUploadHandler) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES)
    if form.is_valid() and form.cleaned_data["file"].stored is None:
        form.add_error("file", text("intake.too_large.what"))
    if not form.is_valid():
        return _delivery_list(request, form, status=422)
    file = form.cleaned_data["file"]
    sender = delivery_actions.Sender(_scope(request), Channel.WEB)
    delivery = delivery_actions.receive(sender, file.stored, file.name, mode=delivery_actions.CHECK)
    handler.keep(file.stored)
    return redirect("datacapture:delivery", delivery.pk)


@require_GET
@allow(Persona.PRACTICE)
def delivery(request: ActingRequest, number: int) -> HttpResponse:
    found = _own(request, number)
    page = DeliveryPage(found, job_of(found))
    return render(request, "datacapture/intake/delivery.html", {"page": page, "delivery": found})


@require_GET
@allow(Persona.PRACTICE)
def delivery_progress(request: ActingRequest, number: int) -> HttpResponse:
    found = _own(request, number)
    page = DeliveryPage(found, job_of(found))
    if not page.unfinished:
        return HttpResponseClientRefresh()
    return render(request, "datacapture/intake/progress.html", {"page": page, "delivery": found})


@require_POST
@allow(Persona.PRACTICE)
def delivery_send(request: ActingRequest, number: int) -> HttpResponse:
    try:
        delivery_actions.send(_own(request, number), _scope(request))
    except delivery_actions.NotWaiting:
        messages.warning(request, _("The file had already been sent or given up."))
    return redirect("datacapture:delivery", number)


@require_POST
@allow(Persona.PRACTICE)
def delivery_cancel(request: ActingRequest, number: int) -> HttpResponse:
    try:
        delivery_actions.cancel(_own(request, number))
        messages.success(request, _("The file is deleted. Nothing was stored."))
    except delivery_actions.NotWaiting:
        messages.warning(request, _("The file had already been sent or given up."))
    return redirect("datacapture:deliveries")


@require_GET
@allow(Persona.PRACTICE)
def delivery_rows(request: ActingRequest, number: int) -> HttpResponse:
    found = _own(request, number)
    return _csv(found.row_list, f"kip-modtagelse-{found.pk}.csv")


def _csv(content: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


@require_GET
@allow(Persona.PRACTICE)
def agreements(request: ActingRequest) -> HttpResponse:
    practice = _practice(request)
    context = {
        "cards": [AgreementCard(item) for item in agreements_of(practice)],
        "former": former_enrolments(practice),
        "may_sign": policies.may_sign(_acting(request).role),
    }
    return render(request, "datacapture/intake/agreements.html", context)


@require_http_methods(["GET", "POST"])
@allow(Persona.PRACTICE)
def enrol(request: ActingRequest, code: str) -> HttpResponse:
    _need(policies.may_sign(_acting(request).role))
    purpose = _found(open_purpose(code, timezone.localdate()))
    form = EnrolForm(request.POST or None, initial={"signer_name": _acting(request).person_name})
    if not form.is_valid():
        card = AgreementCard(next(item for item in agreements_of(_practice(request)) if item.purpose == purpose))
        context = {"form": form, "card": card, "version": policies.AGREEMENT_VERSION}
        return render(request, "datacapture/intake/enrol.html", context, status=422 if form.is_bound else 200)
    names = {name: form.cleaned_data[name] for name in ("signer_name", "signer_title")}
    try:
        purpose_actions.enrol(_practice(request), purpose, today=timezone.localdate(), **names)
        messages.success(request, _("The practice is enrolled from today."))
    except purpose_actions.AlreadyEnrolled:
        messages.info(request, _("The practice was enrolled already."))
    return redirect("datacapture:agreements")


@require_http_methods(["GET", "POST"])
@allow(Persona.PRACTICE)
def withdraw(request: ActingRequest, code: str) -> HttpResponse:
    _need(policies.may_sign(_acting(request).role))
    enrolment = _found(open_enrolment(_practice(request), code))
    if request.method == "POST":
        purpose_actions.withdraw(enrolment, timezone.localdate())
        messages.success(request, _("The enrolment is withdrawn. No more files are taken in for the purpose."))
        return redirect("datacapture:agreements")
    return render(request, "datacapture/intake/withdraw.html", {"enrolment": enrolment})


@require_http_methods(["GET", "POST"])
@allow(Persona.PRACTICE)
def api_keys(request: ActingRequest) -> HttpResponse:
    _need(policies.may_sign(_acting(request).role))
    practice, form, made = _practice(request), ApiKeyForm(request.POST or None), None
    if form.is_valid():
        made = key_actions.create(practice, form.cleaned_data["label"], _scope(request).user_id, form.cleaned_data["scopes"])
        form = ApiKeyForm()
    context = {
        "form": form,
        "made": made,
        "keys": api_keys_of(practice),
        "address": request.build_absolute_uri("/api/v1/leverancer/"),
        "results": request.build_absolute_uri("/api/v1/resultater/"),
        "types": FILES,
    }
    return render(request, "datacapture/intake/api_keys.html", context, status=422 if form.is_bound else 200)


@require_POST
@allow(Persona.PRACTICE)
def api_key_revoke(request: ActingRequest, number: int) -> HttpResponse:
    _need(policies.may_sign(_acting(request).role))
    key_actions.revoke(_found(api_keys_of(_practice(request)).filter(pk=number).first()))
    messages.success(request, _("The key no longer works."))
    return redirect("datacapture:api_keys")


@require_http_methods(["GET", "POST"])
@allow(Persona.PRACTICE)
def objections(request: ActingRequest) -> HttpResponse:
    _need(policies.may_register_objection(_acting(request).role))
    practice = _practice(request)
    form = ObjectionForm(request.POST or None, purposes=purposes_of(practice))
    if form.is_valid():
        objection_actions.request(
            _scope(request), form.cleaned_data["identifier"], form.cleaned_data["purpose"], timezone.localdate()
        )
        return redirect("datacapture:objections")
    rows, wishes = objection_rows(objections_of(practice)), [wish_text(work) for work in objection_wishes(practice)]
    context = {"form": form, "items": rows, "wishes": wishes}
    return render(request, "datacapture/intake/objections.html", context, status=422 if form.is_bound else 200)


@require_POST
@allow(Persona.PRACTICE)
def objection_withdraw(request: ActingRequest, number: int) -> HttpResponse:
    _need(policies.may_register_objection(_acting(request).role))
    objection_actions.withdraw(_found(objections_of(_practice(request)).filter(pk=number).first()))
    messages.success(request, _("The objection is taken back."))
    return redirect("datacapture:objections")
