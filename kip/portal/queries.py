"""Reads for the portal's own pages."""

from django.core.paginator import Page, Paginator

from kip.core.models import AuditRecord

PER_PAGE = 50


def looks_at(practice_id: int, page: str | None) -> Page[AuditRecord]:
    """The practice's own log, newest first: who acted on or saw its data."""
    records = AuditRecord.objects.filter(practice_id=practice_id).order_by("-seq")
    return Paginator(records, PER_PAGE).get_page(page)
