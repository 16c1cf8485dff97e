"""Addresses of the definitions."""

from django.urls import path

from datacapture import definition_views as views

urlpatterns = [
    path("definitioner/", views.definitions, name="definitions"),
    path("definitioner/udkast/<int:pk>/", views.draft, name="draft"),
    path("definitioner/udkast/<int:pk>/ret/", views.draft_edit, name="draft_edit"),
    path("definitioner/udkast/<int:pk>/proev/", views.draft_test, name="draft_test"),
    path("definitioner/udkast/<int:pk>/godkend/", views.draft_approve, name="draft_approve"),
    path("definitioner/udkast/<int:pk>/kasser/", views.draft_drop, name="draft_drop"),
    path("definitioner/<str:code>/", views.definition, name="definition"),
    path("definitioner/<str:code>/nyt-udkast/", views.draft_begin, name="draft_begin"),
]
