"""Sign-in rules for django-allauth: nobody signs up, a provider only signs in people we know."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest


class InvitedOnlyAccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def format_email_subject(self, subject: str) -> str:
        """The portal's name first, not the name in the library's table of sites."""
        return f"KIP: {subject}"


class KnownPersonSocialAdapter(DefaultSocialAccountAdapter):
    """An account at a provider is linked to a person by invitation, never made from the provider's claims."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False
