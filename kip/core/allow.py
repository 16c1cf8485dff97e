"""The Python wall's door: every view says who may come in, and an undeclared view does not exist."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

from kip.core.scope import Persona

View = Callable[..., HttpResponse]
ANYONE = "anyone"
SIGNED_IN = "signed_in"


def allow(*who: Persona | str) -> Callable[[View], View]:
    """Declare who may call a view: personas, SIGNED_IN (any person) or ANYONE (also nobody)."""
    if not who:
        raise ValueError("allow() needs to name somebody")

    def mark(view: View) -> View:
        @wraps(view)
        def allowed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            return view(request, *args, **kwargs)

        allowed.allowed = frozenset(who)  # type: ignore[attr-defined]  # read by AllowMiddleware and the access matrix
        return allowed

    return mark
