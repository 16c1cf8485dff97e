"""`manage.py create_purpose FILE`: write down an approved purpose and make its pseudonym key."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from datacapture.actions.purposes import PurposeExists, create_purpose
from datacapture.purpose_file import PurposeFileError, read_purpose
from kip.core.keyring import KeyRingError
from kip.core.scope import WORKER, activate


class Command(BaseCommand):
    help = "Make the purpose that a YAML file describes. Practices can then enrol for it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            facts = read_purpose(options["file"]).model_dump()
            with activate(WORKER):
                purpose = create_purpose(**facts)
        except PurposeFileError as error:
            raise CommandError(str(error)) from None
        except PurposeExists:
            raise CommandError(f"There is a purpose {facts['code']} already; an approved purpose is never changed.") from None
        except KeyRingError as error:
            raise CommandError(f"{error}. Run make_keys first.") from None
        self.stdout.write(f"{purpose.code}: open from {purpose.valid_from} to {purpose.valid_until}, key {purpose.key_id}")
