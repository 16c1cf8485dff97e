"""Addresses of data intake; `datacapture.urls` takes these in."""

from django.urls import path

from datacapture import format_views, quality_views
from datacapture import intake_views as views

urlpatterns = [
    path("data/", views.deliveries, name="deliveries"),
    path("data/send/", views.upload, name="upload"),
    path("data/skabelon.csv", format_views.upload_template, name="upload_template"),
    path("data/format/", format_views.event_format, name="format"),
    path("data/<int:number>/", views.delivery, name="delivery"),
    path("data/<int:number>/fremdrift/", views.delivery_progress, name="delivery_progress"),
    path("data/<int:number>/gem/", views.delivery_send, name="delivery_send"),
    path("data/<int:number>/fortryd/", views.delivery_cancel, name="delivery_cancel"),
    path("data/<int:number>/linjer.csv", views.delivery_rows, name="delivery_rows"),
    path("data/kvalitet/", quality_views.data_quality, name="data_quality"),
    path("region/datakvalitet/", quality_views.region_quality, name="region_quality"),
    path("region/datakvalitet/<int:practice_id>/", quality_views.region_quality_practice, name="region_quality_practice"),
    path("aftaler/", views.agreements, name="agreements"),
    path("aftaler/<slug:code>/tilmeld/", views.enrol, name="enrol"),
    path("aftaler/<slug:code>/udmeld/", views.withdraw, name="withdraw"),
    path("noegler/", views.api_keys, name="api_keys"),
    path("noegler/<int:number>/stop/", views.api_key_revoke, name="api_key_revoke"),
    path("indsigelser/", views.objections, name="objections"),
    path("indsigelser/<int:number>/fjern/", views.objection_withdraw, name="objection_withdraw"),
]
