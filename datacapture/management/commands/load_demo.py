"""Load the demo country once: organisations, people, purposes, events, definitions, results."""

import time
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections, transaction

from datacapture.actions import recount
from datacapture.demo import arriving, loading
from datacapture.demo.bulk import keyless
from datacapture.demo.country import Country, generate
from datacapture.demo.scale import fill
from datacapture.demo.signins import APPROVERS, make_sign_ins
from datacapture.models import Event
from kip.core import jobs
from kip.core.models import Job
from kip.core.scope import WORKER, activate
from practices.models import Practice, User

# What --scale may be: the sizes of demo_country.yaml, and the two countries by name.
SCALES = {
    "lille": "lille", "mellem": "mellem", "demo": "demo", "nutid": "nutid", "national": "nutid",
    "fuld_2012": "fuld_2012", "strategy": "fuld_2012",
}  # fmt: skip


class Command(BaseCommand):
    help = "Load the invented demo country; does nothing where practices exist already."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--scale", "--size", choices=SCALES, default="mellem", dest="scale",
            help="practices: lille 40, mellem 110, demo 400, national (nutid) 6,700 as today, strategy (fuld_2012) 9,300",
        )  # fmt: skip
        parser.add_argument(
            "--events", type=int, help="with --scale national: stop at this many events and count nothing, for speed tests"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if self._is_there():
            self.stdout.write("      The demo country is there already.")
            return
        if options["events"]:
            self._fill(options["scale"], options["events"])
            return
        began = time.monotonic()
        call_command("load_library", stdout=self.stdout)
        country = generate(SCALES[options["scale"]])
        self._load(country)
        self._deliver(country)
        call_command("compute", publish=list(APPROVERS), stdout=self.stdout)
        with activate(WORKER):
            jobs.enqueue("datacapture.quality", scope=WORKER, key="demo")  # the worker does it; nobody waits for it
        self.stdout.write(f"      The demo country was made in {time.monotonic() - began:.0f} seconds.")

    def _is_there(self) -> bool:
        with activate(WORKER):
            if not Practice.objects.exists():
                return False
            if not User.objects.exists():
                raise CommandError("The demo country is half made: an earlier load was stopped. Run make demo-reset first.")
            return True

    def _load(self, country: Country) -> None:
        with activate(WORKER):
            practices = loading.load_practices(country.practices, loading.load_places(country))
            purpose, codes = loading.make_purposes(), loading.load_codes()
            loading.enrol(practices.values(), purpose)
        with (
            transaction.atomic("owner"),
            connections["owner"].cursor() as cursor,
            keyless(cursor, Event._meta.db_table),
        ):
            secrets = loading.secrets_of(purpose)
            loaded = loading.load_events(cursor, country, practices, codes, secrets, self._progress, arriving.arrives)
        with activate(WORKER):
            make_sign_ins()
        with connections["owner"].cursor() as cursor:
            cursor.execute("ANALYZE")
        self.stdout.write(f"      {loaded.practices} practices, {loaded.patients} patients, {loaded.events} events stored.")

    def _deliver(self, country: Country) -> None:
        """The newest month of some clinics, through the intake. What it asks to be counted is counted by the release."""
        with TemporaryDirectory(prefix="kip-demo-") as folder:
            rows = arriving.write_files(country, Path(folder))
            call_command("deliver_folder", folder, stdout=StringIO())
        with activate(WORKER):
            Job.objects.filter(name=recount.JOB, state=Job.State.WAITING).delete()
        self.stdout.write(f"      {rows} rows of September came as files.")

    def _fill(self, scale: str, events: int) -> None:
        if SCALES[scale] != "nutid":
            raise CommandError("--events goes with --scale national.")
        call_command("load_library", stdout=self.stdout)
        filled = fill(events)
        self.stdout.write(
            f"      {filled.practices} practices, {filled.patients} patients, {filled.events} events"
            f" in {filled.seconds:.0f} seconds ({filled.events / filled.seconds:,.0f} a second)."
        )

    def _progress(self, done: int, total: int, name: str) -> None:
        if done % max(1, total // 8) == 0:
            self.stdout.write(f"      events of {done} of {total} practices")
            self.stdout.flush()
