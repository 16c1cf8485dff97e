"""The part of the visit that a browser keeps: which files, which version, which words. Nothing of any visit is in it."""

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.template.loader import get_template
from django.urls import reverse
from django.utils import translation

from accreditation.visit.device_words import WORDS

LANGUAGES = ("da", "en")
MODULES = (
    "app", "crypto", "dom", "download", "model", "net", "photo", "queue", "screens", "screen_locked", "screen_notes",
    "screen_point", "screen_send", "store", "words",
)  # fmt: skip
FILES = (
    "dkfds/css/dkfds.css", "kip/kip.css", "kip/parts.css", "kip/visit.css", "kip/icon.svg", "dkfds/img/icons.svg",
    "kip/marks.svg", "vendor/idb/idb.js",
    "dkfds/fonts/IBMPlexSans-Light-Latin1.woff2", "dkfds/fonts/IBMPlexSans-Regular-Latin1.woff2",
    "dkfds/fonts/IBMPlexSans-SemiBold-Latin1.woff2",
    *(f"kip/visit/{name}.js" for name in MODULES),
)  # fmt: skip
TEMPLATES = ("accreditation/visit/device.html", "accreditation/visit/worker.js")


def device_words() -> dict[str, str]:
    """Every sentence of the device's pages in the active language."""
    return {name: str(words) for name, words in WORDS.items()}


def shell_files() -> list[str]:
    """Addresses that the service worker keeps. Modules import each other by plain names, so all names are the plain ones."""
    pages = [reverse("visit:shell", args=[language]) for language in LANGUAGES]
    return [*pages, *(settings.STATIC_URL + name for name in FILES)]


@lru_cache(maxsize=1)
def shell_version() -> str:
    """Changes when any kept byte or word does: the service worker then fetches all of it anew. Raises FileNotFoundError."""
    found = hashlib.sha256()
    for name in FILES:
        found.update(Path(staticfiles_storage.path(name)).read_bytes())
    for name in TEMPLATES:
        found.update(get_template(name).template.source.encode())  # type: ignore[attr-defined]  # Django's own engine
    for language in LANGUAGES:
        with translation.override(language):
            found.update(json.dumps(device_words(), sort_keys=True).encode())
    return found.hexdigest()[:16]
