from django.urls import path

from kip.reports import views

app_name = "reports"
urlpatterns = [
    path("rapport/", views.practice_report, name="practice_report"),
    path("rapport/<uuid:job_id>/", views.progress, name="progress"),
    path("rapport/<uuid:job_id>/hent/", views.download, name="download"),
]
