from django.apps import AppConfig
from django.core.checks import Tags, register

from kip.core import checks


class CoreConfig(AppConfig):
    name = "kip.core"
    label = "core"

    def ready(self) -> None:
        register(checks.login_is_harmless, Tags.database, deploy=True)
