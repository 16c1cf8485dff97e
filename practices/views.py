"""People: who has access to one's own place, inviting, ending, and answering an invitation."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from kip.core.allow import ANYONE, allow
from kip.core.scope import Persona
from practices import actions, queries
from practices.acting import SESSION_KEY, ActingRequest
from practices.forms import AcceptForm, EndForm, InviteForm
from practices.models import Invitation, User
from practices.policies import can_end_membership, can_manage_people, can_withdraw_invitation

PER_PAGE = 25
PLACES = (Persona.PRACTICE, Persona.REGION, Persona.SUPPORT)


@require_GET
@allow(*PLACES)
def people(request: ActingRequest) -> HttpResponse:
    acts = request.acting
    words = request.GET.get("q", "")[:80]
    page = Paginator(queries.people(acts, words), PER_PAGE).get_page(request.GET.get("page"))
    manages = can_manage_people(acts)
    return render(
        request,
        "practices/people.html",
        {
            "page": page,
            "rows": [(membership, can_end_membership(acts, membership)) for membership in page],
            "invitations": queries.open_invitations(acts) if manages else [],
            "manages": manages,
            "words": words,
        },
    )


@allow(*PLACES)
def invite(request: ActingRequest) -> HttpResponse:
    acts = request.acting
    if not can_manage_people(acts):
        raise Http404
    form = InviteForm(request.POST or None, acting=acts)
    if request.method == "POST" and form.is_valid():
        actions.invite_member(by=acts, member=form.member, link_to=lambda token: _invitation_address(request, token))
        said = _("The invitation to %(email)s is on its way. The link works once and for %(hours)s hours.")
        messages.success(request, said % {"email": form.member.email, "hours": actions.INVITATION_HOURS})
        return redirect("practices:people")
    crumbs = [(_("People"), reverse("practices:people")), (_("Invite somebody"), "")]
    return render(request, "practices/invite.html", {"form": form, "crumbs": crumbs}, status=422 if form.is_bound else 200)


def _invitation_address(request: HttpRequest, token: str) -> str:
    return request.build_absolute_uri(reverse("practices:accept_invitation", args=[token]))


@allow(*PLACES)
def end_membership(request: ActingRequest, pk: int) -> HttpResponse:
    acts = request.acting
    membership = queries.membership_in_scope(acts, pk)
    if not can_end_membership(acts, membership):
        raise Http404
    form = EndForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.end_membership(by=acts, membership=membership, last_day=form.last_day)
        messages.success(request, _("The access of %(name)s ends as you chose.") % {"name": membership.user})
        return redirect("practices:people")
    crumbs = [(_("People"), reverse("practices:people")), (_("End access"), "")]
    facts = {"form": form, "membership": membership, "crumbs": crumbs}
    return render(request, "practices/end_membership.html", facts, status=422 if form.is_bound else 200)


@require_POST
@allow(*PLACES)
def withdraw_invitation(request: ActingRequest, pk: int) -> HttpResponse:
    acts = request.acting
    invitation = get_object_or_404(queries.open_invitations(acts), pk=pk)
    if not can_withdraw_invitation(acts, invitation):
        raise Http404
    actions.withdraw_invitation(by=acts, invitation=invitation)
    messages.success(request, _("The invitation to %(email)s no longer works.") % {"email": invitation.email})
    return redirect("practices:people")


@never_cache
@allow(ANYONE)
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """GET only shows; the mail programs that open links beforehand use nothing up."""
    invitation = queries.invitation_behind(token)
    if invitation is None:
        return _invitation_gone(request)
    person = _addressed(request, invitation)
    known = person is not None or User.objects.filter(email=invitation.email).exists()
    if known and person is None:
        return render(request, "practices/invitation_sign_in.html", {"invitation": invitation})
    form = None if known else AcceptForm(request.POST or None, email=invitation.email, name=invitation.name)
    if request.method == "POST" and (form is None or form.is_valid()):
        password = form.cleaned_data["password"] if form else ""
        return _accept(request, invitation, person, password)
    facts = {"form": form, "invitation": invitation, "hours": actions.INVITATION_HOURS}
    return render(request, "practices/invitation.html", facts, status=422 if form and form.is_bound else 200)


def _addressed(request: HttpRequest, invitation: Invitation) -> User | None:
    """The person at the keyboard when the invitation is for that person."""
    user = request.user
    return user if isinstance(user, User) and user.email.lower() == invitation.email else None


def _accept(request: HttpRequest, invitation: Invitation, person: User | None, password: str) -> HttpResponse:
    try:
        membership = actions.accept_invitation(by=person, invitation=invitation, password=password)
    except actions.InvitationGone:
        return _invitation_gone(request)
    if person is None:
        messages.success(request, _("Your account is ready. Sign in with your e-mail address and the password you chose."))
        return redirect("account_login")
    request.session[SESSION_KEY] = membership.pk
    messages.success(request, _("You have the new role and now act in it."))
    return redirect("portal:home")


def _invitation_gone(request: HttpRequest) -> HttpResponse:
    """One answer for unknown, used, withdrawn and run out, so that a guess learns nothing."""
    return render(request, "practices/invitation_gone.html", status=404)
