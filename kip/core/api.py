from typing import Any

from rest_framework.permissions import BasePermission


class DenyAll(BasePermission):
    """The interface's default: a view that names no permission lets nobody in."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return False
