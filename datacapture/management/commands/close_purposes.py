"""`manage.py close_purposes`: the daily housekeeping of purposes and waiting files."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from datacapture.actions import deliveries, purposes
from kip.core.scope import WORKER, activate


class Command(BaseCommand):
    help = "End the enrolments of ended purposes, delete purposes past their retention, and give up forgotten uploads."

    def handle(self, *args: Any, **options: Any) -> None:
        today = timezone.localdate()
        with activate(WORKER):
            closed = purposes.close_ended(today)
        with activate(WORKER):
            deleted = purposes.delete_expired(today, by="close_purposes")
        with activate(WORKER):
            forgotten = deliveries.cancel_forgotten(deliveries.forgotten_since(today))
            swept = deliveries.sweep_uploads(timezone.now())
        self.stdout.write(f"closed: {', '.join(closed) or '-'}; deleted: {', '.join(deleted) or '-'}")
        self.stdout.write(f"uploads given up: {forgotten}; files without a delivery: {swept}")
