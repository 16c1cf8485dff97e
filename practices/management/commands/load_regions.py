"""`manage.py load_regions`: write the country's regions and municipalities."""

from typing import Any

from django.core.management.base import BaseCommand

from kip.core.scope import WORKER, activate
from practices.denmark import load_denmark


class Command(BaseCommand):
    help = "Write regions and municipalities of practices/reference/denmark.yaml. Running it again only sets names and dates."

    def handle(self, *args: Any, **options: Any) -> None:
        with activate(WORKER):
            regions, municipalities = load_denmark()
        self.stdout.write(f"{regions} new regions, {municipalities} new municipalities")
