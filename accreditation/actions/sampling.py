"""The yearly sample of administrative decisions that the committee reads, so that nobody is decided upon unseen for ever."""

import hashlib
import math
import secrets

from django.db import transaction

from accreditation import timeline
from accreditation.actions.moving import own, place, record, require
from accreditation.enums import DecisionKind, State
from accreditation.faults import not_now
from accreditation.models import Decision, DecisionSample, RegionRule, SampledDecision
from accreditation.policies import may_plan, may_sit
from kip.core import audit
from practices.acting import Acting

PERCENT = 5  # where the region has not decided


def drawn(keys: list[int], seed: str, percent: int) -> list[int]:
    """The draw: the smallest SHA-256 of seed and key, as many as the share asks for, rounded up; the same seed draws the same."""
    wanted = math.ceil(len(keys) * percent / 100)
    return sorted(sorted(keys, key=lambda key: hashlib.sha256(f"{seed}:{key}".encode()).hexdigest())[:wanted])


@transaction.atomic
def draw_sample(*, by: Acting, year: int, seed: str = "") -> DecisionSample:
    """Draw the region's sample among the administrative accreditations of a year, once."""
    require(may_plan(by.role))
    region_id = place(by)
    if DecisionSample.objects.filter(region_id=region_id, year=year).exists():
        raise not_now("sample_drawn")
    made = Decision.objects.filter(
        kind=DecisionKind.ADMINISTRATIVE, status=State.ACCREDITED, practice__region_id=region_id, at__year=year
    )
    found = {row.pk: row for row in made}
    rule = RegionRule.objects.filter(region_id=region_id).first()
    sample = DecisionSample.objects.create(
        region_id=region_id, year=year, seed=seed or secrets.token_hex(16), population=len(found), drawn_by_id=by.scope.user_id
    )
    chosen = drawn(sorted(found), sample.seed, rule.sample_percent if rule else PERCENT)
    SampledDecision.objects.bulk_create(
        SampledDecision(sample=sample, decision=found[pk], survey_id=found[pk].survey_id, practice_id=found[pk].practice_id)
        for pk in chosen
    )
    audit.record("drew_sample", region_id=region_id, kind="decision_sample", object_id=sample.pk)
    return sample


@transaction.atomic
def read_sampled(*, by: Acting, case: SampledDecision, agrees: bool, note: str = "") -> None:
    """What the committee says of a sampled decision; it changes nothing for the practice."""
    require(may_sit(by.role))
    survey = own(by, case.survey)
    if not agrees and not note.strip():
        raise not_now("reason_needed")
    unread = SampledDecision.objects.filter(pk=case.pk, read_at=None)
    if not unread.update(agrees=agrees, note=note.strip(), read_by_id=by.scope.user_id, read_at=timeline.now()):
        raise not_now("already_done")
    record("read_sampled_decision", survey, kind="decision", object_id=case.decision_id, agrees=agrees)
