"""`manage.py load_standards`: store the standards, rule sets and programmes that come with the portal; again changes nothing."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accreditation.actions.library import ChangedWithoutVersion, store
from accreditation.library import load_libraries
from kip.core.scope import WORKER, activate
from kip.core.yaml_source import DefinitionError


class Command(BaseCommand):
    help = (
        "Store the libraries of accreditation/standards as editions, with the rule sets and one programme a kind and profession."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with activate(WORKER):
                for library in load_libraries():
                    made = store(library)
                    self.stdout.write(f"{library.head.id} {library.head.version}: {len(made.editions)} new editions")
        except DefinitionError as error:
            raise CommandError(str(error)) from error
        except ChangedWithoutVersion as error:
            raise CommandError(f"{error} is stored and says something else: give what changed a higher version.") from error
