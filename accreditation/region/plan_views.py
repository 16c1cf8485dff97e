"""Planning: cycles with a preview, single surveys of the other kinds, and what the region has decided for itself."""

import secrets

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accreditation.actions import planning
from accreditation.models import Cycle, Programme, RegionRule
from accreditation.pages import told
from accreditation.policies import may_plan
from accreditation.queries import visible
from accreditation.queries.office_list import SurveyFilter, page_of
from accreditation.queries.planning import cycles, places, programmes
from accreditation.region.finding import crumbs, cycle_of, follower, keeper
from accreditation.region.forms import cycle_name
from accreditation.region.plan_forms import CycleForm, RuleForm, SingleForm, programme_name
from kip.core.allow import allow
from kip.core.scope import Persona
from practices.acting import ActingRequest

SEED = "accreditation_lot"


@require_http_methods(["GET", "POST"])
@allow(Persona.REGION)
def cycles_page(request: ActingRequest) -> HttpResponse:
    """The region's cycles, and its own rules."""
    by = keeper(request)
    rule = RegionRule.objects.filter(region_id=by.scope.region_id).first() or RegionRule(region_id=by.scope.region_id)
    names = ("publishes", "municipality_years", "sample_percent")
    form = RuleForm(request.POST or None, initial={name: getattr(rule, name) for name in names})
    if form.is_valid() and told(
        request, lambda: planning.save_region_rule(by=by, **form.cleaned_data), _("The rules are saved.")
    ):
        return redirect("office:cycles")
    rows = [(cycle_name(row), row) for row in cycles(by)]
    context = {
        "great": [pair for pair in rows if pair[1].order != "single"],
        "single": [pair for pair in rows if pair[1].order == "single"],
        "form": form, "keeps": True, "tab": "cycles", "crumbs": crumbs((_("Planning"), "")),
    }  # fmt: skip
    return render(request, "accreditation/region/cycles.html", context, status=422 if form.is_bound else 200)


@require_GET
@allow(Persona.REGION)
def cycle(request: ActingRequest, cycle_id: int) -> HttpResponse:
    by = follower(request)
    found = cycle_of(by, cycle_id)
    page = page_of(by, SurveyFilter(cycle=found.pk), request.GET.get("page"))
    trail = crumbs((_("Planning"), reverse("office:cycles") if may_plan(by.role) else ""), (cycle_name(found), ""))
    context = {"cycle": found, "name": cycle_name(found), "page": page, "crumbs": trail}
    return render(request, "accreditation/region/cycle.html", context)


@require_http_methods(["GET", "POST"])
@allow(Persona.REGION)
def cycle_new(request: ActingRequest) -> HttpResponse:
    """First what it would look like, then the plan itself; looking again draws nothing new."""
    by = keeper(request)
    form = CycleForm(request.POST or None, by=by)
    trail = crumbs((_("Planning"), reverse("office:cycles")), (_("Plan a cycle"), ""))
    context = {"form": form, "crumbs": trail}
    if not form.is_valid():
        return render(request, "accreditation/region/cycle_new.html", context, status=422 if form.is_bound else 200)
    if "plan" in request.POST:
        return _plan(request, form)
    said = {name: form.cleaned_data[name] for name in ("programme", "first_day", "last_day", "order")}
    seed = _seed(request, said["programme"])
    shown = places(practices=form.practices, seed=seed, **said)
    context |= {"places": shown, "seed": seed, "lot": said["order"] == "lottery", "last_day": said["last_day"]}
    return render(request, "accreditation/region/cycle_new.html", context)


def _seed(request: ActingRequest, programme: Programme) -> str:
    """One draw a programme until it is used, so that nobody looks again for a better one."""
    kept = request.session.setdefault(SEED, {})
    if str(programme.pk) not in kept:
        kept[str(programme.pk)] = secrets.token_hex(16)
        request.session.modified = True
    return str(kept[str(programme.pk)])


def _plan(request: ActingRequest, form: CycleForm) -> HttpResponse:
    said, made = form.cleaned_data, []
    wanted = {name: said[name] for name in ("programme", "first_day", "last_day", "order")}
    seed = _seed(request, said["programme"])

    def act() -> None:
        made.append(planning.plan_cycle(by=request.acting, practices=form.practices, seed=seed, **wanted))

    if not told(request, act, _("The cycle is planned. No practice has been told yet.")):
        return redirect("office:cycle_new")
    request.session[SEED].pop(str(said["programme"].pk))
    request.session.modified = True
    return redirect("office:cycle", made[0].pk)


@require_http_methods(["GET", "POST"])
@allow(Persona.REGION)
def single_new(request: ActingRequest) -> HttpResponse:
    """First the kind of survey, then what it asks for."""
    by = keeper(request)
    known = {str(row.pk): row for row in programmes(by).order_by("kind", "profession")}
    start = _after(request, known)
    chosen = known.get(request.GET.get("programme", "")) or start.get("programme")
    form = SingleForm(request.POST or None, by=by, programme=chosen, initial=start) if chosen else None
    if form is not None and form.is_valid():
        made: list[Cycle] = []
        if told(
            request, lambda: made.append(planning.plan_single(by=by, **form.chosen)), _("Planned. Nobody has been told yet.")
        ):
            return redirect("office:cycle", made[0].pk)
    trail = crumbs((_("Planning"), reverse("office:cycles")), (_("Plan one survey"), ""))
    listed = [(pk, programme_name(row)) for pk, row in known.items()]
    context = {
        "form": form,
        "programmes": listed,
        "chosen": chosen,
        "name": programme_name(chosen) if chosen else "",
        "crumbs": trail,
    }
    return render(request, "accreditation/region/single_new.html", context, status=422 if form and form.is_bound else 200)


def _after(request: ActingRequest, known: dict[str, Programme]) -> dict[str, object]:
    """What a re-visit after a survey begins with; nothing for an address that names none."""
    wanted = request.GET.get("after", "")
    former = visible.surveys(request.acting).filter(pk=wanted).first() if wanted.isdigit() and len(wanted) < 10 else None
    if former is None:
        return {}
    fits = [
        row for row in known.values() if row.kind == "focused_revisit" and row.profession == former.practice.profession
    ]  # fmt: skip
    return {"programme": fits[0], "practice": former.practice.number} if fits else {}
