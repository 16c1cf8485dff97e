"""All that a surveyor's device needs of a visit, as data: what is read, what stands, and nothing that was not shared."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accreditation.enums import EvidenceKind, NoteKind, Severity, State
from accreditation.library import help_for
from accreditation.models import ContactCall, CriticalFinding, EvidenceFile, EvidenceLink, Survey, VisitNote
from accreditation.queries import visible
from accreditation.queries.pinned import edition_of, kind_of, rules_of
from accreditation.queries.ratings import Rating
from accreditation.queries.visit import Point, Visit, visit_of
from kip.core.numbers import clock, long_date

FORMAT = 1
Data = dict[str, Any]
# While the survey is here, work without network is of use; afterwards a device gives its copy up.
CARRIED_IN = (State.DOCUMENTS_SHARED, State.VISIT_CONFIRMED, State.ON_SITE, State.FOLLOW_UP_RECEIVED)


def bundle_of(survey: Survey) -> Data:
    """The whole visit in the active language, JSON-able. Dates and times are written out; files are named, not held."""
    visit = visit_of(survey)
    return {
        "format": FORMAT,
        "language": get_language(),
        "survey": survey.pk,
        "made_at": timezone.now().isoformat(),
        "facts": _facts(survey),
        "round": visit.round,
        "state": survey.state,
        "scale": [{"code": code, "words": words} for code, words in visit.scale],
        "outside": rules_of(survey).outside,
        "passes": sorted(rules_of(survey).passes),
        "themes": [_theme(visit, part) for part in visit.themes],
        "evidence": _evidence(visit),
        "notes": [note_data(row) for row in visit.notes],
        "criticals": [critical_data(row) for row in CriticalFinding.objects.filter(survey=survey).select_related("indicator")],
        "words": {
            "kinds": {str(code): str(words) for code, words in NoteKind.choices},
            "severities": {str(code): str(words) for code, words in Severity.choices},
        },
    }


def bundle_size(visit: Visit) -> int:
    """Bytes of the files that the device would fetch, for the page that offers it."""
    return sum(row.size for row in _shared_files(visit))


def _facts(survey: Survey) -> Data:
    calls = ContactCall.objects.filter(survey=survey).order_by("-at")
    return {
        "practice": survey.practice.name,
        "kind": str(kind_of(survey).title),
        "day": long_date(survey.visit_on) if survey.visit_on else "",
        "date": survey.visit_on.isoformat() if survey.visit_on else "",
        "time": clock(survey.visit_starts) if survey.visit_starts else "",
        "minutes": survey.visit_minutes,
        "address": survey.address,
        "contact": survey.contact_name,
        "phone": survey.contact_phone,
        "team": [{"name": item.user.name, "role": item.get_role_display()} for item in visible.team(survey)],
        "calls": [{"with": row.spoke_with, "note": row.note, "day": long_date(timezone.localdate(row.at))} for row in calls],
    }


def _theme(visit: Visit, part: Any) -> Data:
    standards = [
        {
            "number": item.words.number,
            "title": str(item.words.title),
            "purpose": str(item.words.purpose),
            "points": [_point(visit.survey, point) for point in item.points],
        }
        for item in part.standards
    ]
    return {"title": part.title, "standards": standards}


def _point(survey: Survey, point: Point) -> Data:
    help_text = help_for(edition_of(survey), point.number)
    own = point.own
    return {
        "number": point.number,
        "summary": str(point.words.summary),
        "critical": point.words.critical,
        "may_be_not_relevant": point.words.may_be_not_relevant,
        "methods": [str(words) for words in help_text.methods],
        "how": str(help_text.how_to_show),
        "frequent": [str(words) for words in help_text.frequent_findings],
        "written": written_words(survey, point),
        "relevant": point.asked.relevant,
        "why_not": in_words(point.asked.reason),
        "own": {"answer": own.answer, "comment": own.comment} if own and own.answer else None,
        "evidence": [link.evidence_id for link in point.shared],
        "current": rating_data(point.current),
        "waiting": [rating_data(row) for row in point.waiting],
        "first": rating_data(point.first),
        "follow_up": {"kind": point.follow_up.get_kind_display(), "answer": point.follow_up.answer} if point.follow_up else None,
    }


def written_words(survey: Survey, point: Point) -> str:
    """What has to be in writing here, in words; "" when nothing has."""
    return str(edition_of(survey).vocabulary.written_requirement[point.asked.written]) if point.asked.written else ""


def in_words(stored: Data) -> str:
    """A stored {da, en} text in the active language; "" for none."""
    return str(stored.get("en" if get_language() == "en" else "da", ""))


def rating_data(row: Rating | None) -> Data | None:
    """A rating as the device keeps it."""
    if row is None:
        return None
    return {
        "id": str(row.pk), "rating": row.rating, "reason": row.reason, "by": row.by_name, "revision": row.revision,
        "made_at": row.made_at.isoformat(),
    }  # fmt: skip


def note_data(row: VisitNote) -> Data:
    """A note as the device keeps it; a photo's picture is fetched by its id."""
    return {
        "id": str(row.pk), "kind": row.kind, "text": row.text, "severity": row.severity, "tags": row.tags, "by": row.by_name,
        "indicator": row.indicator.number if row.indicator else "", "made_at": row.made_at.isoformat(),
    }  # fmt: skip


def critical_data(row: CriticalFinding) -> Data:
    return {
        "id": str(row.pk), "text": row.text, "by": row.by_name, "indicator": row.indicator.number if row.indicator else "",
        "made_at": row.made_at.isoformat(), "action": row.action,
    }  # fmt: skip


def _shared_files(visit: Visit) -> list[EvidenceFile]:
    found = {link.evidence_id: link.evidence for point in visit.points for link in point.shared}
    return [row for row in found.values() if row.kind == EvidenceKind.FILE]


def _evidence(visit: Visit) -> Data:
    links: Sequence[EvidenceLink] = [link for point in visit.points for link in point.shared]
    return {
        str(link.evidence_id): {
            "title": link.evidence.title, "kind": link.evidence.kind, "media_type": link.evidence.media_type,
            "size": link.evidence.size, "facts": link.evidence.facts, "round": link.round,
            "label": _("File") if link.evidence.kind == EvidenceKind.FILE else str(EvidenceKind(link.evidence.kind).label),
        }
        for link in links
    }  # fmt: skip
