"""Refusals of the interface in one form. Apart from the closed door, which the library loads before its own views."""

from http import HTTPStatus
from typing import Any

from rest_framework.response import Response
from rest_framework.views import exception_handler

PROBLEM = "application/problem+json"


def problem(fault: Exception, context: dict[str, Any]) -> Response | None:
    """Every refusal as problem details (RFC 9457); faults of single parameters stand in `errors`. None: a fault of ours."""
    answer: Response | None = exception_handler(fault, context)
    if answer is None:
        return None
    told = answer.data
    only_words = isinstance(told, dict) and set(told) == {"detail"}
    answer.data = {
        "type": "about:blank",
        "title": HTTPStatus(answer.status_code).phrase,
        "status": answer.status_code,
        **({"detail": str(told["detail"])} if only_words else {"errors": told}),
    }
    answer.content_type = PROBLEM
    return answer
