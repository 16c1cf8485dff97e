"""Keys of the interface: one practice each, shown once, kept as a digest, revocable at once."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils import timezone

from datacapture.enums import KeyScope
from datacapture.models import ApiKey
from kip.core import audit
from kip.core.scope import Persona, Scope, activate

MARK = "kip"
PREFIX_LENGTH = 12
SECRET_BYTES = 32
# Compared against when no key is found, so that a guess takes the same time as a wrong secret.
NOBODY = hashlib.sha256(b"nobody").hexdigest()


@dataclass(frozen=True)
class NewKey:
    """A key just made; the token exists only here."""

    key: ApiKey
    token: str = field(repr=False)


def create(practice_id: int, label: str, user_id: int | None, scopes: Sequence[str] = (KeyScope.DELIVER,)) -> NewKey:
    """Make a key `kip_<practice>_<secret>` that opens these scopes. Call in the practice's scope."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    key = ApiKey.objects.create(
        practice_id=practice_id,
        label=label,
        prefix=secret[:PREFIX_LENGTH],
        digest=_digest(secret),
        scopes=sorted(str(scope) for scope in scopes),
        created_by_id=user_id,
    )
    detail = json.dumps({"scopes": key.scopes})
    audit.record("api_key_created", practice_id=practice_id, kind="api_key", object_id=key.pk, detail=detail)
    return NewKey(key, f"{MARK}_{practice_id}_{secret}")


def revoke(key: ApiKey) -> None:
    """End a key for good."""
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now()):
        audit.record("api_key_revoked", practice_id=key.practice_id, kind="api_key", object_id=key.pk)


def authenticate(token: str) -> tuple[Scope, ApiKey] | None:
    """The scope and key of a valid token, else None: garbage, another practice's number, a wrong or revoked key."""
    mark, _, rest = token.partition("_")
    number, _, secret = rest.partition("_")
    if mark != MARK or not (number.isascii() and number.isdigit() and len(number) <= 18) or not secret.isascii():
        return None
    practice_id = int(number)
    scope = Scope(Persona.INTAKE, practice_id=practice_id)
    with activate(scope):
        key = ApiKey.objects.filter(
            practice_id=practice_id, prefix=secret[:PREFIX_LENGTH].replace("\x00", ""), revoked_at=None
        ).first()
        same = hmac.compare_digest(key.digest if key else NOBODY, _digest(secret))
        if key is None or not same:
            return None
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=timezone.now())
    return scope, key


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
