"""Who may touch the tables of patient surveys.

No persona of a practice, a region or the country reads an answer, an invitation or an address: they read figures that the
worker has let out. A respondent has no name, only the digest of a link; it opens that one invitation, its draft and the form.
"""

from kip.core.scope import Persona
from kip.core.walls import ALL, BASE, OWN_LINK, OWN_PRACTICE, OWN_REGION, READ, Grant, Wall
from surveys.models import (
    Asked,
    BreakCell,
    Campaign,
    CampaignUnit,
    Comment,
    Contact,
    Draft,
    Figure,
    Invitation,
    OpenChannel,
    PublicResult,
    QuestionnaireVersion,
    Response,
    SealedAnswer,
    Suppression,
)

WORKER = {Persona.WORKER: Grant(ALL)}
OUR_PRACTICES = (
    "practice_id = ANY (ARRAY(SELECT p.id FROM practices_practice p"
    " WHERE p.region_id = nullif(current_setting('kip.region_id', true), '')::bigint))"
)
# The campaign and practice of the link at hand; functions of migration 0002 that answer for one digest only.
LINKED_CAMPAIGN = "campaign_id = (SELECT surveys_link_campaign())"
LINKED = f"{LINKED_CAMPAIGN} AND practice_id = (SELECT surveys_link_practice())"
ASKED_WITH = (
    "id = ANY (ARRAY(SELECT u.campaign_id FROM surveys_campaignunit u"
    " WHERE u.practice_id = nullif(current_setting('kip.practice_id', true), '')::bigint)) AND state <> 'draft'"
)
PLANS = (
    "title, version_id, content, state, first_day, last_day, reminders, target, subjects, controller, legal_basis, contact,"
    " started_at, closed_at"
)
WALLS = [
    # Everybody may see what is asked; a region's draft is its own.
    Wall(
        QuestionnaireVersion,
        {BASE: Grant(READ, "state <> 'draft'"), Persona.REGION: Grant("SELECT, INSERT, UPDATE", OWN_REGION), **WORKER},
    ),
    Wall(
        Campaign,
        {
            Persona.PRACTICE: Grant(f"SELECT, INSERT, UPDATE ({PLANS})", OWN_PRACTICE),
            Persona.REGION: Grant(f"SELECT, INSERT, UPDATE ({PLANS})", f"{OWN_REGION} AND practice_id IS NULL"),
            Persona.RESPONDENT: Grant(READ, LINKED_CAMPAIGN.replace("campaign_id", "id", 1)),
            Persona.NATIONAL: Grant(READ, "practice_id IS NULL AND state <> 'draft'"),
            **WORKER,
        },
        extra=(
            f'CREATE POLICY "{Persona.PRACTICE}_asked" ON surveys_campaign FOR SELECT TO {Persona.PRACTICE} USING ({ASKED_WITH})',
            f'CREATE POLICY "{Persona.REGION}_all" ON surveys_campaign FOR SELECT TO {Persona.REGION} USING ({OWN_REGION})',
        ),
    ),
    Wall(
        Campaign.modules.through,
        {
            BASE: Grant(READ),
            Persona.PRACTICE: Grant("INSERT, DELETE", "campaign_id IN (SELECT id FROM surveys_campaign)"),
            Persona.REGION: Grant("INSERT, DELETE", "campaign_id IN (SELECT id FROM surveys_campaign)"),
            **WORKER,
        },
    ),
    Wall(
        CampaignUnit,
        {
            Persona.PRACTICE: Grant("SELECT, INSERT, UPDATE (agreed_at, agreed_by_id, reply)", OWN_PRACTICE),
            Persona.REGION: Grant("SELECT, INSERT, UPDATE (told_at)", OUR_PRACTICES),
            Persona.RESPONDENT: Grant("SELECT (id, campaign_id, practice_id, stopped_at)", LINKED),
            **WORKER,
        },
    ),
    # An address goes in and never comes out again, but in the worker's hands.
    Wall(
        Contact,
        {
            Persona.PRACTICE: Grant("SELECT (id, campaign_id, practice_id, mode, language), INSERT, DELETE", OWN_PRACTICE),
            Persona.REGION: Grant("SELECT (id, campaign_id, practice_id, mode, language), INSERT, DELETE", OUR_PRACTICES),
            **WORKER,
        },
    ),
    Wall(
        Invitation,
        {Persona.RESPONDENT: Grant("SELECT, UPDATE (state, begun_on)", OWN_LINK), **WORKER},
        extra=(
            f"GRANT INSERT ON surveys_invitation TO {Persona.RESPONDENT}",
            # The code of a letter finds its invitation; everything after goes by the link's own digest.
            f'CREATE POLICY "{Persona.RESPONDENT}_code" ON surveys_invitation FOR SELECT TO {Persona.RESPONDENT}'
            f" USING ({OWN_LINK.replace('token_digest', 'code_digest', 1)})",
            f'CREATE POLICY "{Persona.RESPONDENT}_open" ON surveys_invitation FOR INSERT TO {Persona.RESPONDENT}'
            f" WITH CHECK ({LINKED} AND contact_id IS NULL AND mode IN ('qr', 'kiosk') AND state = 'begun')",
        ),
    ),
    Wall(
        OpenChannel,
        {
            Persona.PRACTICE: Grant(
                "SELECT (id, campaign_id, practice_id, mode, closed_at), INSERT, UPDATE (closed_at)", OWN_PRACTICE
            ),
            Persona.RESPONDENT: Grant(READ, OWN_LINK),
            **WORKER,
        },
    ),
    Wall(Draft, {Persona.RESPONDENT: Grant(ALL, OWN_LINK), **WORKER}),
    Wall(SealedAnswer, {Persona.RESPONDENT: Grant("INSERT", LINKED), **WORKER}),
    Wall(Response, WORKER),
    Wall(
        Comment,
        {
            Persona.PRACTICE: Grant(READ, f"{OWN_PRACTICE} AND state = 'approved'"),
            Persona.REGION: Grant("SELECT, UPDATE (text, state, read_by, read_on)", OUR_PRACTICES),
            **WORKER,
        },
    ),
    Wall(
        Figure,
        {
            Persona.PRACTICE: Grant(READ, f"{OWN_PRACTICE} OR practice_id IS NULL"),
            Persona.REGION: Grant(READ, f"practice_id IS NULL AND (region_id IS NULL OR {OWN_REGION})"),
            Persona.NATIONAL: Grant(READ, "practice_id IS NULL"),
            **WORKER,
        },
    ),
    # What a practice has agreed to show is for everybody, on the page for patients.
    Wall(
        PublicResult,
        {
            BASE: Grant(READ, "taken_back_at IS NULL"),
            Persona.REGION: Grant("SELECT, INSERT, UPDATE (taken_back_at, reason)", OUR_PRACTICES),
            **WORKER,
        },
    ),
    Wall(BreakCell, {Persona.REGION: Grant(READ, OWN_REGION), Persona.NATIONAL: Grant(READ), **WORKER}),
    Wall(Suppression, WORKER),
    Wall(Asked, WORKER),
]
