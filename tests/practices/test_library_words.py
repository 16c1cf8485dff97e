"""The sign-in library speaks the portal's Danish: one word for a thing, and no machine's Danish."""

import re
from pathlib import Path

import allauth
import polib
import pytest
from django.utils.translation import gettext, override

from practices.library_words import WORDS

CATALOGUE = Path(allauth.__file__).parent / "locale" / "da" / "LC_MESSAGES" / "django.po"
# Parts that people here meet. Closed or unused: signing up, user names, phones, the library's admin and its own provider.
MET = ("templates/account/", "templates/mfa/", "templates/usersessions/", "templates/socialaccount/", "account/adapter", "mfa/")
UNMET = re.compile(r"(?i)phone|sign ?up|user ?name|already exists|login to\n|TOTP Authenticator")
STRANGE = re.compile(r"(?i)\bemail(?!\)s|_url)|password(?!_)|adgangskode|autentifi|succes|venligst|tredjepart|\btoken|\bsession")


def entries() -> list[polib.POEntry]:
    found = polib.pofile(str(CATALOGUE))
    return [
        entry
        for entry in found
        if not entry.obsolete and any(MET_PART in place for place, _line in entry.occurrences for MET_PART in MET)
    ]


def test_every_word_of_the_list_is_still_said_by_the_library() -> None:
    known = {entry.msgid for entry in polib.pofile(str(CATALOGUE))}
    assert [word for word in WORDS if word not in known] == []
    assert len(WORDS) == len(set(WORDS))


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.msgid[:40])
def test_what_people_meet_is_in_the_portals_danish(entry: polib.POEntry) -> None:
    if UNMET.search(entry.msgid):
        return
    with override("da"):
        told = gettext(entry.msgid) if not entry.msgid_plural else " ".join(entry.msgstr_plural.values())
    assert not STRANGE.search(told), told
