from django.apps import AppConfig
from django.core.checks import Tags, register
from django.utils.module_loading import autodiscover_modules

from kip.core import checks


class CoreConfig(AppConfig):
    name = "kip.core"
    label = "core"

    def ready(self) -> None:
        # Jobs, interface descriptions, checks and offers of evidence register themselves when imported; models are ready here.
        autodiscover_modules("jobs", "api_schema", "checks", "offers")
        register(checks.login_is_harmless, Tags.database, deploy=True)
