"""The scope of a unit of work: who acts, as what, for whom. It opens the database wall (docs/adr/0002-two-walls.md)."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from enum import StrEnum

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper


class Persona(StrEnum):
    """Database personas; the value is the role's name in PostgreSQL."""

    PRACTICE = "kip_practice"
    REGION = "kip_region"
    RISK = "kip_risk"
    SURVEY = "kip_survey"
    COMMITTEE = "kip_committee"
    NATIONAL = "kip_national"
    RESPONDENT = "kip_respondent"
    INTAKE = "kip_intake"
    SUPPORT = "kip_support"
    WORKER = "kip_worker"


@dataclass(frozen=True)
class Scope:
    """Plain data, so that it can travel in a job. Ids that do not belong to the persona stay None.

    link: hex digest of the personal link a respondent came by; it never travels.
    """

    persona: Persona
    user_id: int | None = None
    practice_id: int | None = None
    region_id: int | None = None
    membership_id: int | None = None
    link: str | None = None

    def as_json(self) -> dict[str, str | int | None]:
        """Raises ValueError for a respondent's scope: a job must not tell who answered."""
        if self.link is not None:
            raise ValueError("a personal link does not travel in a job")
        return {name: value for name, value in asdict(self).items() if name != "link"} | {"persona": str(self.persona)}

    @classmethod
    def from_json(cls, data: dict[str, str | int | None]) -> "Scope":
        return cls(**{**data, "persona": Persona(str(data["persona"]))})  # type: ignore[arg-type]  # checked by the enum


WORKER = Scope(Persona.WORKER)
SETTINGS = ("role", "kip.practice_id", "kip.region_id", "kip.user_id", "kip.link")
READ = "SELECT current_setting('role'), " + ", ".join(f"current_setting('{name}', true)" for name in SETTINGS[1:])
WRITE = "SELECT " + ", ".join(f"set_config('{name}', %s, true)" for name in SETTINGS)


class NotForTheWeb(RuntimeError):
    """Code that answers a request wanted the worker's scope, which the web's login may not take on."""


_answering: ContextVar[bool] = ContextVar("answering", default=False)


@contextmanager
def answering() -> Iterator[None]:
    """Around the answer to a request: the worker's scope is refused here as it is in production, whatever the login may."""
    token = _answering.set(True)
    try:
        yield
    finally:
        _answering.reset(token)


@contextmanager
def activate(scope: Scope) -> Iterator[Scope]:
    """Open one transaction in which the database login acts as the scope's persona. Raises `NotForTheWeb`.

    Settings end with their transaction. Inside another one the former settings are put back by hand: a released
    savepoint would otherwise leave the inner scope in place.
    """
    if scope.persona is Persona.WORKER and _answering.get():
        raise NotForTheWeb("work for the worker is asked for with kip.core.jobs.enqueue")
    inside = connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        former = _settings(cursor) if inside else None
        ids = (scope.practice_id, scope.region_id, scope.user_id)
        cursor.execute(WRITE, [str(scope.persona), *map(_text, ids), scope.link or ""])
        yield scope
        # What is rolled back takes its settings with it, and a broken transaction takes no statement.
        if former is not None and not connection.needs_rollback:
            cursor.execute(WRITE, former)


def _settings(cursor: CursorWrapper) -> list[str]:
    """The transaction's present settings, as WRITE takes them."""
    cursor.execute(READ)
    return [value if name == "role" else value or "" for name, value in zip(SETTINGS, cursor.fetchone(), strict=True)]


def _text(value: int | None) -> str:
    return "" if value is None else str(value)
