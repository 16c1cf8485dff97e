"""Organisations are public facts; people's memberships are written only for a place the scope covers."""

from kip.core.scope import Persona
from kip.core.walls import ALL, BASE, OWN_PRACTICE, OWN_REGION, READ, Grant, Wall, reference
from practices.models import Cluster, Invitation, Membership, Municipality, Practice, Region, User

CHANGE = "SELECT, INSERT, UPDATE"
IN_REGION = (
    f"({OWN_REGION} OR EXISTS (SELECT 1 FROM practices_practice p WHERE p.id = practice_id"
    " AND p.region_id = nullif(current_setting('kip.region_id', true), '')::bigint))"
)
WALLS = [
    reference(Region),
    reference(Municipality),
    reference(Cluster, **{Persona.REGION: Grant(CHANGE)}),
    Wall(
        Practice,
        {BASE: Grant(READ), Persona.REGION: Grant(CHANGE, OWN_REGION), Persona.WORKER: Grant(ALL)},
        # Everybody may read the register of practices; the region's own policy limits only what it changes.
    ),
    Wall(User, {BASE: Grant("SELECT, INSERT, UPDATE"), Persona.WORKER: Grant(ALL)}, tenant=False),
    Wall(
        Membership,
        {
            BASE: Grant(READ),
            Persona.PRACTICE: Grant(CHANGE, OWN_PRACTICE),
            Persona.REGION: Grant(CHANGE, IN_REGION),
            Persona.SUPPORT: Grant(CHANGE),
            Persona.WORKER: Grant(ALL),
        },
    ),
    Wall(
        Invitation,
        {
            BASE: Grant("SELECT, UPDATE"),
            Persona.PRACTICE: Grant(CHANGE, OWN_PRACTICE),
            Persona.REGION: Grant(CHANGE, IN_REGION),
            Persona.SUPPORT: Grant(CHANGE),
            Persona.WORKER: Grant(ALL),
        },
    ),
]
