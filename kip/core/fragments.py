"""Rendered pages, kept in Redis for whoever has the same scope. The only way to them is `kept`.

The key is made here of persona, practice and region, language, day, edition of the software and what the caller says the
part is made of; nobody can ask for the part of another scope. Redis may be emptied at any time, and without it a part is
made anew. A part holds nothing of one person: no name, no form token, no message.
"""

import json
import zlib
from collections.abc import Callable, Sequence
from functools import cache as once
from hashlib import sha256
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import get_language
from redis.exceptions import RedisError

from kip.core.scope import Persona, Scope

SECONDS = 3600
OWNER = {Persona.PRACTICE: "practice_id", Persona.REGION: "region_id"}  # other personas' pages are not kept
ROOT = Path(__file__).resolve().parents[2]
MADE_OF = ("kip", "practices", "datacapture", "templates", "locale", "static")
FILES = {".py", ".html", ".yaml", ".mo", ".svg"}
log = structlog.get_logger("kip.fragments")

Parts = dict[str, Any]


def kept(scope: Scope, name: str, made_of: Sequence[str], make: Callable[[], Parts | None]) -> Parts | None:
    """What `make` gives, from Redis where the same scope asked for the same within the hour: names with text, numbers, lists.

    made_of: everything that it depends on, such as a release and the stamp of the practice's own notes. None is not kept.
    Raises ValueError for a persona that has no pages to keep, or without its practice or region.
    """
    key = _key(scope, name, made_of)
    try:
        found = cache.get(key)
    except RedisError:
        log.warning("fragments_unreachable")
        return make()
    if found is not None:
        return dict(json.loads(zlib.decompress(found)))
    parts = make()
    if parts is None:
        return None
    try:
        cache.set(key, zlib.compress(json.dumps(parts).encode(), 1), SECONDS)
    except RedisError:
        log.warning("fragments_unreachable")
    return parts


def _key(scope: Scope, name: str, made_of: Sequence[str]) -> str:
    owner = OWNER.get(scope.persona)
    if owner is None or getattr(scope, owner) is None:
        raise ValueError(f"{scope.persona} has no pages to keep")
    whose = (str(scope.persona), scope.practice_id, scope.region_id)
    today = timezone.localdate().isoformat()
    said = json.dumps([whose, name, get_language(), today, edition(), settings.KIP_CONTACT, *made_of])
    return f"fragment:{sha256(said.encode()).hexdigest()}"


@once
def edition() -> str:
    """Edition of the running software: a changed file makes every part anew."""
    files = (path for folder in MADE_OF for path in (ROOT / folder).rglob("*") if path.suffix in FILES)
    return sha256("".join(sorted(f"{path}{path.stat().st_mtime_ns}" for path in files)).encode()).hexdigest()
