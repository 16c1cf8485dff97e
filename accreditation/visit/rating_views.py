"""One indicator on a page of its own: rating, choosing between two versions, notes, photos. Works without JavaScript."""

import io
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accreditation.actions import evidence as showing
from accreditation.actions import visiting
from accreditation.actions.critical import CriticalEntry, raise_critical
from accreditation.actions.visiting import NoteEntry, RatingEntry
from accreditation.enums import EvidenceKind, NoteKind
from accreditation.evidence import Refused
from accreditation.faults import NotNow
from accreditation.models import EvidenceFile, EvidenceLink, Survey, VisitNote
from accreditation.pages import back_to, file_answer, form_of, indicator_of, told, who
from accreditation.queries.ratings import Rating
from accreditation.queries.visit import Visit, visit_of
from accreditation.queries.visit_bundle import written_words
from accreditation.visit.files import refusal_words
from accreditation.visit.finding import crumbs, in_window, look, point_of
from accreditation.visit.forms import ChoiceForm, CriticalForm, NoteForm, PhotoForm, RatingForm
from kip.core.allow import allow
from kip.core.forms import KipForm
from kip.core.scope import Persona
from practices.acting import ActingRequest


@require_GET
@allow(Persona.SURVEY)
def point(request: ActingRequest, survey_id: int, number: str) -> HttpResponse:
    survey = in_window(request, survey_id)
    return _point(request, survey, visit_of(survey), number)


def _point(request: ActingRequest, survey: Survey, visit: Visit, number: str, **bound: KipForm) -> HttpResponse:
    found = point_of(visit, number)
    before, after = visit.beside(number)
    look(survey, "self_assessment", number)
    forms = {
        "rating_form": RatingForm(visit=visit, point=found), "note_form": NoteForm(), "photo_form": PhotoForm(),
        "critical_form": CriticalForm(prefix="critical"), **bound,
    }  # fmt: skip
    context = {
        "survey": survey, "visit": visit, "point": found, "before": before, "after": after,
        "written": written_words(survey, found),
        "crumbs": crumbs(survey, (number, "")), "choice_id": uuid4(), "words": dict(visit.scale), **forms,
    }  # fmt: skip
    return render(request, "accreditation/visit/point.html", context, status=422 if bound else 200)


@form_of("visit:point")
@allow(Persona.SURVEY)
def rate(request: ActingRequest, survey_id: int, number: str) -> HttpResponse:
    survey = in_window(request, survey_id)
    visit = visit_of(survey)
    found = point_of(visit, number)
    form = RatingForm(request.POST, visit=visit, point=found)
    if not form.is_valid():
        return _point(request, survey, visit, number, rating_form=form)
    _add(request, survey, form.entry(found.asked.indicator))
    after = visit.beside(number)[1]
    if "next" in request.POST and after is not None:
        return back_to("visit:point", survey, after.number)
    return back_to("visit:point", survey, number)


def _add(request: ActingRequest, survey: Survey, entry: RatingEntry) -> Rating | None:
    """Add the rating and say what became of it; None when it cannot be added now."""
    try:
        row = visiting.rate(by=who(request), survey=survey, entry=entry)
    except NotNow as refused:
        messages.error(request, str(refused))
        return None
    if row.conflicting:
        messages.warning(request, _("Somebody else has rated this meanwhile. Both ratings are kept. Choose one of them."))
    else:
        messages.success(request, _("The rating is saved."))
    return row


@require_POST
@allow(Persona.SURVEY)
def choose(request: ActingRequest, survey_id: int, number: str) -> HttpResponse:
    """Settle a conflict: one version stands, all of them are kept."""
    survey = in_window(request, survey_id)
    found = point_of(visit_of(survey), number)
    form = ChoiceForm(request.POST)
    versions = {row.pk: row for row in (found.current, *found.waiting) if row is not None}
    chosen = versions.get(form.cleaned_data["version"]) if form.is_valid() else None
    if chosen is None or found.current is None or not found.waiting or form.cleaned_data["base"] != found.current.pk:
        messages.error(request, _("Choose one of the ratings."))
        return back_to("visit:point", survey, number)
    entry = RatingEntry(
        found.asked.indicator, chosen.rating, reason=chosen.reason, base=form.cleaned_data["base"], id=form.cleaned_data["id"],
        resolves=[row.pk for row in found.waiting],
    )  # fmt: skip
    _add(request, survey, entry)
    return back_to("visit:point", survey, number)


