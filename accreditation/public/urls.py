"""Addresses that anybody may open: published decisions."""

from django.urls import path

from accreditation.public import views

app_name = "public"
urlpatterns = [
    path("", views.decisions, name="decisions"),
    path("ord/", views.words, name="words"),
    path("<int:practice_id>/", views.practice, name="practice"),
]
