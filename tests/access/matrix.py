"""Who may open what: one row per URL of the portal. A URL without a row fails the test.

Columns are personas in the order of `PERSONAS`. Signs: `y` opens, `-` does not exist for that role (404), `>` is sent on
to sign in, `k` asks for a key (401). `own` and `foreign` name how a URL's arguments are made (tests/access/objects.py).
"""

from dataclasses import dataclass

PERSONAS = ("anonymous", "practice", "region", "risk", "surveyor", "committee", "national", "support")
EVERYBODY, SIGNED_IN, KEY = "yyyyyyyy", ">yyyyyyy", "kkkkkkkk"
# The interface asks for a key where pages lead to sign-in; a session opens it as well.
READERS, OWN_FIGURES, AREA_FIGURES = "kyyyyyyy", "ky------", "k-y-----"
SURVEYS = "kyy-----"
NO_LINK = "--------"
RELEASES, ANALYST = ">-y---y-", ">-----y-"
NOBODY, PRACTICE, REGION = ">-------", ">y------", ">-y-----"
OPERATOR = ">------y"
SURVEYOR = ">---y---"
COMMITTEE = ">----y--"
PLACES, PRACTICE_AND_REGION = ">yy----y", ">yy-----"


@dataclass(frozen=True)
class Row:
    """`opens` holds one sign per persona. `own` and `foreign` are URL arguments; a foreign object answers 404."""

    opens: str
    own: tuple[str, ...] = ()
    foreign: tuple[str, ...] | None = None
    method: str = "get"


def about(kind: str, opens: str, method: str = "get") -> Row:
    """A URL that names one object of a practice."""
    return Row(opens, (f"own_{kind}",), (f"foreign_{kind}",), method)


def point(own: str = "own_planned_survey") -> Row:
    """A URL that names a point of a practice's survey."""
    return Row(PRACTICE, (own, "own_indicator"), ("foreign_planned_survey", "own_indicator"))


def of_survey(kind: str, method: str = "get", survey: str = "begun_survey") -> Row:
    """A URL that names something of a practice's survey; a neighbour's does not exist in the own survey."""
    return Row(PRACTICE, (f"own_{survey}", f"own_{kind}"), (f"own_{survey}", f"foreign_{kind}"), method)


