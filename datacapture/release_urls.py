"""Addresses of the releases."""

from django.urls import path

from datacapture import release_views as views

ADDRESSES = {
    "check": "kontrolleret",
    "approve": "godkend",
    "publish": "udgiv",
    "stop": "stop",
    "resume": "fortsaet",
    "withdraw": "traek-tilbage",
    "correct": "ret",
}
urlpatterns = [
    path("dataudgaver/", views.releases, name="releases"),
    path("dataudgaver/begynd/", views.begin, name="release_begin"),
    path("dataudgaver/<int:pk>/", views.release, name="release"),
    *(
        path(f"dataudgaver/<int:pk>/{address}/", views.step, {"name": name}, name=f"release_{name}")
        for name, address in ADDRESSES.items()
    ),
]
