"""What the apps' interfaces share: who may knock, and the one description of all of them."""

from typing import Any

from django.urls import URLPattern
from django.views.decorators.http import conditional_page
from rest_framework.permissions import BasePermission

from kip.core.allow import ANYONE, allow

# Every address of the interface, in the order that the apps' addresses are loaded; the description reads it when it is asked for.
DESCRIBED: list[URLPattern] = []


class DenyAll(BasePermission):
    """The interface's default: a view that names no permission lets nobody in."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return False


def door(view: Any) -> Any:
    """The key or the session is the door, so everybody may knock; what is unchanged by its ETag is not sent again."""
    return allow(ANYONE)(conditional_page(view.as_view()))


def describe(*patterns: URLPattern) -> list[URLPattern]:
    """Addresses of the interface, which its OpenAPI document tells of from now on."""
    DESCRIBED.extend(patterns)
    return list(patterns)
