"""`manage.py load_questionnaires`: store the questionnaires that come with the portal; again changes nothing."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kip.core.scope import WORKER, activate
from kip.core.yaml_source import DefinitionError
from surveys.actions.library import store_library


class Command(BaseCommand):
    help = "Store the library of surveys/questionnaires as published versions."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with activate(WORKER):
                new = store_library()
        except (DefinitionError, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{new} new questionnaires")
