"""Load the demo country's surveys once: a former cycle, surveys in every state, and the calendar."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accreditation.actions.tallying import tally_due
from accreditation.demo.loading import HalfMade, is_there, load
from accreditation.models import Programme
from kip.core.scope import WORKER, activate


class Command(BaseCommand):
    help = "Load the demo country's accreditation surveys; does nothing where there are surveys already."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if is_there():
                self.stdout.write("      The demo's surveys are there already.")
                return
        except HalfMade as error:
            raise CommandError(
                "The demo's surveys are half made: an earlier load was stopped. Run make demo-reset first."
            ) from error
        with activate(WORKER):
            if not Programme.objects.exists():
                raise CommandError("The standards are not stored: run manage.py load_standards first.")
        began = time.monotonic()
        filled = load(timezone.localdate(), lambda text: self.stdout.write(f"      {text}"))
        with activate(WORKER):
            tally_due(timezone.localdate())
        self.stdout.write(
            f"      {filled.former} former surveys, {filled.running} under way, {filled.waiting} in the calendar,"
            f" in {time.monotonic() - began:.0f} seconds."
        )
