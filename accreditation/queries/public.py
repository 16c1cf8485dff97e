"""What anybody may read: decisions that stand published, in regions that publish. Only what was frozen then, never a survey."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KeyTransform
from django.http import Http404
from django.utils import timezone

from accreditation.models import Publication
from accreditation.queries.visit_report import spoken
from practices.models import Practice

PER_PAGE = 25


@dataclass(frozen=True)
class PublicFilter:
    """words search name, provider number and municipality; profession a code; region its id."""

    words: str = ""
    profession: str = ""
    region: int | None = None


@dataclass(frozen=True)
class Published:
    """A practice in the list with its newest decision: status in words, and until when it holds."""

    practice: Practice
    status: str
    words: str
    decided_on: date
    valid_to: date | None

    @property
    def lapsed(self) -> bool:
        return has_lapsed(self.valid_to)


@dataclass(frozen=True)
class Told:
    """One decision of the history in the reader's words."""

    words: str
    round: int
    at: date
    administrative: bool
    departed: bool
    reason: str
    follow_up: str
    follow_up_by: date | None
    valid_from: date | None
    valid_to: date | None

    @property
    def lapsed(self) -> bool:
        return has_lapsed(self.valid_to)


@dataclass(frozen=True)
class Edition:
    """One publication: the decision that stands, those before it, and the report as it was frozen."""

    row: Publication
    now: Told
    before: Sequence[Told]
    content: Mapping[str, Any]
    second: bool


def has_lapsed(valid_to: date | None) -> bool:
    """Whether a decision that held for a time holds no longer."""
    return valid_to is not None and valid_to < timezone.localdate()


def open_publications() -> QuerySet[Publication]:
    """Not taken back, in a region that publishes now."""
    found = Publication.objects.filter(taken_back_at=None, practice__region__accreditation_rule__publishes=True)
    return found.select_related("practice__region", "practice__municipality")


def newest() -> QuerySet[Publication]:
    """The newest one of each practice."""
    same = open_publications().filter(practice=OuterRef("practice")).order_by("-published_at", "-pk")
    return open_publications().filter(pk=Subquery(same.values("pk")[:1]))


def page_of(wanted: PublicFilter, number: str | None) -> Page:
    """Practices by name; reads of each publication only its decisions and their words."""
    found = newest()
    for word in wanted.words.split():
        place = Q(practice__name__icontains=word) | Q(practice__municipality__name__icontains=word)
        found = found.filter(place | Q(practice__number__istartswith=word))
    if wanted.profession:
        found = found.filter(practice__profession=wanted.profession)
    if wanted.region is not None:
        found = found.filter(practice__region_id=wanted.region)
    parts = {"said": KeyTransform("decisions", KeyTransform("status", "content")), "words": KeyTransform("words", "content")}
    rows = found.annotate(**parts).defer("content").order_by("practice__name", "practice_id")
    page = Paginator(rows, PER_PAGE).get_page(number)
    page.object_list = [_published(row) for row in page.object_list]
    return page


def _published(row: Any) -> Published:
    told = _told(row.said[-1], spoken(row.words))
    return Published(row.practice, row.said[-1]["status"], told.words, told.at, told.valid_to)


def history_of(practice_id: int) -> list[Edition]:
    """Every open publication of the practice, the newest first. Raises Http404 when there is none."""
    rows = open_publications().filter(practice_id=practice_id).order_by("-published_at", "-pk")
    found = [_edition(row) for row in rows]
    if not found:
        raise Http404
    return found


def _edition(row: Publication) -> Edition:
    content = spoken(row.content)
    told = [_told(part, content["words"]) for part in content["status"]["decisions"]]
    return Edition(row, told[-1], told[-2::-1], content, content["round"] == 2)


def _told(part: Mapping[str, Any], words: Mapping[str, Mapping[str, str]]) -> Told:
    return Told(
        words=words.get(part["status"], {}).get("text", part["status"]), round=part["round"],
        at=date.fromisoformat(part["at"][:10]), administrative=part["kind"] == "administrative",
        departed=bool(part["recommendation"]) and part["recommendation"] != part["status"], reason=part["reason"],
        follow_up=part["follow_up"], follow_up_by=_day(part["follow_up_by"]), valid_from=_day(part["valid_from"]),
        valid_to=_day(part["valid_to"]),
    )  # fmt: skip


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None
