"""What data intake's pages and rules read. The practice is always named, besides the wall in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from datacapture.enums import DeliveryState
from datacapture.models import ApiKey, Delivery, Enrolment, Objection, Patient, Purpose
from datacapture.policies import Gate, is_open
from kip.core.models import Job
from practices.models import Practice

OBJECTION_JOB = "datacapture.register_objection"


def open_gates(practice_id: int, today: date) -> list[Gate]:
    """What each open enrolment in an open purpose lets in."""
    enrolments = Enrolment.objects.filter(
        Q(withdrawn_on=None) | Q(withdrawn_on__gt=today),
        practice_id=practice_id,
        purpose__valid_from__lte=today,
        purpose__valid_until__gte=today,
    )
    return [
        Gate(e.purpose_id, e.purpose.code, e.purpose.name_da, frozenset(e.purpose.code_sets), e.enrolled_from)
        for e in enrolments.select_related("purpose").order_by("purpose_id", "enrolled_from")
    ]


def ended_enrolment(practice_id: int) -> Purpose | None:
    """The purpose that closed last of those the practice had not left."""
    left = Q(enrolments__withdrawn_on=None) | Q(enrolments__withdrawn_on__gte=F("valid_until"))
    return Purpose.objects.filter(left, enrolments__practice_id=practice_id).order_by("-valid_until").first()


def practice_numbers(practice_id: int) -> list[str]:
    """The numbers the practice may report under."""
    practice = Practice.objects.get(pk=practice_id)
    return [number for number in (practice.number, practice.sor) if number]


def earlier_copy(delivery: Delivery) -> Delivery | None:
    """A stored delivery of the same bytes."""
    same = Delivery.objects.filter(practice_id=delivery.practice_id, digest=delivery.digest, state=DeliveryState.STORED)
    return same.exclude(pk=delivery.pk).order_by("created_at").first()


def deliveries_of(practice_id: int) -> QuerySet[Delivery]:
    """Newest first, without the row lists."""
    return Delivery.objects.filter(practice_id=practice_id).defer("row_list").select_related("sent_by")


def delivery_of(practice_id: int, delivery_id: int) -> Delivery | None:
    return Delivery.objects.filter(practice_id=practice_id, pk=delivery_id).select_related("sent_by").first()


@dataclass(frozen=True)
class Agreement:
    """A purpose as a practice meets it: open or not, enrolled or not."""

    purpose: Purpose
    enrolment: Enrolment | None
    open: bool

    @property
    def may_enrol(self) -> bool:
        return self.open and self.enrolment is None


def agreements(practice_id: int, today: date | None = None) -> list[Agreement]:
    """All purposes that are open or that the practice is enrolled for."""
    day = today or timezone.localdate()
    running = {e.purpose_id: e for e in Enrolment.objects.filter(practice_id=practice_id, withdrawn_on=None)}
    found = [
        Agreement(purpose, running.get(purpose.pk), is_open(purpose.valid_from, purpose.valid_until, day))
        for purpose in Purpose.objects.all()
    ]
    return [item for item in found if item.open or item.enrolment]


def former_enrolments(practice_id: int) -> Sequence[Enrolment]:
    return list(Enrolment.objects.filter(practice_id=practice_id).exclude(withdrawn_on=None).select_related("purpose"))


def api_keys_of(practice_id: int) -> QuerySet[ApiKey]:
    return ApiKey.objects.filter(practice_id=practice_id).select_related("created_by")


def objections_of(practice_id: int) -> QuerySet[Objection]:
    return Objection.objects.filter(practice_id=practice_id).select_related("purpose", "patient").order_by("-since", "pk")


def sealed_numbers(practice_id: int) -> list[tuple[int, bytes]]:
    """(patient id, sealed local number) of the practice's patients."""
    found = Patient.objects.filter(practice_id=practice_id).exclude(local_id_sealed=None)
    return [(pk, bytes(sealed)) for pk, sealed in found.values_list("pk", "local_id_sealed") if sealed]


def purposes_of(practice_id: int) -> QuerySet[Purpose]:
    """Purposes that the practice is or was enrolled for."""
    return Purpose.objects.filter(enrolments__practice_id=practice_id).distinct()


def open_purpose(code: str, today: date) -> Purpose | None:
    return Purpose.objects.filter(code=code, valid_from__lte=today, valid_until__gte=today).first()


def open_enrolment(practice_id: int, code: str) -> Enrolment | None:
    found = Enrolment.objects.filter(practice_id=practice_id, purpose__code=code, withdrawn_on=None)
    return found.select_related("purpose").first()


def job_of(delivery: Delivery) -> Job | None:
    return Job.objects.filter(pk=delivery.job_id, practice_id=delivery.practice_id).first() if delivery.job_id else None


def objection_wishes(practice_id: int) -> list[Job]:
    """The latest wishes to register an objection."""
    found = Job.objects.filter(name=OBJECTION_JOB, practice_id=practice_id, created_at__gte=timezone.now() - timedelta(days=1))
    return list(found.order_by("-created_at")[:5])
