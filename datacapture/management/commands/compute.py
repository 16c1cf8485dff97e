"""`manage.py compute`: count every region, prepare the release, and publish it when two people are named."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from datacapture.actions.computing import MONTHS, NotReady, Setup, last_quarter_end, prepare
from datacapture.actions.defining import apply_approved
from datacapture.actions.releasing import (
    NotNow,
    approve_by_address,
    begin_or_go_on,
    count,
    pass_checks,
    prepare_rows,
    publish_approved,
)
from datacapture.models import Release
from kip.core.scope import WORKER, activate


class Command(BaseCommand):
    help = "Count all regions and prepare a quarter's release; a stopped one goes on where it was."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--month-end", type=date.fromisoformat, default=None, help="last day counted; default: the last quarter's end"
        )
        parser.add_argument("--months", type=int, default=MONTHS)
        parser.add_argument("--purpose", default=None)
        parser.add_argument("--reason", default="", help="why a published release is corrected")
        parser.add_argument(
            "--publish", nargs=2, metavar="ADDRESS", default=None, help="publish; the two people who approve it, by their address"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        month_end = options["month_end"] or last_quarter_end(timezone.localdate())
        try:
            with activate(WORKER):
                apply_approved()
                setup = prepare(month_end, months=options["months"], purpose=options["purpose"])
                release = begin_or_go_on(month_end, reason=options["reason"])
            release = self._prepare(release, setup)
            if options["publish"]:
                with activate(WORKER):
                    pass_checks(release)
                    approve_by_address(release, options["publish"])
                    publish_approved(release)
                self.stdout.write(f"release {release}: published")
        except (NotReady, NotNow) as error:
            raise CommandError(str(error)) from error

    def _prepare(self, release: Release, setup: Setup) -> Release:
        if not count(release, setup, lambda done, total, name: self.stdout.write(f"counting {name} ({done + 1} of {total})")):
            raise CommandError("The counting was stopped. Run the command again to go on.")
        with activate(WORKER):
            release = prepare_rows(release, setup)
        for check in release.checks:
            self.stdout.write(f"check {check['key']}: {check['state']}")
        seconds = {name: value for name, value in release.seconds.items() if isinstance(value, float)}
        self.stdout.write(f"release {release}: {release.seconds['rows']} count rows, seconds {seconds}")
        return release
