"""What the practice puts forward: files and own figures, at which points, and who can see it."""

import io
from collections.abc import Mapping

from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accreditation.actions import evidence as showing
from accreditation.enums import EvidenceKind, State
from accreditation.evidence import Refused
from accreditation.evidence.cleaning import ENDINGS
from accreditation.models import EvidenceFile, EvidenceLink, StandardIndicator, Survey
from accreditation.pages import assigned, back_to, file_answer, form_of, told, who
from accreditation.practice.finding import crumbs, refusal
from accreditation.practice.forms import ExistingForm, FileForm, OwnForm, PlacesForm
from accreditation.practice.point_views import show, task_of
from accreditation.queries.practice_help import help_of
from accreditation.queries.practice_self import evidence_of, tasks_of
from accreditation.queries.relevance import asked
from kip.core.allow import allow
from kip.core.numbers import danish, long_date
from kip.core.scope import Persona
from practices.acting import ActingRequest

WRITABLE = tuple(showing.ROUND_OF)


@require_GET
@allow(Persona.PRACTICE)
def evidence(request: ActingRequest, survey_id: int) -> HttpResponse:
    """Everything put forward, with its points and who sees it."""
    survey = assigned(request, survey_id)
    context = {
        "survey": survey, "kept": evidence_of(survey), "open": survey.state in WRITABLE, "form": FileForm(prefix="file"),
        "crumbs": crumbs(survey, (_("Evidence"), "")), "here": request.get_full_path(),
    }  # fmt: skip
    return render(request, "accreditation/practice/evidence.html", context)


@form_of("accreditation:evidence")
@allow(Persona.PRACTICE)
def add(request: ActingRequest, survey_id: int) -> HttpResponse:
    """A file that is put at its points afterwards."""
    survey = assigned(request, survey_id)
    form = FileForm(request.POST, request.FILES, prefix="file")
    made = take_in(request, survey, form, [])
    if made is None:
        context = {"survey": survey, "kept": evidence_of(survey), "open": survey.state in WRITABLE, "form": form, "here": ""}
        return render(request, "accreditation/practice/evidence.html", context, status=422)
    return redirect("accreditation:one_evidence", survey.pk, made.pk)


def take_in(request: ActingRequest, survey: Survey, form: FileForm, points: list[StandardIndicator]) -> EvidenceFile | None:
    """The stored file, private; None with the reason in the form."""
    if not form.is_valid():
        return None
    made: list[EvidenceFile] = []
    said = form.cleaned_data

    def act() -> None:
        made.append(
            showing.add_file(by=who(request), survey=survey, upload=said["upload"], title=said["title"], indicators=points)
        )

    try:
        ok = told(request, act, _("The file is here, and only you can see it. Share it when you want the surveyors to read it."))
    except Refused as refused:
        form.add_error("upload", refusal(refused.code))
        return None
    return made[0] if ok else None


@form_of("accreditation:point")
@allow(Persona.PRACTICE)
def add_at(request: ActingRequest, survey_id: int, number: str) -> HttpResponse:
    """A file at this point."""
    survey = assigned(request, survey_id)
    task = task_of(tasks_of(survey), number)
    form = FileForm(request.POST, request.FILES, prefix="file")
    if take_in(request, survey, form, [task.indicator]) is None and form.errors:
        return show(request, survey, number, file_form=form)
    return back_to("accreditation:point", survey, number)


@form_of("accreditation:point")
@allow(Persona.PRACTICE)
def own_at(request: ActingRequest, survey_id: int, number: str) -> HttpResponse:
    """One of the practice's own figures at this point, as it is said today."""
    survey = assigned(request, survey_id)
    task = task_of(tasks_of(survey), number)
    helped = help_of(task)
    form = OwnForm(request.POST, prefix="own", choices=helped.choices)
    found = helped.offer(form.cleaned_data["offer"]) if form.is_valid() else None
    if found is None:
        return show(request, survey, number, own_form=form)
    kind, offer = found
    facts = {"title": offer.title, "sentence": offer.sentence, "at": long_date(offer.at), "source": offer.source}
    done = _("The figures are here as they are today, and only you can see them. Share them when you want to.")
    points = [task.indicator]
    told(request, lambda: showing.add_own(by=who(request), survey=survey, kind=kind, facts=facts, indicators=points), done)
    return back_to("accreditation:point", survey, number)


@form_of("accreditation:point")
@allow(Persona.PRACTICE)
def existing_at(request: ActingRequest, survey_id: int, number: str) -> HttpResponse:
    """Something that stands at another point already."""
    survey = assigned(request, survey_id)
    task = task_of(tasks_of(survey), number)
    choices = [(kept.row.pk, kept.row.title) for kept in evidence_of(survey)]
    form = ExistingForm(request.POST, prefix="existing", choices=choices)
    if not form.is_valid():
        return show(request, survey, number, existing_form=form)
    row = get_object_or_404(EvidenceFile.objects.select_related("survey"), survey=survey, pk=form.cleaned_data["evidence"])
    done = _("It is at this point as well, and private here until you share it here.")
    told(request, lambda: showing.link(by=who(request), evidence=row, indicators=[task.indicator]), done)
    return back_to("accreditation:point", survey, number)


