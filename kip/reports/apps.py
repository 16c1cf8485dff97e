from importlib import import_module

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "kip.reports"
    label = "reports"

    def ready(self) -> None:
        import_module("kip.reports.jobs")
