"""Print one sign-in per role of the demo."""

from typing import Any

from django.core.management.base import BaseCommand

from datacapture.demo.signins import PASSWORD, SIGN_INS
from kip.core.scope import WORKER, activate
from practices.models import Membership


class Command(BaseCommand):
    help = "Print one sign-in per role of the demo."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Sign in with the password {PASSWORD} and one of these addresses:")
        with activate(WORKER):
            places = {
                item.user.email: str(item.practice or item.region or "")
                for item in Membership.objects.select_related("user", "practice", "region").order_by("-pk")
            }
        for sign_in in SIGN_INS:
            self.stdout.write(f"  {sign_in.address:<30} {sign_in.role.value:<24} {places.get(sign_in.address, '')}")
