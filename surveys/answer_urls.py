"""Addresses of a respondent. Short, because some are typed from a letter."""

from django.urls import path

from surveys import answer_views

app_name = "answer"
urlpatterns = [
    path("", answer_views.welcome, name="welcome"),
    path("spoergsmaal/", answer_views.question, name="question"),
    path("svar/", answer_views.review, name="review"),
    path("fra/", answer_views.opt_out, name="opt_out"),
    path("fra/<str:token>/", answer_views.opt_out_link, name="opt_out_link"),
    path("i-gang/", answer_views.running, name="running"),
    path("<str:token>/", answer_views.enter, name="enter"),
]