@form_of("visit:point")
@allow(Persona.SURVEY)
def note_add(request: ActingRequest, survey_id: int, number: str) -> HttpResponse:
    survey = in_window(request, survey_id)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _point(request, survey, visit_of(survey), number, note_form=form)
    entry = form.entry(indicator_of(survey, number))
    told(request, lambda: visiting.take_note(by=who(request), survey=survey, entry=entry), _("The note is saved."))
    return back_to("visit:point", survey, number)


@require_POST
@allow(Persona.SURVEY)
def note_remove(request: ActingRequest, survey_id: int, note_id: UUID) -> HttpResponse:
    """Take a note away; it is kept where only the team can find it again."""
    survey = in_window(request, survey_id)
    row = get_object_or_404(VisitNote.objects.select_related("indicator"), survey=survey, pk=note_id, removed=False)
    entry = NoteEntry("", kind=NoteKind.NOTE, indicator=row.indicator, replaces=row.pk, removed=True)
    told(request, lambda: visiting.take_note(by=who(request), survey=survey, entry=entry), _("The note is removed."))
    return back_to("visit:point", survey, row.indicator.number) if row.indicator else back_to("visit:overview", survey)


@form_of("visit:point")
@allow(Persona.SURVEY)
def photo_add(request: ActingRequest, survey_id: int, number: str) -> HttpResponse:
    survey = in_window(request, survey_id)
    form = PhotoForm(request.POST, request.FILES)
    if not form.is_valid():
        return _point(request, survey, visit_of(survey), number, photo_form=form)
    entry, upload = form.entry(indicator_of(survey, number)), form.cleaned_data["photo"]
    try:
        told(
            request,
            lambda: visiting.add_photo(by=who(request), survey=survey, entry=entry, upload=upload),
            _("The photo is saved."),
        )
    except Refused as refused:
        form.add_error("photo", refusal_words(refused.code))
        return _point(request, survey, visit_of(survey), number, photo_form=form)
    return back_to("visit:point", survey, number)


@form_of("visit:point")
@allow(Persona.SURVEY)
def critical_add(request: ActingRequest, survey_id: int, number: str) -> HttpResponse:
    survey = in_window(request, survey_id)
    form = CriticalForm(request.POST, prefix="critical")
    if not form.is_valid():
        return _point(request, survey, visit_of(survey), number, critical_form=form)
    entry = CriticalEntry(form.cleaned_data["text"], indicator_of(survey, number), id=form.cleaned_data["id"])
    done = _("The practice and the region's consultant are being told now.")
    told(request, lambda: raise_critical(by=who(request), survey=survey, entry=entry), done)
    return back_to("visit:point", survey, number)


@require_GET
@allow(Persona.SURVEY)
def evidence(request: ActingRequest, survey_id: int, evidence_id: int) -> FileResponse:
    """A file that the practice has shared; the look is recorded by the action."""
    survey = in_window(request, survey_id)
    shared = EvidenceLink.objects.filter(survey=survey, shared=True).values("evidence_id")
    row = get_object_or_404(EvidenceFile, survey=survey, pk=evidence_id, pk__in=shared, kind=EvidenceKind.FILE)
    return file_answer(io.BytesIO(showing.open_file(by=who(request), evidence=row).read()), row.media_type, row.title)


@require_GET
@allow(Persona.SURVEY)
def photo(request: ActingRequest, survey_id: int, note_id: UUID) -> FileResponse:
    survey = in_window(request, survey_id)
    row = get_object_or_404(VisitNote, survey=survey, pk=note_id, kind=NoteKind.PHOTO, removed=False)
    if not row.vault_name:
        raise Http404
    return file_answer(io.BytesIO(showing.open_photo(by=who(request), note=row).read()), row.media_type, str(row.pk))