@require_http_methods(["GET", "POST"])
@allow(Persona.PRACTICE)
def one_evidence(request: ActingRequest, survey_id: int, evidence_id: int) -> HttpResponse:
    """One piece of evidence: at which points it is, and who sees it there."""
    survey = assigned(request, survey_id)
    row = get_object_or_404(EvidenceFile.objects.select_related("survey", "added_by"), survey=survey, pk=evidence_id)
    links = list(row.links.select_related("indicator", "survey").order_by("indicator__position", "round"))
    now = showing.ROUND_OF.get(State(survey.state))
    points = {one.number: one for one in asked(survey)}
    here = {link.indicator.number: link for link in links if link.round == now}
    choices = [(number, f"{number} {summary(one)}") for number, one in points.items()]
    form = PlacesForm(request.POST if request.method == "POST" else None, choices=choices, initial={"points": list(here)})
    if request.method == "POST" and form.is_valid():
        told(request, lambda: _place(request, row, points, here, form.cleaned_data["points"]), _("Saved."))
        return redirect("accreditation:one_evidence", survey.pk, row.pk)
    context = {
        "survey": survey, "row": row, "links": links, "form": form, "open": now is not None, "round": now,
        "removable": all(link.round == now for link in links), "here": request.get_full_path(),
        "crumbs": crumbs(survey, (_("Evidence"), back_url(survey)), (row.title, "")),
    }  # fmt: skip
    return render(request, "accreditation/practice/one_evidence.html", context)


def back_url(survey: Survey) -> str:
    return reverse("accreditation:evidence", args=[survey.pk])


def summary(indicator: StandardIndicator) -> str:
    return indicator.summary_da if danish() else indicator.summary_en


def _place(
    request: ActingRequest, row: EvidenceFile, points: Mapping[str, StandardIndicator], here: Mapping[str, EvidenceLink],
    wanted: list[str],
) -> None:  # fmt: skip
    """Put the evidence at these points and at no others; where it stays its sharing stays."""
    by = who(request)
    for number, link in here.items():
        if number not in wanted:
            showing.unlink(by=by, link=link)
    showing.link(by=by, evidence=row, indicators=[points[number] for number in wanted if number not in here])


def _link(survey: Survey, link_id: int) -> EvidenceLink:
    return get_object_or_404(EvidenceLink.objects.select_related("survey", "evidence", "indicator"), survey=survey, pk=link_id)


def _back(request: ActingRequest, survey: Survey) -> HttpResponse:
    """To the page that the button stood on."""
    wanted = request.POST.get("back", "")
    own = wanted.startswith(reverse("accreditation:home")) and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return redirect(wanted if own else back_url(survey))


@require_POST
@allow(Persona.PRACTICE)
def share(request: ActingRequest, survey_id: int, link_id: int) -> HttpResponse:
    """Show a piece of evidence to the surveyors at one point, or make it private there again."""
    survey = assigned(request, survey_id)
    row, shared = _link(survey, link_id), request.POST.get("shared") == "1"
    at = {"title": row.evidence.title, "number": row.indicator.number}
    done = _("“%(title)s” is shared with the surveyors at %(number)s.") if shared else _("“%(title)s” is private at %(number)s.")
    told(request, lambda: showing.share(by=who(request), link=row, shared=shared), done % at)
    return _back(request, survey)


@require_POST
@allow(Persona.PRACTICE)
def unlink(request: ActingRequest, survey_id: int, link_id: int) -> HttpResponse:
    """Take it away from one point; it stays among the practice's evidence."""
    survey = assigned(request, survey_id)
    row = _link(survey, link_id)
    told(request, lambda: showing.unlink(by=who(request), link=row), _("It is no longer at this point."))
    return _back(request, survey)


@require_http_methods(["GET", "POST"])
@allow(Persona.PRACTICE)
def remove(request: ActingRequest, survey_id: int, evidence_id: int) -> HttpResponse:
    """Delete a piece of evidence for good, after a question."""
    survey = assigned(request, survey_id)
    row = get_object_or_404(EvidenceFile.objects.select_related("survey"), survey=survey, pk=evidence_id)
    if request.method == "POST":
        told(request, lambda: showing.remove(by=who(request), evidence=row), _("It is deleted."))
        return back_to("accreditation:evidence", survey)
    context = {
        "survey": survey, "row": row, "links": row.links.select_related("indicator"),
        "crumbs": crumbs(survey, (_("Evidence"), back_url(survey)), (row.title, "")),
    }  # fmt: skip
    return render(request, "accreditation/practice/remove.html", context)


@require_GET
@allow(Persona.PRACTICE)
def open_file(request: ActingRequest, survey_id: int, evidence_id: int) -> FileResponse:
    survey = assigned(request, survey_id)
    kept = EvidenceFile.objects.select_related("survey")
    row = get_object_or_404(kept, survey=survey, pk=evidence_id, kind=EvidenceKind.FILE)
    data = io.BytesIO(showing.open_file(by=who(request), evidence=row).read())
    ending = ENDINGS.get(row.media_type, "")
    name = row.title if row.title.lower().endswith(ending) else f"{row.title}{ending}"
    return file_answer(data, row.media_type, name)
