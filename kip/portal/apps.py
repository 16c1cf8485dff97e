from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "kip.portal"
    label = "portal"
