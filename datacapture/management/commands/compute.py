"""`manage.py compute`: count every region and publish the release."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from datacapture.actions.computing import MONTHS, NotReady, Timing, count_region, last_quarter_end, prepare, publish
from kip.core.scope import WORKER, activate
from practices.models import Region


class Command(BaseCommand):
    help = "Count all regions (or those named) and publish the results of the release."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--month-end", type=date.fromisoformat, default=None, help="last day counted; default: the last quarter's end"
        )
        parser.add_argument("--months", type=int, default=MONTHS)
        parser.add_argument("--region", action="append", dest="regions", metavar="CODE")
        parser.add_argument("--purpose", default=None)

    def handle(self, *args: Any, **options: Any) -> None:
        month_end = options["month_end"] or last_quarter_end(timezone.localdate())
        timing = Timing()
        try:
            with activate(WORKER):
                setup = prepare(month_end, months=options["months"], purpose=options["purpose"])
                regions = list(Region.objects.filter(code__in=options["regions"]) if options["regions"] else Region.objects.all())
            for region in regions:
                with activate(WORKER):
                    count_region(setup, region, timing)
                self.stdout.write(f"{region.code}: {timing.regions.get(region.code, 0)} s")
            with activate(WORKER):
                release = publish(setup, timing)
        except NotReady as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"release {release.label}: {timing.rows} count rows, results {release.seconds['results']} s")
