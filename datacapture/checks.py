"""`manage.py check --deploy` reads the key files that this process was given and says in a sentence what is wrong."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from datacapture import keys
from datacapture.models import Purpose
from kip.core.keyring import KeyRing, KeyRingError
from kip.core.scope import WORKER, activate


@register(Tags.security, deploy=True)
def keys_are_readable(app_configs: object = None, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if settings.KIP_PORTAL_KEY_FILE is not None:
        found += _read("KIP_PORTAL_KEY_FILE", "kip.E010", keys.portal_ring)
    if settings.KIP_KEY_FILE is not None and settings.PRODUCTION:
        found += _read("KIP_KEY_FILE", "kip.E011", lambda: KeyRing.from_file(keys.pseudonym_file()))
    return found


@register(Tags.database, deploy=True)
def purposes_have_keys(app_configs: object = None, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Only the worker holds the keys, and only a check that may ask the database knows the purposes."""
    if "default" not in (databases or ()) or settings.KIP_PROCESS != "task" or not settings.PRODUCTION:
        return []
    with activate(WORKER):
        wanted = list(Purpose.objects.values_list("code", "key_id"))
    try:
        missing = [f"{code} ({key_id})" for code, key_id in wanted if not keys.has_key(code, key_id)]
    except OSError:
        return []  # keys_are_readable says it
    return [Error(f"KIP_KEY_FILE lacks the key of the purpose {item}. Restore the file.", id="kip.E012") for item in missing]


def _read(name: str, number: str, read: Any) -> list[CheckMessage]:
    try:
        read()
    except KeyRingError as error:
        return [Error(f"{name}: {error}. Restore the file, or make a new one with make_keys.", id=number)]
    return []
