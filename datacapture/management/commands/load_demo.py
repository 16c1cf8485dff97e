"""Load the demo country once: organisations, people, purposes, events, definitions, results."""

import time
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from datacapture.demo import loading
from datacapture.demo.country import SIZES, generate
from datacapture.demo.signins import make_sign_ins
from kip.core.scope import WORKER, activate
from practices.models import Practice


class Command(BaseCommand):
    help = "Load the invented demo country; does nothing where practices exist already."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--size", choices=[*SIZES, "national"], default="mellem")

    def handle(self, *args: Any, **options: Any) -> None:
        with activate(WORKER):
            if Practice.objects.exists():
                self.stdout.write("      The demo country is there already.")
                return
        size = "fuld_2012" if options["size"] == "national" else options["size"]
        began = time.monotonic()
        call_command("load_library", stdout=self.stdout)
        with activate(WORKER):
            self._load(generate(size))
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        call_command("compute", stdout=self.stdout)
        self.stdout.write(f"      The demo country was made in {time.monotonic() - began:.0f} seconds.")

    def _load(self, country: Any) -> None:
        practices = loading.load_organisation(country)
        purpose = loading.make_purposes()
        loading.enrol(list(practices.values()), purpose)
        loaded = loading.load_events(country, practices, purpose, loading.load_codes(), self._progress)
        make_sign_ins()
        self.stdout.write(f"      {loaded.practices} practices, {loaded.patients} patients, {loaded.events} events stored.")

    def _progress(self, done: int, total: int, name: str) -> None:
        if done % max(1, total // 8) == 0:
            self.stdout.write(f"      events of {done} of {total} practices")
            self.stdout.flush()
