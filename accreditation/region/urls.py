"""Addresses of the region's accreditation office."""

from django.urls import path

from accreditation.region import committee_views, finding_views, overview_views, plan_views, pool_views, survey_views

app_name = "office"
urlpatterns = [
    path("", overview_views.overview_page, name="overview"),
    path("besoeg/", overview_views.surveys, name="surveys"),
    path("kalender/", overview_views.calendar, name="calendar"),
    path("besoeg/<int:survey_id>/", survey_views.survey, name="survey"),
    path("besoeg/<int:survey_id>/besoeg.ics", survey_views.calendar_file, name="calendar_file"),
    path("besoeg/<int:survey_id>/trin/<str:name>/", survey_views.step, name="step"),
    path("besoeg/<int:survey_id>/dag/", survey_views.visit_day, name="visit_day"),
    path("besoeg/<int:survey_id>/hold/", survey_views.team_page, name="team"),
    path("besoeg/<int:survey_id>/hold/tilfoej/", survey_views.assign, name="assign"),
    path("besoeg/<int:survey_id>/offentlig-igen/", survey_views.publish_again, name="publish_again"),
    path("hold/<int:assignment_id>/af/", survey_views.assignment_end, name="assignment_end"),
    path("hold/<int:assignment_id>/godkend/", survey_views.assignment_override, name="assignment_override"),
    path("afgoerelser/<int:decision_id>/fortael/", survey_views.decision_tell, name="decision_tell"),
    path("plan/", plan_views.cycles_page, name="cycles"),
    path("plan/ny/", plan_views.cycle_new, name="cycle_new"),
    path("plan/enkelt/", plan_views.single_new, name="single_new"),
    path("plan/<int:cycle_id>/", plan_views.cycle, name="cycle"),
    path("surveyorer/", pool_views.pool_page, name="pool"),
    path("surveyorer/<int:user_id>/", pool_views.surveyor_page, name="surveyor"),
    path("naevn/", committee_views.meetings, name="meetings"),
    path("naevn/medlemmer/", committee_views.member_save, name="member_save"),
    path("naevn/moeder/", committee_views.meeting_call, name="meeting_call"),
    path("naevn/stikproeve/", committee_views.sample_draw, name="sample_draw"),
    path("naevn/moeder/<int:meeting_id>/", committee_views.meeting, name="meeting"),
    path("naevn/moeder/<int:meeting_id>/sager/", committee_views.agenda_add, name="agenda_add"),
    path("naevn/moeder/<int:meeting_id>/send/", committee_views.agenda_send, name="agenda_send"),
    path("naevn/moeder/<int:meeting_id>/luk/", committee_views.meeting_close, name="meeting_close"),
    path("naevn/pladser/<int:seat_id>/", committee_views.presence, name="presence"),
    path("fund/", finding_views.findings_page, name="findings"),
    path("fund/tal.csv", finding_views.findings_csv, name="findings_csv"),
    path("offentliggoerelser/<int:publication_id>/tag-tilbage/", survey_views.take_back, name="take_back"),
]
