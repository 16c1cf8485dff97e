"""The pages of a respondent. A GET changes nothing anywhere; every button sends the signature of the link along in its form.

Mail scanners open every link and run every script, so beginning, answering, sending and saying no are buttons.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from kip.core.allow import ANYONE, View, allow
from kip.core.forms import has_cpr
from kip.core.texts import text
from surveys import door_cookie, limits
from surveys.actions import answering
from surveys.actions.answering import Door
from surveys.enums import InvitationState
from surveys.faults import NotNow
from surveys.queries import answer_pages

TEMPLATES = "surveys/patient/"
NUL = "\0"


def private(view: View) -> View:
    """Nothing of these pages is kept by the browser, told to the next site or found by a search."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # The form's own signature stands in for Django's token, so what that check reads first is read here.
        if any(NUL in value for _name, values in request.POST.lists() for value in values):
            return HttpResponse(status=400)
        response = view(request, *args, **kwargs)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return answered


@allow(ANYONE)
@private
@require_safe
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Takes the token out of the address; nothing is written but a cookie."""
    door = answering.door_of(token)
    response = HttpResponseRedirect(reverse("answer:welcome"))
    return door_cookie.remember(response, door.digest) if door else door_cookie.forget(response)


@csrf_exempt
@allow(ANYONE)
@private
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        door = _door(request)
        return _large(request, _welcome(request, door) if door else _unknown(request))
    if "code" in request.POST:
        return _by_code(request)
    door = _door(request)
    return _begun(request, door) if door else _unknown(request)


@csrf_exempt
@allow(ANYONE)
@private
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest) -> HttpResponse:
    door = _door(request)
    if door is None:
        return _unknown(request)
    if door.closed:
        return _closed(request, door)
    if request.method != "POST":
        return _question(request, door, request.GET.get("q", ""))
    return _saved(request, door)


@csrf_exempt
@allow(ANYONE)
@private
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest) -> HttpResponse:
    door = _door(request)
    if door is None:
        return _unknown(request)
    if door.state == InvitationState.SUBMITTED:
        return _thanks(request, door)
    if door.closed:
        return _closed(request, door)
    if request.method != "POST" or "show" in request.POST:
        return _review(request, door)
    try:
        answering.submit(door)
    except NotNow as refused:
        return _review(request, door, str(refused), 422)
    return _thanks(request, door)


@csrf_exempt
@allow(ANYONE)
@private
@require_http_methods(["GET", "HEAD", "POST"])
def opt_out(request: HttpRequest) -> HttpResponse:
    door = _door(request)
    if door is None:
        return _unknown(request)
    if request.method == "POST":
        answering.opt_out(door)
    done = request.method == "POST" or door.state == InvitationState.OPTED_OUT
    return _page(request, "opt_out.html", door, {"sender": answer_pages.sender_of(door), "done": done})


@csrf_exempt
@allow(ANYONE)
@private
@require_http_methods(["GET", "HEAD", "POST"])
def opt_out_link(request: HttpRequest, token: str) -> HttpResponse:
    """The address in the mail's head: a program's POST says no at once (RFC 8058); a person gets the page with the button."""
    door = answering.door_of(token)
    if request.method == "POST":
        if door is not None and request.POST.get("List-Unsubscribe") == "One-Click":
            answering.opt_out(door)
        return HttpResponse(status=200)
    response = HttpResponseRedirect(reverse("answer:opt_out"))
    return door_cookie.remember(response, door.digest) if door else door_cookie.forget(response)


@allow(ANYONE)
@require_safe
def running(request: HttpRequest) -> HttpResponse:
    """Which surveys are running: whoever doubts a mail can look here."""
    return _page(request, "running.html", None, {"running": answer_pages.running()})


def _door(request: HttpRequest) -> Door | None:
    digest = door_cookie.digest_in(request)
    return answering.door_of_digest(digest) if digest else None


def _welcome(request: HttpRequest, door: Door) -> HttpResponse:
    if door.state == InvitationState.SUBMITTED:
        return _thanks(request, door)
    if door.closed:
        return _closed(request, door)
    so_far = bool(answering.answers_so_far(door)) if not door.open_channel else False
    return _page(request, "welcome.html", door, {**answer_pages.welcome(door), "resumed": so_far})


def _begun(request: HttpRequest, door: Door) -> HttpResponse:
    if door.state == InvitationState.SUBMITTED:
        return _thanks(request, door)
    if door.closed:
        return _closed(request, door)
    if not door.open_channel:
        answering.begin(door)
        return _forward(request, door, "")
    # A field that nobody sees is filled in by programs only; they are thanked and forgotten.
    if request.POST.get("homepage") or not limits.may_begin(request):
        return _page(request, "thanks.html", door, {}, 429 if not request.POST.get("homepage") else 200)
    mine = answering.door_of(answering.begin(door))
    return _forward(request, mine, "", fresh=True) if mine else _unknown(request)


def _saved(request: HttpRequest, door: Door) -> HttpResponse:
    code = request.POST.get("q", "")
    shown = answer_pages.question(door, answering.answers_so_far(door), code)
    if shown is None:
        return _question(request, door, "")
    if "back" in request.POST:
        return _forward(request, door, shown.before)
    given: Any = request.POST.getlist("a") if shown.kind == "multiple" else request.POST.get("a", "").replace("\r\n", "\n")
    if "skip" in request.POST:
        given = None
    if shown.kind == "text" and given and has_cpr(given):
        return _question(request, door, code, text("survey_page.free_text_cpr"), given)
    if answering.save(door, {code: given}):
        return _question(request, door, code, _("Choose one of the answers, or skip the question."))
    answers = answering.answers_so_far(door)
    again = answer_pages.question(door, answers, code)
    if again and again.after_text and not shown.after_text:
        return _forward(request, door, code)
    following = answer_pages.after(door, answers, code)
    return _forward(request, door, following) if following else _to_review(request, door)


def _forward(request: HttpRequest, door: Door, code: str, *, fresh: bool = False) -> HttpResponse:
    """On to a question: by its address where the browser keeps cookies, else at once with the signature in the form."""
    if door_cookie.has_cookie(request) and not fresh:
        return HttpResponseRedirect(f"{reverse('answer:question')}?q={code}", status=303)
    return door_cookie.remember(_question(request, door, code, status=200), door.digest)


def _to_review(request: HttpRequest, door: Door) -> HttpResponse:
    if door_cookie.has_cookie(request):
        return HttpResponseRedirect(reverse("answer:review"), status=303)
    return _review(request, door)


def _question(
    request: HttpRequest, door: Door, code: str, fault: str = "", written: str = "", status: int | None = None
) -> HttpResponse:  # fmt: skip
    answers = answering.answers_so_far(door)
    found = answer_pages.question(door, answers, code) or answer_pages.question(door, answers)
    facts = {"question": found, "fault": fault, "written": written or (found.written if found else "")}
    return _page(request, "question.html", door, facts, status or (422 if fault else 200))


def _review(request: HttpRequest, door: Door, fault: str = "", status: int = 200) -> HttpResponse:
    said = answer_pages.review(door, answering.answers_so_far(door))
    skipped = sum(not one.answer for one in said)
    return _page(request, "review.html", door, {"said": said, "skipped": skipped, "fault": fault}, status)


def _thanks(request: HttpRequest, door: Door) -> HttpResponse:
    return _page(request, "thanks.html", door, {"again": door.state == InvitationState.SUBMITTED})


def _closed(request: HttpRequest, door: Door) -> HttpResponse:
    facts = {"why": door.closed, "opted_out": door.state == InvitationState.OPTED_OUT, "last_day": door.asked.campaign.last_day}
    return _page(request, "closed.html", door, facts, 410)


def _unknown(request: HttpRequest, fault: str = "", status: int = 404) -> HttpResponse:
    return door_cookie.forget(_page(request, "unknown.html", None, {"fault": fault}, status))


def _by_code(request: HttpRequest) -> HttpResponse:
    if not limits.may_try_code(request):
        return _unknown(request, _("Too many tries. Wait a minute and try again."), 429)
    written = request.POST.get("code", "").strip()
    door = answering.door_of(written.rsplit("/", 1)[-1]) or answering.door_of_code(written)
    if door is None:
        return _unknown(request, _("The code is not right. Check every character; there are ten."), 422)
    return door_cookie.remember(_welcome(request, door), door.digest)


def _large(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Larger text is the reader's own choice and stays in the browser."""
    wish = request.GET.get("tekst")
    if wish in ("stor", "normal"):
        response.set_cookie(door_cookie.LARGE, "1" if wish == "stor" else "", max_age=door_cookie.SECONDS, samesite="Lax")
    return response


def _page(request: HttpRequest, name: str, door: Door | None, facts: dict[str, Any], status: int = 200) -> HttpResponse:
    large = request.GET.get("tekst", "stor" if request.COOKIES.get(door_cookie.LARGE) else "") == "stor"
    shared = {
        "link": door_cookie.signed(door.digest) if door else "",
        "door": door,
        "direction": answer_pages.direction(),
        "large": large,
    }
    return render(request, TEMPLATES + name, {**shared, **facts}, status=status)
