from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "kip.reports"
    label = "reports"
