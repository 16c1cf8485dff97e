"""`manage.py delete_purpose CODE --by NAME`: remove a purpose and what only it allowed."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from datacapture.actions.purposes import delete_purpose
from datacapture.models import Purpose
from kip.core.scope import WORKER, activate


class Command(BaseCommand):
    help = "Delete a purpose and the events that no other purpose covers; leaves a signed tally."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code")
        parser.add_argument("--by", required=True, help="who decided it; kept with the tally")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with activate(WORKER):
                tally = delete_purpose(options["code"], by=options["by"])
        except Purpose.DoesNotExist:
            raise CommandError(f"There is no purpose {options['code']}.") from None
        counts = tally.counts
        removed = f"{counts['total']} events and {counts['patients']} patients removed in {counts['practices']} practices"
        self.stdout.write(f"{options['code']}: {removed}")