MATRIX: dict[str, Row] = {
    "portal:home": Row(SIGNED_IN),
    "portal:switch_role": Row(SIGNED_IN),
    "portal:who_looked": Row(PRACTICE),
    # Anybody's parked work: the operator sees its kind and never whose it is.
    "portal:run_again": Row(OPERATOR, ("own_report",), method="post"),
    "portal:keep_alive": Row(SIGNED_IN, method="post"),
    # The token is the door, signed in or not; it names one person's mail of one practice.
    "portal:digest_settings": Row(PRACTICE),
    "portal:digest_stop": Row(EVERYBODY, ("own_digest_token",)),
    "portal:was": Row(EVERYBODY),
    # A respondent has no account: without a link nothing exists, and an address with one only hands over a cookie.
    "answer:welcome": Row(NO_LINK),
    "answer:question": Row(NO_LINK),
    "answer:review": Row(NO_LINK),
    "answer:opt_out": Row(NO_LINK),
    "answer:running": Row(EVERYBODY),
    "answer:opt_out_link": Row(EVERYBODY, ("own_answer_token",)),
    "answer:enter": Row(EVERYBODY, ("own_answer_token",)),
    "portal:privacy": Row(EVERYBODY),
    "portal:healthz": Row(EVERYBODY),
    "portal:readyz": Row(EVERYBODY),
    "set_language": Row(EVERYBODY, method="post"),
    "practices:people": Row(PLACES),
    "practices:invite": Row(PLACES),
    "practices:end_membership": about("membership", PRACTICE_AND_REGION),
    "practices:withdraw_invitation": about("invitation", PRACTICE_AND_REGION, "post"),
    # The token is the door: whoever holds it may look, and only the person it is meant for can use it.
    "practices:accept_invitation": Row(EVERYBODY, ("own_token",)),
    "practices:register": Row(REGION),
    "practices:register_csv": Row(REGION),
    "practices:import_file": Row(REGION),
    # The rows of an import exist for the person who sent them only (tests/practices/test_import.py).
    "practices:import_preview": Row(NOBODY, ("own_token",), ("foreign_token",)),
    "practices:practice": about("practice", REGION),
    "practices:close": about("practice", REGION),
    "practices:merge": about("practice", REGION),
    "practices:split": about("practice", REGION),
    "practices:move": about("practice", REGION),
    "datacapture:measures": Row(PRACTICE),
    # A measure is the same for everybody; whose figures come with it follows from the scope.
    "datacapture:measure": Row(PRACTICE, ("own_measure",)),
    "datacapture:measure_csv": about("measure", PRACTICE),
    "datacapture:patients": Row(PRACTICE, ("own_measure",)),
    "datacapture:patients_csv": Row(PRACTICE, ("own_measure",)),
    "datacapture:patients_print": Row(PRACTICE, ("own_measure",)),
    # Ids in the form that are no patients of the own practice are left out (tests/datacapture/test_patient_pages.py).
    "datacapture:patients_mark": Row(PRACTICE, ("own_measure",)),
    "datacapture:patient_why": Row(PRACTICE, ("own_measure", "own_patient"), ("own_measure", "foreign_patient")),
    "datacapture:measures_csv": Row(PRACTICE),
    "datacapture:note_add": Row(PRACTICE, ("own_measure",)),
    "datacapture:note_remove": Row(PRACTICE, ("own_measure", "own_note"), ("own_measure", "foreign_note"), method="post"),
    "datacapture:region_work": Row(REGION),
    "datacapture:region_measure": Row(REGION, ("own_measure",)),
    "datacapture:region_measure_csv": Row(REGION, ("own_measure",)),
    "datacapture:explore": Row(REGION),
    "datacapture:explore_csv": Row(REGION),
    "datacapture:explore_xlsx": Row(REGION),
    "datacapture:region_practices": Row(REGION),
    "datacapture:region_practice": about("practice", REGION),
    "datacapture:pathways": Row(PRACTICE),
    "datacapture:population": Row(PRACTICE),
    "datacapture:region_pathways": Row(REGION),
    "datacapture:region_population": Row(REGION),
    "datacapture:deliveries": Row(PRACTICE),
    "datacapture:upload": Row(PRACTICE),
    "datacapture:upload_template": Row(PRACTICE),
    "datacapture:format": Row(PRACTICE),
    "datacapture:api_schema": Row(SIGNED_IN),
    "datacapture:delivery": about("delivery", PRACTICE),
    "datacapture:delivery_progress": about("delivery", PRACTICE),
    "datacapture:delivery_send": about("delivery", PRACTICE, "post"),
    "datacapture:delivery_cancel": about("delivery", PRACTICE, "post"),
    "datacapture:delivery_rows": about("delivery", PRACTICE),
    "datacapture:data_quality": Row(PRACTICE),
    "datacapture:region_quality": Row(REGION),
    "datacapture:region_quality_practice": about("practice", REGION),
    "datacapture:agreements": Row(PRACTICE),
    "datacapture:enrol": Row(PRACTICE, ("own_purpose",)),
    "datacapture:withdraw": about("purpose", PRACTICE),
    "datacapture:api_keys": Row(PRACTICE),
    "datacapture:api_key_revoke": about("key", PRACTICE, "post"),
    "datacapture:objections": Row(PRACTICE),
    "datacapture:objection_withdraw": about("objection", PRACTICE, "post"),
    "datacapture:api_delivery": Row(KEY, method="post"),
    "datacapture:api_receipt": Row(KEY, ("own_delivery",)),
    "datacapture:api_releases": Row(READERS),
    "datacapture:api_release": Row(READERS, ("own_release",)),
    "datacapture:api_indicators": Row(READERS),
    "datacapture:api_indicator": Row(READERS, ("own_measure",)),
    "datacapture:api_results": Row(OWN_FIGURES),
    "datacapture:api_areas": Row(AREA_FIGURES),
    # A release is the country's own: there is no foreign one. Who may take a step follows from the role and the state.
    "datacapture:releases": Row(RELEASES),
    "datacapture:release": Row(RELEASES, ("own_release",)),
    "datacapture:release_begin": Row(ANALYST, method="post"),
    "datacapture:release_check": Row(ANALYST, ("own_prepared_release",)),
    "datacapture:release_approve": Row(REGION, ("own_checked_release",)),
    "datacapture:release_publish": Row(ANALYST, ("own_approved_release",)),
    "datacapture:release_stop": Row(ANALYST, ("own_counting_release",)),
    "datacapture:release_resume": Row(ANALYST, ("own_stopped_release",)),
    "datacapture:release_withdraw": Row(ANALYST, ("own_prepared_release",)),
    "datacapture:release_correct": Row(ANALYST, ("own_release",)),
    # What a measure means is no secret; a draft is for those who write and check definitions, and for nobody twice.
    "datacapture:definitions": Row(SIGNED_IN),
    "datacapture:definition": Row(SIGNED_IN, ("own_measure",)),
    "datacapture:draft_begin": Row(ANALYST, ("own_measure",), method="post"),
    "datacapture:draft": Row(ANALYST, ("own_draft",)),
    "datacapture:draft_edit": Row(NOBODY, ("own_draft",)),
    "datacapture:draft_test": Row(ANALYST, ("own_draft",), method="post"),
    "datacapture:draft_approve": Row(ANALYST, ("own_draft",)),
    "datacapture:draft_drop": Row(ANALYST, ("own_draft",), method="post"),
    # A surveyor's visits. What is shared exists while its window is open: tests/accreditation/visit walks those pages.
    "visit:visits": Row(SURVEYOR),
    "visit:own": Row(SURVEYOR),
    "visit:tie_add": Row(SURVEYOR),
    "visit:tie_end": Row(NOBODY, ("own_number",), method="post"),
    "visit:days_add": Row(SURVEYOR),
    "visit:days_remove": Row(NOBODY, ("own_number",), method="post"),
    # Kept by the browser for work without network: the same for everybody, and nobody is named.
    "visit:worker": Row(EVERYBODY),
    "visit:shell": Row(EVERYBODY, ("own_language",)),
    "visit:key": Row(SURVEYOR),
    "visit:wiped": Row(NOBODY, ("own_device",), method="post"),
    "visit:plan": Row(SURVEYOR, ("own_visit",)),
    "visit:calendar": Row(SURVEYOR, ("own_visit",)),
    "visit:accept": Row(SURVEYOR, ("own_visit",), method="post"),
    "visit:decline": Row(SURVEYOR, ("own_visit",)),
    "visit:call_log": Row(SURVEYOR, ("own_visit",)),
    "visit:step": Row(SURVEYOR, ("own_visit", "own_step"), method="post"),
    "visit:overview": Row(NOBODY, ("own_visit",)),
    "visit:talk": Row(NOBODY, ("own_visit",)),
    "visit:point": Row(NOBODY, ("own_visit", "own_indicator")),
    "visit:rate": Row(NOBODY, ("own_visit", "own_indicator"), method="post"),
    "visit:choose": Row(NOBODY, ("own_visit", "own_indicator"), method="post"),
    "visit:note_add": Row(NOBODY, ("own_visit", "own_indicator"), method="post"),
    "visit:photo_add": Row(NOBODY, ("own_visit", "own_indicator"), method="post"),
    "visit:critical_add": Row(NOBODY, ("own_visit", "own_indicator"), method="post"),
    "visit:note_remove": Row(NOBODY, ("own_visit", "own_device"), method="post"),
    "visit:photo": Row(NOBODY, ("own_visit", "own_device")),
    "visit:evidence": Row(NOBODY, ("own_visit", "own_number")),
    "visit:report": Row(NOBODY, ("own_visit",)),
    "visit:summarise": Row(NOBODY, ("own_visit",), method="post"),
    "visit:agree": Row(NOBODY, ("own_visit",), method="post"),
    "visit:raise_kind": Row(NOBODY, ("own_visit",), method="post"),
    "visit:hearing": Row(NOBODY, ("own_visit",)),
    "visit:point_answer": Row(NOBODY, ("own_visit", "own_number"), method="post"),
    "visit:register": Row(NOBODY, ("own_visit", "own_device"), method="post"),
    "visit:bundle": Row(NOBODY, ("own_visit",)),
    "visit:sync": Row(NOBODY, ("own_visit",), method="post"),
    "visit:device_photo": Row(NOBODY, ("own_visit",), method="post"),
    # The region's accreditation office. A survey, a cycle, a meeting and their rows are the region's own.
    "office:overview": Row(REGION),
    "office:surveys": Row(REGION),
    "office:calendar": Row(REGION),
    "office:survey": about("planned_survey", REGION),
    "office:calendar_file": about("planned_survey", REGION),
    "office:step": Row(REGION, ("own_planned_survey", "own_office_step"), ("foreign_planned_survey", "own_office_step")),
    "office:visit_day": about("planned_survey", REGION),
    "office:team": about("planned_survey", REGION),
    "office:assign": about("planned_survey", REGION, "post"),
    "office:cycles": Row(REGION),
    "office:cycle_new": Row(REGION),
    "office:single_new": Row(REGION),
    "office:cycle": about("cycle", REGION),
    "office:pool": Row(REGION),
    # Surveyors work for every region, so each region's administrator keeps the pool.
    "office:surveyor": Row(REGION, ("own_surveyor",), ("own_number",)),
    "office:meetings": Row(REGION),
    "office:member_save": Row(REGION),
    "office:meeting_call": Row(REGION),
    "office:sample_draw": Row(REGION),
    "office:meeting": about("meeting", REGION),
    "office:agenda_add": Row(NOBODY, ("own_meeting",), ("foreign_meeting",), "post"),  # without a survey there is nothing to add
    "office:agenda_send": about("meeting", REGION, "post"),
    "office:meeting_close": about("meeting", REGION),
    "office:presence": about("seat", REGION, "post"),
    "office:findings": Row(REGION),
    "office:findings_csv": Row(REGION),
    "office:publish_again": about("planned_survey", REGION, "post"),
    "office:assignment_end": about("assignment", REGION),
    "office:assignment_override": about("assignment", REGION),
    "office:decision_tell": Row(REGION, ("own_decision",), method="post"),
    "office:take_back": Row(REGION, ("own_publication",)),
    # A committee member sees the cases of the own open meetings: tests/accreditation/committee walks those pages.
    "committee:meetings": Row(COMMITTEE),
    "committee:ties": Row(COMMITTEE),
    "committee:tie_end": Row(NOBODY, ("own_number",)),
    "committee:presence": Row(COMMITTEE, ("own_agenda_meeting",), method="post"),
    "committee:close": Row(COMMITTEE, ("own_agenda_meeting",)),
    "committee:case": Row(COMMITTEE, ("own_case",)),
    "committee:decide": Row(COMMITTEE, ("own_case",)),
    "committee:read": Row(COMMITTEE, ("own_case",)),
    "committee:step_out": Row(COMMITTEE, ("own_case",)),
    # Published decisions are everybody's.
    "public:decisions": Row(EVERYBODY),
    "public:words": Row(EVERYBODY),
    "public:practice": Row(EVERYBODY, ("own_published",)),
    # The report of a survey: a draft for the practice and its team, the final one for the region and the open agenda as well.
    "survey_report:page": Row(">yy-----", ("own_report_of", "own_round"), ("foreign_report_of", "own_round")),
    "survey_report:pdf": Row(">yy-----", ("own_report_of", "own_round"), ("foreign_report_of", "own_round")),
    # Standards and published decisions are open to anybody, with or without a key.
    "survey_api:editions": Row(EVERYBODY),
    "survey_api:edition": Row(EVERYBODY, ("own_edition",)),
    "survey_api:publications": Row(EVERYBODY),
    "survey_api:surveys": Row(SURVEYS),
    "survey_api:report": Row(SURVEYS, ("own_report_of", "own_round"), ("foreign_report_of", "own_round")),
    # A practice's own accreditation. Which role of it may take a step: tests/accreditation/practice.
    "surveys:campaigns": Row(PRACTICE),
    "surveys:new": Row(PRACTICE),
    "surveys:campaign": about("campaign", PRACTICE),
    "surveys:people": about("campaign", PRACTICE),
    "surveys:results": about("campaign", PRACTICE),
    "surveys:step": Row(PRACTICE, ("own_campaign", "own_step_name"), ("foreign_campaign", "own_step_name"), "post"),
    "accreditation:home": Row(PRACTICE),
    "accreditation:survey": about("planned_survey", PRACTICE),
    "accreditation:contact": about("planned_survey", PRACTICE),
    "accreditation:dispensation": about("planned_survey", PRACTICE),
    "accreditation:reconfirm": Row(NOBODY, ("own_planned_survey", "own_number"), method="post"),
    "accreditation:begin": about("planned_survey", PRACTICE, "post"),
    "accreditation:resume": about("planned_survey", PRACTICE, "post"),
    "accreditation:calendar": about("planned_survey", PRACTICE),
    "accreditation:deadlines": about("planned_survey", PRACTICE),
    "accreditation:people": about("planned_survey", PRACTICE),
    "accreditation:tasks": about("planned_survey", PRACTICE),
    "accreditation:next": about("planned_survey", PRACTICE),
    "accreditation:check": about("planned_survey", PRACTICE),
    "accreditation:point": point("own_begun_survey"),
    "accreditation:answer": point(),
    "accreditation:keep": point(),
    "accreditation:relevance": point(),
    "accreditation:add_at": point(),
    "accreditation:own_at": point(),
    "accreditation:existing_at": point(),
    "accreditation:follow_up_answer": point(),
    "accreditation:evidence": about("planned_survey", PRACTICE),
    "accreditation:add": about("planned_survey", PRACTICE),
    "accreditation:one_evidence": of_survey("evidence"),
    "accreditation:open_file": Row(NOBODY, ("own_planned_survey", "own_number")),
    "accreditation:remove": of_survey("evidence"),
    "accreditation:share": of_survey("link", "post"),
    "accreditation:unlink": of_survey("link", "post"),
    "accreditation:critical": of_survey("finding", survey="visited_survey"),
    "accreditation:report": about("planned_survey", PRACTICE),
    "accreditation:compare": about("planned_survey", PRACTICE),
    "accreditation:hearing": about("planned_survey", PRACTICE),
    "accreditation:object": about("planned_survey", PRACTICE),
    "accreditation:reply": about("planned_survey", PRACTICE),
    "accreditation:follow_up": about("planned_survey", PRACTICE),
    "accreditation:follow_up_send": about("planned_survey", PRACTICE, "post"),
    "accreditation:decision": about("planned_survey", PRACTICE),
    "accreditation:appeal": about("planned_survey", PRACTICE),
    "reports:practice_report": Row(PRACTICE),
    "reports:progress": about("report", PRACTICE),
    "reports:download": about("report", PRACTICE),
}
# Sign-in pages of the library: open, and they decide themselves (tests/practices).
LIBRARY = ("account_", "mfa_", "usersessions_", "socialaccount_", "saml_", "openid_connect_", "unnamed social/")
# Roles that share a persona with a wider one, and what of its pages does not exist for them.
MANAGERS = (
    "datacapture:enrol", "datacapture:withdraw", "datacapture:api_keys", "datacapture:api_key_revoke",
    "practices:invite", "practices:end_membership", "practices:withdraw_invitation",
)  # fmt: skip
KEEPERS = (
    "practices:invite", "practices:end_membership", "practices:withdraw_invitation", "practices:import_file",
    "practices:close", "practices:merge", "practices:split", "practices:move",
)  # fmt: skip
OFFICE_KEEPERS = (
    "office:visit_day", "office:team", "office:assign", "office:cycles", "office:cycle_new", "office:single_new", "office:pool",
    "office:surveyor", "office:meetings", "office:member_save", "office:meeting_call", "office:sample_draw", "office:meeting",
    "office:agenda_send", "office:meeting_close", "office:presence", "office:publish_again", "office:assignment_end",
    "office:assignment_override", "office:decision_tell", "office:take_back",
)  # fmt: skip
NARROWER: dict[str, tuple[str, ...]] = {
    "clinician": MANAGERS,
    "practice_assistant": (*MANAGERS, "datacapture:objections", "datacapture:objection_withdraw"),
    "quality_consultant": (*KEEPERS, *OFFICE_KEEPERS, "datacapture:release_approve"),
}
