"""Start-up checks: the walls only hold for a login that owns nothing and bypasses nothing."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import connections

QUESTION = """
SELECT r.rolsuper, r.rolbypassrls, pg_has_role(current_user, 'kip_owner', 'MEMBER'),
       EXISTS (SELECT 1 FROM pg_class c WHERE c.relowner = r.oid AND c.relkind IN ('r', 'p', 'v', 'm'))
FROM pg_roles r WHERE r.rolname = session_user
"""
COMPLAINTS = (
    "The database login is a superuser, so row-level security is off. Use the login kip_web or kip_task.",
    "The database login may bypass row-level security. Use the login kip_web or kip_task.",
    "The database login may act as the owner of the tables. Use the login kip_web or kip_task.",
    "The database login owns tables. Use the login kip_web or kip_task.",
)


def login_problems() -> list[str]:
    """Sentences on what is wrong with the login of `default`; empty when nothing is."""
    with connections["default"].cursor() as cursor:
        cursor.execute(QUESTION)
        flags = cursor.fetchone()
    return [text for flag, text in zip(flags, COMPLAINTS, strict=True) if flag]


def login_is_harmless(app_configs: object = None, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    if not databases or "default" not in databases:
        return []
    return [Error(text, id="kip.E001") for text in login_problems()]
