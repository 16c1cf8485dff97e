"""Who a session belongs to: the person and today's memberships in one statement, read at every request."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.db import DEFAULT_DB_ALIAS, connection
from django.utils import timezone

from practices.models import Membership, Practice, Region, User

MEMBERSHIP = ("id", "role", "practice_id", "region_id", "profession", "valid_from", "valid_to")
PRACTICE = ("id", "name", "profession")
REGION = ("id", "name_da", "name_en", "valid_to")
# A person without a valid membership is one row with an empty membership. Order as Membership.Meta.
READ = """
SELECT {columns} FROM practices_user u
LEFT JOIN practices_membership m ON m.user_id = u.id AND m.valid_from <= %s AND (m.valid_to IS NULL OR m.valid_to >= %s)
LEFT JOIN practices_practice p ON p.id = m.practice_id
LEFT JOIN practices_region r ON r.id = m.region_id
WHERE u.id = %s ORDER BY m.role, m.id
"""


class PersonBackend(AuthenticationBackend):
    """Sign-in as django-allauth does it; the person of a session comes with `memberships_today`."""

    def get_user(self, user_id: int) -> User | None:
        names = [field.attname for field in User._meta.concrete_fields]
        parts = (("u", names), ("m", MEMBERSHIP), ("p", PRACTICE), ("r", REGION))
        columns = ", ".join(f"{table}.{name}" for table, wanted in parts for name in wanted)
        today = timezone.localdate()
        with connection.cursor() as cursor:
            cursor.execute(READ.format(columns=columns), [today, today, user_id])
            rows = cursor.fetchall()
        if not rows:
            return None
        user = User.from_db(DEFAULT_DB_ALIAS, names, rows[0][: len(names)])
        user.memberships_today = [_membership(user, row[len(names) :]) for row in rows if row[len(names)] is not None]
        return user if self.user_can_authenticate(user) else None


def _membership(user: User, values: tuple[Any, ...]) -> Membership:
    one, two = len(MEMBERSHIP), len(MEMBERSHIP) + len(PRACTICE)
    # The columns are in the order of the model's fields, which `from_db` asks for; what is not read is deferred.
    found = Membership.from_db(DEFAULT_DB_ALIAS, MEMBERSHIP, values[:one])
    found.user = user
    found.practice = Practice.from_db(DEFAULT_DB_ALIAS, PRACTICE, values[one:two]) if values[one] is not None else None
    found.region = Region.from_db(DEFAULT_DB_ALIAS, REGION, values[two:]) if values[two] is not None else None
    return found
