"""`manage.py rotate_key CODE [--retire KEY]`: change a purpose's pseudonym key."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from datacapture.actions import rotation
from datacapture.models import Purpose
from kip.core.keyring import KeyRingError
from kip.core.scope import WORKER, activate


class Command(BaseCommand):
    help = "Make a new pseudonym key for a purpose, or retire an old one when every patient is known under the new."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code")
        parser.add_argument("--retire", metavar="KEY", help="forget this old key instead of making a new one")
        parser.add_argument("--force", action="store_true", help="retire even when patients are known under the old key only")

    def handle(self, *args: Any, **options: Any) -> None:
        code, old = options["code"], options["retire"]
        try:
            with activate(WORKER):
                if old is None:
                    said = f"{code}: the current key is now {rotation.rotate(code, timezone.localdate())}"
                else:
                    said = f"{code}: {rotation.retire(code, old, force=options['force'])} pseudonyms of {old} removed"
        except Purpose.DoesNotExist:
            raise CommandError(f"There is no purpose {code}.") from None
        except rotation.StillNeeded as error:
            raise CommandError(f"{error.count} patients are known under {old} only. Wait for their next delivery.") from None
        except (ValueError, KeyRingError) as error:
            raise CommandError(f"{error}.") from None
        self.stdout.write(said)
