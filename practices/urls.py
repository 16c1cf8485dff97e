from django.urls import path

from practices import register_views, views

app_name = "practices"
urlpatterns = [
    path("personer/", views.people, name="people"),
    path("personer/inviter/", views.invite, name="invite"),
    path("personer/<int:pk>/afslut/", views.end_membership, name="end_membership"),
    path("personer/invitation/<int:pk>/traek/", views.withdraw_invitation, name="withdraw_invitation"),
    path("invitation/<str:token>/", views.accept_invitation, name="accept_invitation"),
    path("register/", register_views.register, name="register"),
    path("register/csv", register_views.register_csv, name="register_csv"),
    path("register/indlaes/", register_views.import_file, name="import_file"),
    path("register/indlaes/<str:key>/", register_views.import_preview, name="import_preview"),
    path("register/<int:pk>/", register_views.practice, name="practice"),
    path("register/<int:pk>/luk/", register_views.close, name="close"),
    path("register/<int:pk>/sammenlaeg/", register_views.merge, name="merge"),
    path("register/<int:pk>/del/", register_views.split, name="split"),
    path("register/<int:pk>/flyt/", register_views.move, name="move"),
]
