"""Addresses of data capture: feedback pages here, intake in its own module."""

from django.urls import path

from datacapture import feedback_views as views
from datacapture import intake_urls

app_name = "datacapture"
urlpatterns = [
    path("maalinger/", views.measures, name="measures"),
    path("maalinger/<str:code>/", views.measure, name="measure"),
    path("maalinger/<str:code>/tal.csv", views.measure_csv, name="measure_csv"),
    path("maalinger/<str:code>/patienter/", views.patients, name="patients"),
    path("maalinger/<str:code>/patienter.csv", views.patients_csv, name="patients_csv"),
    path("region/klinikker/", views.region_practices, name="region_practices"),
    path("region/klinikker/<int:practice_id>/", views.region_practice, name="region_practice"),
    *intake_urls.urlpatterns,
]
