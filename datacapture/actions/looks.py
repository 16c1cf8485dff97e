"""The stated purpose of looking at a practice, kept in the session for twelve hours, and the records of each look."""

import json
from datetime import datetime, timedelta

from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone

from kip.core import audit

SESSION_KEY = "look_purposes"
LASTS = timedelta(hours=12)


def stated_purpose(session: SessionBase, membership_id: int | None, practice_id: int) -> str | None:
    """The purpose that still holds for this role and practice, or None."""
    found = session.get(SESSION_KEY, {}).get(_key(membership_id, practice_id))
    if not found or datetime.fromisoformat(found["until"]) < timezone.now():
        return None
    return str(found["purpose"])


def state_purpose(session: SessionBase, membership_id: int | None, practice_id: int, region_id: int | None, purpose: str) -> None:
    """Keep the purpose and record it in the practice's own log."""
    until = (timezone.now() + LASTS).isoformat()
    purposes = session.get(SESSION_KEY, {})
    session[SESSION_KEY] = {**purposes, _key(membership_id, practice_id): {"purpose": purpose, "until": until}}
    audit.record("stated_purpose", practice_id=practice_id, region_id=region_id, kind="practice_sheet", purpose=purpose)


def record_look(
    kind: str, *, practice_id: int, rows: int, object_id: object = "", region_id: int | None = None, purpose: str = ""
) -> None:
    """One look at a practice's figures or patients; `rows` tells how many were shown."""
    detail = json.dumps({"rows": rows})
    audit.record(
        "viewed", practice_id=practice_id, region_id=region_id, kind=kind, object_id=object_id, purpose=purpose, detail=detail
    )


def record_download(kind: str, *, practice_id: int, rows: int, object_id: object = "") -> None:
    """One file taken out of the portal."""
    audit.record("downloaded", practice_id=practice_id, kind=kind, object_id=object_id, detail=json.dumps({"rows": rows}))


def _key(membership_id: int | None, practice_id: int) -> str:
    return f"{membership_id}:{practice_id}"
