"""A second look at who is at the keyboard before an act that cannot be undone."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

View = Callable[..., HttpResponse]


def fresh_sign_in(view: View) -> View:
    """The password or second factor was given within ACCOUNT_REAUTHENTICATION_TIMEOUT, else it is asked for first.

    allauth would keep a POST and call the view later from its own page, past our doors and with the data of another
    moment. So a late POST goes back to its form, whose GET asks.
    """
    guarded = reauthentication_required(view)

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return guarded(request, *args, **kwargs)
        except ReauthenticationRequired:
            if request.method == "GET":
                raise
            return redirect(request.get_full_path())

    return checked
