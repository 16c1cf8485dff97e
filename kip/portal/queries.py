"""Reads for the portal's own pages."""

from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import Count

from kip.core.models import AuditRecord, Job

PER_PAGE = 50


def looks_at(practice_id: int, page: str | None) -> Page[AuditRecord]:
    """The practice's own log, newest first: who acted on or saw its data."""
    records = AuditRecord.objects.filter(practice_id=practice_id).order_by("-seq")
    return Paginator(records, PER_PAGE).get_page(page)


@dataclass(frozen=True)
class Operations:
    by_state: list[dict[str, object]]
    parked: list[Job]


def operations() -> Operations:
    """Jobs by state and the parked ones, for the platform operator. No clinical data."""
    jobs = Job.objects.order_by()
    fields = ("id", "name", "state", "attempts", "error", "created_at")
    return Operations(
        by_state=list(jobs.values("state").annotate(count=Count("id")).order_by("state")),
        parked=list(jobs.filter(state=Job.State.PARKED).only(*fields)[:PER_PAGE]),
    )
