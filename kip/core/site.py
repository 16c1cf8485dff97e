"""Where the portal is reached from outside, for links in mails."""

from django.conf import settings


def site() -> str:
    """The portal's own address, without a slash at the end."""
    host = settings.ALLOWED_HOSTS[0].lstrip(".")
    return f"https://{host}" if settings.PRODUCTION else f"http://{host}:8000"
