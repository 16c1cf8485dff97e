"""`migrate` runs as the owner, since no other login may change tables, and then builds the walls."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands.migrate import Command as Migrate
from django.db import connections

from kip.core import walls


class Command(Migrate):
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def handle(self, *args: Any, **options: Any) -> None:
        if connections[options["database"]].vendor != "postgresql":
            raise CommandError("migrate needs DATABASE_OWNER_URL: only the login kip_owner changes tables.")
        super().handle(*args, **options)
        # A migration to a named, older state leaves tables out: the walls are built at the newest state only.
        if not options["migration_name"] and not options["check_unapplied"] and not options["plan"]:
            walls.build(options["database"])
