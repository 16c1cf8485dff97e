from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DatacaptureConfig(AppConfig):
    name = "datacapture"
    verbose_name = _("Data capture and feedback")
