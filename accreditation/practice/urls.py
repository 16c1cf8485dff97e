"""Addresses of the practice's own accreditation, all below /akkreditering/."""

from django.urls import path

from accreditation.practice import after_views, evidence_views, home_views, point_views, self_views

app_name = "accreditation"
urlpatterns = [
    path("", home_views.home, name="home"),
    path("<int:survey_id>/", home_views.survey, name="survey"),
    path("<int:survey_id>/kontakt/", home_views.contact, name="contact"),
    path("<int:survey_id>/dispensation/", home_views.dispensation, name="dispensation"),
    path("<int:survey_id>/dispensation/<int:dispensation_id>/", home_views.reconfirm, name="reconfirm"),
    path("<int:survey_id>/begynd/", home_views.begin, name="begin"),
    path("<int:survey_id>/fortsaet/", home_views.resume, name="resume"),
    path("<int:survey_id>/besoeg.ics", home_views.calendar, name="calendar"),
    path("<int:survey_id>/frister.ics", home_views.deadlines, name="deadlines"),
    path("<int:survey_id>/klinikken/", self_views.people, name="people"),
    path("<int:survey_id>/selvvurdering/", self_views.tasks, name="tasks"),
    path("<int:survey_id>/selvvurdering/naeste/", self_views.next_point, name="next"),
    path("<int:survey_id>/aflever/", self_views.check, name="check"),
    path("<int:survey_id>/punkt/<str:number>/", point_views.point, name="point"),
    path("<int:survey_id>/punkt/<str:number>/svar/", point_views.answer, name="answer"),
    path("<int:survey_id>/punkt/<str:number>/gem/", point_views.keep, name="keep"),
    path("<int:survey_id>/punkt/<str:number>/relevans/", point_views.relevance, name="relevance"),
    path("<int:survey_id>/punkt/<str:number>/fil/", evidence_views.add_at, name="add_at"),
    path("<int:survey_id>/punkt/<str:number>/egne/", evidence_views.own_at, name="own_at"),
    path("<int:survey_id>/punkt/<str:number>/andet/", evidence_views.existing_at, name="existing_at"),
    path("<int:survey_id>/punkt/<str:number>/opfoelgning/", after_views.follow_up_answer, name="follow_up_answer"),
    path("<int:survey_id>/dokumentation/", evidence_views.evidence, name="evidence"),
    path("<int:survey_id>/dokumentation/ny/", evidence_views.add, name="add"),
    path("<int:survey_id>/dokumentation/<int:evidence_id>/", evidence_views.one_evidence, name="one_evidence"),
    path("<int:survey_id>/dokumentation/<int:evidence_id>/fil/", evidence_views.open_file, name="open_file"),
    path("<int:survey_id>/dokumentation/<int:evidence_id>/slet/", evidence_views.remove, name="remove"),
    path("<int:survey_id>/deling/<int:link_id>/", evidence_views.share, name="share"),
    path("<int:survey_id>/deling/<int:link_id>/fjern/", evidence_views.unlink, name="unlink"),
    path("<int:survey_id>/kritisk/<uuid:finding_id>/", after_views.critical, name="critical"),
    path("<int:survey_id>/rapport/", after_views.report, name="report"),
    path("<int:survey_id>/side-om-side/", after_views.compare, name="compare"),
    path("<int:survey_id>/hoering/", after_views.hearing_page, name="hearing"),
    path("<int:survey_id>/hoering/punkt/", after_views.object_to, name="object"),
    path("<int:survey_id>/hoering/send/", after_views.reply, name="reply"),
    path("<int:survey_id>/opfoelgning/", after_views.follow_up, name="follow_up"),
    path("<int:survey_id>/opfoelgning/send/", after_views.follow_up_send, name="follow_up_send"),
    path("<int:survey_id>/afgoerelse/", after_views.decision, name="decision"),
    path("<int:survey_id>/afgoerelse/klage/", after_views.appeal, name="appeal"),
]
