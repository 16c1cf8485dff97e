"""A new division of the country: what lies in a region that has ended moves to the region that follows it.

Dates and successors stand in `reference/denmark.yaml`; nothing happens before the successor's first day, and a night that is
missed is caught up by the next. What a region was told stays as it was: rows of releases keep the region they were made for.
"""

import datetime as dt
import json
from dataclasses import asdict, dataclass

from django.db import transaction
from django.db.models import Q

from kip.core import audit
from practices.enums import REGION_ROLES
from practices.models import Cluster, Invitation, Membership, Municipality, Practice, Region

# For so long a region's people also keep their role in the region that ended, whose figures stand by the old division.
LOOK_BACK = dt.timedelta(days=365)


@dataclass(frozen=True)
class Moved:
    """How much moved from one region to its successor. people: new roles in the successor."""

    region: str
    successor: str
    municipalities: int
    clusters: int
    practices: int
    people: int
    invitations: int

    @property
    def anything(self) -> bool:
        return any((self.municipalities, self.clusters, self.practices, self.people, self.invitations))


@transaction.atomic
def follow_successors(today: dt.date) -> list[Moved]:
    """Move municipalities, clusters, practices and people of every region whose successor has begun; idempotent.

    Practices that had closed before stay where they were. Call in the worker's scope.
    """
    due = Region.objects.filter(successor__valid_from__lte=today, valid_to__lt=today).select_related("successor").order_by("pk")
    moved = [_move(region) for region in due]
    for item, region in zip(moved, due, strict=True):
        if item.anything:
            audit.record("region_followed", region_id=region.successor_id, kind="region", detail=json.dumps(asdict(item)))
    return [item for item in moved if item.anything]


def _move(region: Region) -> Moved:
    new = region.successor
    if new is None or region.valid_to is None:
        raise ValueError("only a region that has ended and has a successor can be followed")
    open_then = Q(valid_to=None) | Q(valid_to__gte=new.valid_from)
    practices = Practice.objects.filter(open_then, region=region).order_by("pk")
    for practice in practices:
        audit.record("changed_region", practice_id=practice.pk, region_id=new.pk, kind="practice", object_id=practice.pk)
    return Moved(
        region=str(region),
        successor=str(new),
        practices=practices.update(region=new),
        municipalities=Municipality.objects.filter(region=region).update(region=new),
        clusters=Cluster.objects.filter(open_then, region=region).update(region=new),
        people=_people(region, new),
        invitations=Invitation.objects.filter(region=region, accepted_at=None).update(region=new),
    )


def _people(region: Region, new: Region) -> int:
    """The same role in the successor from its first day; the old one ends a year later."""
    going_on = Q(valid_to=None) | Q(valid_to__gte=new.valid_from)
    made = 0
    for old in Membership.objects.filter(going_on, region=region, role__in=sorted(REGION_ROLES)).order_by("pk"):
        same = {"user_id": old.user_id, "role": old.role, "region": new, "profession": old.profession}
        if not Membership.objects.filter(**same).exists():  # also one that was ended there since
            Membership.objects.create(valid_from=max(old.valid_from, new.valid_from), valid_to=old.valid_to, **same)
            made += 1
    Membership.objects.filter(region=region, role__in=sorted(REGION_ROLES), valid_to=None).update(
        valid_to=new.valid_from + LOOK_BACK
    )
    return made
