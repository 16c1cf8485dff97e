"""What a device sends, checked before anything is written: shapes, lengths and words that must not be stored."""

import datetime as dt
from collections.abc import Iterable
from typing import Annotated, Any, Literal
from uuid import UUID

from django.core.exceptions import ValidationError as Refusal
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from accreditation.actions.syncing import REFUSED, Answer, Item
from accreditation.enums import NoteKind, Severity
from kip.core.forms import refuse_cpr

MOST_ITEMS = 200
Words = Annotated[str, StringConstraints(max_length=5000, pattern=r"^[^\x00]*$")]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=40)]
NOTE_KINDS = tuple(kind.value for kind in NoteKind if kind != NoteKind.PHOTO)


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RatingSaid(Strict):
    rating: Annotated[str, StringConstraints(min_length=1, max_length=24)]
    reason: Words = ""
    base: UUID | None = None
    resolves: Annotated[list[UUID], Field(max_length=20)] = []


class NoteSaid(Strict):
    text: Words = ""
    kind: Literal[NOTE_KINDS] = "note"  # type: ignore[valid-type]  # the enum's codes
    severity: Literal["", *Severity.values] = ""  # type: ignore[valid-type]  # the enum's codes
    tags: Annotated[list[Tag], Field(max_length=10)] = []
    replaces: UUID | None = None
    removed: bool = False


class CriticalSaid(Strict):
    text: Annotated[Words, Field(min_length=1)]


class Made(Strict):
    """What every item has: the device's own id, when it was made, and the indicator's number or ""."""

    id: UUID
    made_at: AwareDatetime
    indicator: Annotated[str, StringConstraints(max_length=16)] = ""


class RatingMade(Made):
    kind: Literal["rating"]
    said: RatingSaid


class NoteMade(Made):
    kind: Literal["note"]
    said: NoteSaid


class CriticalMade(Made):
    kind: Literal["critical"]
    said: CriticalSaid


class Sent(Strict):
    """One batch, in the order the items were made. Raises pydantic.ValidationError."""

    device: UUID
    items: Annotated[
        list[Annotated[RatingMade | NoteMade | CriticalMade, Field(discriminator="kind")]], Field(max_length=MOST_ITEMS)
    ]

    def parted(self, now: dt.datetime) -> tuple[list[Item], list[Answer]]:
        """What may be stored, and answers to what must not: the device keeps that until it is put right."""
        good, refused = [], []
        for made in self.items:
            said = made.said.model_dump()
            fault = _cpr_in(said)
            if fault:
                refused.append(Answer(made.id, REFUSED, fault))
            else:
                # A tablet's clock may be ahead; nothing has been made after it arrived.
                good.append(Item(made.kind, made.id, min(made.made_at, now), made.indicator, said))
        return good, refused


def _cpr_in(said: dict[str, Any]) -> str:
    """Why a text cannot be stored, or ""."""
    for text in _texts(said.values()):
        try:
            refuse_cpr(text)
        except Refusal as refusal:
            return str(refusal.messages[0])
    return ""


def _texts(values: Iterable[Any]) -> Iterable[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from (item for item in value if isinstance(item, str))
