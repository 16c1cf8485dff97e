from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView


class DenyAll(BasePermission):
    """The interface's default: a view that names no permission lets nobody in."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return False
