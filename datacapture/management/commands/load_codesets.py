"""`manage.py load_codesets`: write the code-set library's codes."""

from typing import Any

from django.core.management.base import BaseCommand

from datacapture.actions.codesets import load_codesets
from kip.core.scope import WORKER, activate


class Command(BaseCommand):
    help = "Write the codes of datacapture/definitions/codesets.yaml and their sets."

    def handle(self, *args: Any, **options: Any) -> None:
        with activate(WORKER):
            loaded = load_codesets()
        self.stdout.write(f"{loaded.codes} new codes, {loaded.members} memberships changed")
