"""Addresses of data capture: feedback pages here, intake in its own module."""

from django.urls import path

from datacapture import (
    definition_urls,
    explore_views,
    intake_urls,
    pathway_views,
    patient_views,
    population_views,
    region_views,
    release_urls,
    why_views,
)
from datacapture import feedback_views as views
from datacapture.api import urls as api_urls

app_name = "datacapture"
urlpatterns = [
    path("maalinger/", views.measures, name="measures"),
    path("maalinger/alle.csv", views.measures_csv, name="measures_csv"),
    path("maalinger/<str:code>/", views.measure, name="measure"),
    path("maalinger/<str:code>/tal.csv", views.measure_csv, name="measure_csv"),
    path("maalinger/<str:code>/noter/", views.note_add, name="note_add"),
    path("maalinger/<str:code>/noter/<int:note_id>/fjern/", views.note_remove, name="note_remove"),
    path("maalinger/<str:code>/patienter/", patient_views.patients, name="patients"),
    path("maalinger/<str:code>/patienter.csv", patient_views.patients_csv, name="patients_csv"),
    path("maalinger/<str:code>/patienter/maerk/", patient_views.patients_mark, name="patients_mark"),
    path("maalinger/<str:code>/patienter/<int:patient_id>/hvorfor/", why_views.patient_why, name="patient_why"),
    path("maalinger/<str:code>/patienter/udskriv/", patient_views.patients_print, name="patients_print"),
    path("region/arbejdsliste/", region_views.region_work, name="region_work"),
    path("region/maalinger/<str:code>/", region_views.region_measure_page, name="region_measure"),
    path("region/maalinger/<str:code>/tal.csv", region_views.region_measure_csv, name="region_measure_csv"),
    path("region/udforsk/", explore_views.explore, name="explore"),
    path("region/udforsk.csv", explore_views.explore_csv, name="explore_csv"),
    path("region/udforsk.xlsx", explore_views.explore_xlsx, name="explore_xlsx"),
    path("region/klinikker/", region_views.region_practices, name="region_practices"),
    path("region/klinikker/<int:practice_id>/", region_views.region_practice, name="region_practice"),
    path("forloeb/", pathway_views.own_pathways, name="pathways"),
    path("patienter/", population_views.own_population, name="population"),
    path("region/forloeb/", pathway_views.region_pathways, name="region_pathways"),
    path("region/befolkning/", population_views.region_population, name="region_population"),
    *intake_urls.urlpatterns,
    *release_urls.urlpatterns,
    *definition_urls.urlpatterns,
    *api_urls.urlpatterns,
]
