"""Who may open what: one row per URL of the portal. A URL without a row fails the test.

Columns are personas in the order of `PERSONAS`. Signs: `y` opens, `-` does not exist for that role (404), `>` is sent on
to sign in. `arguments` names how a URL's arguments are made from the test's country, own and foreign.
"""

from dataclasses import dataclass

PERSONAS = ("anonymous", "practice", "region", "risk", "surveyor", "committee", "national", "support")
EVERYBODY, SIGNED_IN = "yyyyyyyy", ">yyyyyyy"
PRACTICE, REGION, PRACTICE_AND_REGION = ">y------", ">-y-----", ">yy-----"


@dataclass(frozen=True)
class Row:
    """`opens` holds one sign per persona. `own` and `foreign` are URL arguments; a foreign object answers 404."""

    opens: str
    own: tuple[str, ...] = ()
    foreign: tuple[str, ...] | None = None
    method: str = "get"


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
}
# Sign-in pages of the library: open, and they decide themselves (tests/practices).
LIBRARY = ("account_", "mfa_", "usersessions_", "socialaccount_", "saml_", "openid_connect_")
