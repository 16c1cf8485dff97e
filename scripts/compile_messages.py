"""Compile locale/*/LC_MESSAGES/django.po to .mo without GNU gettext; with --strict refuse incomplete Danish."""

import sys
from pathlib import Path

import polib

LOCALE = Path(__file__).resolve().parents[1] / "locale"


def main() -> int:
    """Return 1 when --strict is asked for and a Danish text is missing or fuzzy."""
    strict, bad = "--strict" in sys.argv[1:], 0
    for path in sorted(LOCALE.glob("*/LC_MESSAGES/django.po")):
        catalogue = polib.pofile(str(path))
        catalogue.save_as_mofile(str(path.with_suffix(".mo")))
        if strict and path.parts[-3] == "da":
            for entry in [*catalogue.untranslated_entries(), *catalogue.fuzzy_entries()]:
                sys.stderr.write(f"{path.name}:{entry.linenum}: no Danish text for {entry.msgid!r}\n")
                bad += 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
