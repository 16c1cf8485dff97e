"""The team's notes as they stand."""

from accreditation.models import Survey, VisitNote


def standing_notes(survey: Survey) -> list[VisitNote]:
    """Neither replaced by a later one nor removed, oldest first."""
    rows = list(VisitNote.objects.filter(survey=survey).select_related("indicator").order_by("made_at", "pk"))
    former = {row.replaces for row in rows}
    return [row for row in rows if row.pk not in former and not row.removed]
