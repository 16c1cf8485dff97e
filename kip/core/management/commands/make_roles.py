"""`manage.py make_roles`: make the database, its roles and the three logins with the passwords that their addresses hold."""

from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from kip.core.roles import ensure_roles

LOGINS = {"DATABASE_OWNER_URL": "kip_owner", "DATABASE_URL": "kip_web", "DATABASE_TASK_URL": "kip_task"}


class Command(BaseCommand):
    help = "Make the database roles of KIP with DATABASE_ADMIN_URL. Running it again sets the passwords anew."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        env = settings.ENV
        urls = {
            "DATABASE_ADMIN_URL": env.database_admin_url,
            "DATABASE_OWNER_URL": env.database_owner_url,
            "DATABASE_URL": env.database_url,
            "DATABASE_TASK_URL": env.database_task_url,
        }
        missing = [name for name, url in urls.items() if url is None]
        if missing:
            raise CommandError(f"make_roles needs {', '.join(missing)} beside the process's other settings.")
        given = {name: url.get_secret_value() for name, url in urls.items() if url}
        parts = {name: urlsplit(url) for name, url in given.items()}
        for name, login in LOGINS.items():
            if unquote(parts[name].username or "") != login:
                raise CommandError(f"{name} must sign in as {login}.")
        databases = {parts[name].path for name in LOGINS}
        if len(databases) > 1:
            raise CommandError("The three logins must name one and the same database.")
        passwords = {login: unquote(parts[name].password or "") for name, login in LOGINS.items()}
        try:
            ensure_roles(given["DATABASE_ADMIN_URL"], databases.pop().lstrip("/"), passwords)
        except psycopg.OperationalError:
            raise CommandError("The server of DATABASE_ADMIN_URL does not let us in. Check host, name and password.") from None
        except psycopg.errors.InsufficientPrivilege:
            raise CommandError("The login of DATABASE_ADMIN_URL may not make roles and databases.") from None
        self.stdout.write("The database and the logins kip_owner, kip_web and kip_task are ready.")
