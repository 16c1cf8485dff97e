from django.urls import path
from django.views.i18n import set_language

from kip.core.allow import ANYONE, allow
from kip.portal import digest_views, operations_views, views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("rolle/", views.switch_role, name="switch_role"),
    path("opslag/", views.who_looked, name="who_looked"),
    path("drift/arbejde/<uuid:pk>/igen/", operations_views.run_again, name="run_again"),
    path("mail/", digest_views.digest_settings, name="digest_settings"),
    path("mail/stop/<str:token>/", digest_views.digest_stop, name="digest_stop"),
    path("bliv/", views.keep_alive, name="keep_alive"),
    path("was", views.accessibility_statement, name="was"),
    path("privatliv/", views.privacy, name="privacy"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
]
public_urlpatterns = [path("sprog/", allow(ANYONE)(set_language), name="set_language")]
