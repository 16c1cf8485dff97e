"""`manage.py close_purposes`: the nightly housekeeping of purposes and waiting files, now."""

from typing import Any

from django.core.management.base import BaseCommand

from datacapture.intake_jobs import housekeeping
from kip.core.jobs import Progress
from kip.core.scope import WORKER


class Command(BaseCommand):
    help = "End the enrolments of ended purposes, delete purposes past their retention, and give up forgotten uploads."

    def handle(self, *args: Any, **options: Any) -> None:
        done = housekeeping(WORKER, Progress("housekeeping"))
        self.stdout.write(f"closed: {', '.join(done['closed']) or '-'}; deleted: {', '.join(done['deleted']) or '-'}")
        self.stdout.write(f"uploads given up: {done['forgotten']}; files without a delivery: {done['swept']}")
