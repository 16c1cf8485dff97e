"""Who may open what: one row per URL of the portal. A URL without a row fails the test.

Columns are personas in the order of `PERSONAS`. Signs: `y` opens, `-` does not exist for that role (404), `>` is sent on
to sign in, `k` asks for a key (401). `own` and `foreign` name how a URL's arguments are made (tests/access/objects.py).
"""

from dataclasses import dataclass

PERSONAS = ("anonymous", "practice", "region", "risk", "surveyor", "committee", "national", "support")
EVERYBODY, SIGNED_IN, KEY = "yyyyyyyy", ">yyyyyyy", "kkkkkkkk"
NOBODY, PRACTICE, REGION = ">-------", ">y------", ">-y-----"
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


MATRIX: dict[str, Row] = {
    "portal:home": Row(SIGNED_IN),
    "portal:switch_role": Row(SIGNED_IN),
    "portal:who_looked": Row(PRACTICE),
    "portal:keep_alive": Row(SIGNED_IN, method="post"),
    "portal:was": Row(EVERYBODY),
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
    "datacapture:region_practices": Row(REGION),
    "datacapture:region_practice": about("practice", REGION),
    "datacapture:deliveries": Row(PRACTICE),
    "datacapture:upload": Row(PRACTICE),
    "datacapture:upload_template": Row(PRACTICE),
    "datacapture:delivery": about("delivery", PRACTICE),
    "datacapture:delivery_progress": about("delivery", PRACTICE),
    "datacapture:delivery_send": about("delivery", PRACTICE, "post"),
    "datacapture:delivery_cancel": about("delivery", PRACTICE, "post"),
    "datacapture:delivery_rows": about("delivery", PRACTICE),
    "datacapture:agreements": Row(PRACTICE),
    "datacapture:enrol": Row(PRACTICE, ("own_purpose",)),
    "datacapture:withdraw": about("purpose", PRACTICE),
    "datacapture:api_keys": Row(PRACTICE),
    "datacapture:api_key_revoke": about("key", PRACTICE, "post"),
    "datacapture:objections": Row(PRACTICE),
    "datacapture:objection_withdraw": about("objection", PRACTICE, "post"),
    "datacapture:api_delivery": Row(KEY, method="post"),
    "datacapture:api_receipt": Row(KEY, ("own_delivery",)),
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
NARROWER: dict[str, tuple[str, ...]] = {
    "clinician": MANAGERS,
    "practice_assistant": (*MANAGERS, "datacapture:objections", "datacapture:objection_withdraw"),
    "quality_consultant": KEEPERS,
}
