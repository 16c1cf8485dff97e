"""The portal with two more pages: one that only answers, for the middleware of a new Django project, and the portal's own
frame for whoever is signed in, with nothing in it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from kip.core.allow import SIGNED_IN, allow
from kip.urls import urlpatterns as portal

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]


def bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


@allow(SIGNED_IN)
def framed(request: HttpRequest) -> HttpResponse:
    return render(request, "base.html")


urlpatterns = [path("bare", bare), path("framed", framed), *portal]
