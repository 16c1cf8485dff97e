from django.urls import path
from django.views.i18n import set_language

from kip.core.allow import ANYONE, allow
from kip.portal import views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("rolle/", views.switch_role, name="switch_role"),
    path("opslag/", views.who_looked, name="who_looked"),
    path("bliv/", views.keep_alive, name="keep_alive"),
    path("was", views.accessibility_statement, name="was"),
    path("privatliv/", views.privacy, name="privacy"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
]
public_urlpatterns = [path("sprog/", allow(ANYONE)(set_language), name="set_language")]
