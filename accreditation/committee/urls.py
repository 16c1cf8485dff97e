"""Addresses of the accreditation committee's members."""

from django.urls import path

from accreditation.committee import views

app_name = "committee"
urlpatterns = [
    path("", views.meetings, name="meetings"),
    path("tilknytning/", views.ties, name="ties"),
    path("tilknytning/<int:tie_id>/", views.tie_end, name="tie_end"),
    path("moeder/<int:meeting_id>/til-stede/", views.presence, name="presence"),
    path("moeder/<int:meeting_id>/luk/", views.close, name="close"),
    path("sager/<int:item_id>/", views.case, name="case"),
    path("sager/<int:item_id>/afgoer/", views.decide, name="decide"),
    path("sager/<int:item_id>/laest/", views.read, name="read"),
    path("sager/<int:item_id>/traed-ud/", views.step_out, name="step_out"),
]
