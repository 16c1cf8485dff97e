"""Addresses of the surveyors' visits. All of them begin with /besoeg/, which is the service worker's whole world."""

from django.urls import path

from accreditation.visit import device_views, own_views, plan_views, rating_views, report_views

app_name = "visit"
urlpatterns = [
    path("", own_views.visits, name="visits"),
    path("mig/", own_views.own, name="own"),
    path("mig/tilknytning/", own_views.tie_add, name="tie_add"),
    path("mig/tilknytning/<int:tie_id>/", own_views.tie_end, name="tie_end"),
    path("mig/dage/", own_views.days_add, name="days_add"),
    path("mig/dage/<int:days_id>/", own_views.days_remove, name="days_remove"),
    path("sw.js", device_views.worker, name="worker"),
    path("enhed/<str:language>/", device_views.shell, name="shell"),
    path("noegle.json", device_views.key, name="key"),
    path("enheder/<uuid:device_id>/slettet/", device_views.wiped, name="wiped"),
    path("<int:survey_id>/", plan_views.plan, name="plan"),
    path("<int:survey_id>/besoeg.ics", own_views.calendar, name="calendar"),
    path("<int:survey_id>/ja/", own_views.accept, name="accept"),
    path("<int:survey_id>/nej/", own_views.decline, name="decline"),
    path("<int:survey_id>/opkald/", plan_views.call_log, name="call_log"),
    path("<int:survey_id>/trin/<str:name>/", plan_views.step, name="step"),
    path("<int:survey_id>/overblik/", plan_views.overview, name="overview"),
    path("<int:survey_id>/samtale/", plan_views.talk, name="talk"),
    path("<int:survey_id>/indikator/<str:number>/", rating_views.point, name="point"),
    path("<int:survey_id>/indikator/<str:number>/vurder/", rating_views.rate, name="rate"),
    path("<int:survey_id>/indikator/<str:number>/vaelg/", rating_views.choose, name="choose"),
    path("<int:survey_id>/indikator/<str:number>/note/", rating_views.note_add, name="note_add"),
    path("<int:survey_id>/indikator/<str:number>/foto/", rating_views.photo_add, name="photo_add"),
    path("<int:survey_id>/indikator/<str:number>/kritisk/", rating_views.critical_add, name="critical_add"),
    path("<int:survey_id>/noter/<uuid:note_id>/fjern/", rating_views.note_remove, name="note_remove"),
    path("<int:survey_id>/noter/<uuid:note_id>/foto/", rating_views.photo, name="photo"),
    path("<int:survey_id>/dokumentation/<int:evidence_id>/", rating_views.evidence, name="evidence"),
    path("<int:survey_id>/rapport/", report_views.report, name="report"),
    path("<int:survey_id>/rapport/opsummering/", report_views.summarise, name="summarise"),
    path("<int:survey_id>/rapport/enig/", report_views.agree, name="agree"),
    path("<int:survey_id>/rapport/opfoelgning/", report_views.raise_kind, name="raise_kind"),
    path("<int:survey_id>/hoering/", report_views.hearing, name="hearing"),
    path("<int:survey_id>/hoering/<int:point_id>/", report_views.point_answer, name="point_answer"),
    path("<int:survey_id>/enheder/<uuid:device_id>/", device_views.register, name="register"),
    path("<int:survey_id>/besoeg.json", device_views.bundle, name="bundle"),
    path("<int:survey_id>/send.json", device_views.sync, name="sync"),
    path("<int:survey_id>/foto.json", device_views.photo, name="device_photo"),
]
