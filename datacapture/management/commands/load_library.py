"""`manage.py load_library`: publish the definition files as indicators and versions."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from datacapture.actions.library import load_library
from datacapture.engine.library import DefinitionError
from kip.core.scope import WORKER, activate


class Command(BaseCommand):
    help = "Publish the indicator definitions. Running it twice changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with activate(WORKER):
                loaded = load_library()
        except DefinitionError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{len(loaded.created)} new, {len(loaded.changed)} with a new version, {loaded.unchanged} unchanged, "
            f"{len(loaded.retired)} retired, {len(loaded.kept)} kept as written in the portal, "
            f"{loaded.members} code-set members moved"
        )
