"""Addresses of a practice's surveys of its patients."""

from django.urls import path, re_path

from surveys.practice import views

app_name = "surveys"
urlpatterns = [
    path("", views.campaigns, name="campaigns"),
    path("ny/", views.new, name="new"),
    path("<int:pk>/", views.campaign, name="campaign"),
    path("<int:pk>/liste/", views.people, name="people"),
    path("<int:pk>/svar/", views.results, name="results"),
    re_path(r"^(?P<pk>\d+)/(?P<name>start|cancel|close|empty)/$", views.step, name="step"),
]
