"""`manage.py make_keys`: make the two key files where they are missing."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from datacapture import keys
from kip.core.keyring import KeyRingError


class Command(BaseCommand):
    help = "Make KIP_PORTAL_KEY_FILE and KIP_KEY_FILE for the user that runs this; a file that is there is never touched."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = keys.make_files()
        except KeyRingError as error:
            raise CommandError(f"{error}.") from None
        except OSError as error:
            raise CommandError(f"The key file cannot be written: {error.filename} ({error.strerror}).") from None
        for path in made:
            self.stdout.write(f"made {path}")
        self.stdout.write("Keep a copy of both files apart from the database's: without them nobody is recognised again.")
