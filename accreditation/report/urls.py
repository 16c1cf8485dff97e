"""Addresses of the report, below /akkreditering/rapport/."""

from django.urls import path

from accreditation.report import views

app_name = "survey_report"
urlpatterns = [
    path("<int:survey_id>/<int:round_number>/", views.page, name="page"),
    path("<int:survey_id>/<int:round_number>/rapport.pdf", views.pdf, name="pdf"),
]
