"""K1: what matters most to a practice right now. Every number is a stored row."""

from dataclasses import dataclass
from datetime import date

from datacapture.enums import DeliveryState
from datacapture.models import Delivery, Enrolment
from datacapture.queries import wording
from datacapture.queries.measures import Card, by_certainty, by_patients, card, courses, is_strength, newest, worth_acting
from datacapture.queries.patients import progress_of
from datacapture.queries.releases import Edition, edition
from datacapture.queries.shown import Shown
from kip.core.texts import text

MOST_CARDS = 3


@dataclass(frozen=True)
class PracticeHome:
    """At most three measures by patients to gain, one strength first, and how many were looked at.

    late: why the figures are older than they should be; thin: which months' data are missing; "" when neither.
    """

    edition: Edition | None
    summary: str
    strengths: tuple[Card, ...]
    cards: tuple[Card, ...]
    looked_at: int
    to_act_on: int
    late: str = ""
    thin: str = ""


@dataclass(frozen=True)
class FirstSteps:
    """steps: what a new practice has done of the three first steps (enrolled, delivered, calculated)."""

    steps: tuple[bool, ...]

    @property
    def step(self) -> int:
        """Number of the step that comes next, from 1."""
        return next((place for place, done in enumerate(self.steps, start=1) if not done), len(self.steps))


def practice_home(practice_id: int, today: date, at: Shown) -> PracticeHome:
    """Start page of a practice: at most three queries, whatever the number of measures."""
    release = at.release
    rows = newest(release, practice_id, at.versions) if release else []
    if release is None or not rows:
        return PracticeHome(edition(release), "", (), (), 0, 0)
    first = sorted(filter(worth_acting, rows), key=by_patients)
    strong = sorted(filter(is_strength, rows), key=by_certainty)[: 1 if first else MOST_CARDS]
    top = first[:MOST_CARDS]
    months = courses(release, practice_id, [row.version_id for row in [*strong, *top]])
    progress = progress_of(practice_id, [row.version for row in top], today) if at.marked else {}
    dated = wording.next_release(release.month_end)
    return PracticeHome(
        edition=edition(release),
        summary=text("patients_to_gain.home_summary", n=len(first), total=len(rows))
        if first
        else text("patients_to_gain.home_nothing", date=dated),
        strengths=tuple(card(row, months) for row in strong),
        cards=tuple(card(row, months, progress=progress) for row in top),
        looked_at=len(rows),
        to_act_on=len(first),
        late=late_words(release.month_end, today),
        thin=wording.all_thin_words(rows),
    )


def late_words(month_end: date, today: date) -> str:
    """Said when the next figures should have been here; "" while they are not due."""
    due = wording.next_release(month_end)
    return wording.overdue_words(due) if today > due else ""


def first_steps(practice_id: int) -> FirstSteps:
    """How far a practice without figures has come."""
    enrolled = Enrolment.objects.filter(practice_id=practice_id, withdrawn_on=None).exists()
    delivered = Delivery.objects.filter(practice_id=practice_id, state=DeliveryState.STORED).exists()
    return FirstSteps((enrolled, delivered, False))
