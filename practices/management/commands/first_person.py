"""`manage.py first_person ADDRESS --name NAME`: invite the one who then invites everybody else."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from kip.core.scope import WORKER, Persona, Scope, activate
from practices.acting import Acting
from practices.actions import INVITATION_HOURS, NewMember, invite_member
from practices.enums import Role
from practices.models import Membership, Region

FIRST = (Role.PLATFORM_OPERATOR, Role.REGIONAL_ADMINISTRATOR)


class Command(BaseCommand):
    help = "Invite the first platform operator, or a region's first administrator, by mail."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address")
        parser.add_argument("--name", required=True)
        parser.add_argument("--role", choices=[role.value for role in FIRST], default=Role.PLATFORM_OPERATOR.value)
        parser.add_argument("--region", metavar="CODE", help="for a regional administrator, for instance 1083")
        parser.add_argument("--show", action="store_true", help="also print the link; who has it can use it")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            validate_email(options["address"])
        except ValidationError:
            raise CommandError(f"{options['address']} is no e-mail address.") from None

        def link_to(token: str) -> str:
            address = _address(token)
            if options["show"]:
                self.stdout.write(address)
            return address

        with activate(WORKER):
            region_id = self._region(options["role"], options["region"])
            self._must_be_first(options["role"], region_id)
            member = NewMember(options["address"], options["name"], options["role"], region_id=region_id)
            invite_member(by=_machine(), member=member, link_to=link_to)
        self.stdout.write(f"{options['address']} is invited as {options['role']}; the link works for {INVITATION_HOURS} hours.")

    def _region(self, role: str, code: str | None) -> int | None:
        if (role == Role.REGIONAL_ADMINISTRATOR) is not (code is not None):
            raise CommandError("--region belongs to a regional administrator, and only to one.")
        if code is None:
            return None
        region = Region.objects.filter(code=code).first()
        if region is None:
            raise CommandError(f"There is no region {code}. Run load_regions first; it knows 1081 to 1085.")
        return region.pk

    def _must_be_first(self, role: str, region_id: int | None) -> None:
        """Whoever comes later is invited in the portal, by a person whom the log names."""
        today = timezone.localdate()
        held = Membership.objects.filter(Q(valid_to=None) | Q(valid_to__gte=today), role=role, region_id=region_id)
        if held.exists():
            raise CommandError("There is one already, who invites the next in the portal under People.")


def _machine() -> Acting:
    """Who runs commands has the machine; the audit trail says KIP."""
    role = Role.PLATFORM_OPERATOR
    return Acting(Scope(Persona.SUPPORT), role.value, str(role.label), "KIP", "KIP", "")


def _address(token: str) -> str:
    host = settings.ALLOWED_HOSTS[0]
    return f"{'https' if settings.PRODUCTION else 'http'}://{host}{reverse('practices:accept_invitation', args=[token])}"
