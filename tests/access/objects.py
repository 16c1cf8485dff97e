"""Objects of the country that URLs name, own and foreign, made when a URL asks for them."""

import secrets
import uuid
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from accreditation.enums import TeamRole
from accreditation.models import (
    AgendaItem,
    Assignment,
    CommitteeMeeting,
    CriticalFinding,
    EvidenceFile,
    EvidenceLink,
    MeetingSeat,
    StandardIndicator,
    Survey,
)
from datacapture.enums import CellState, ReleaseState
from datacapture.models import (
    ApiKey,
    ChartNote,
    DefinitionDraft,
    Delivery,
    Enrolment,
    Indicator,
    IndicatorVersion,
    Objection,
    Patient,
    PracticeCell,
    Purpose,
    Release,
    ReleaseApproval,
    Result,
)
from kip.core.models import Job
from kip.core.scope import WORKER, Scope, activate
from kip.portal.digest.mails import stop_token
from kip.reports.jobs import PRACTICE_PDF
from practices.enums import Role
from practices.models import Invitation, Membership, Practice, Region, User
from practices.queries import digest_of
from surveys.models import Campaign, CampaignUnit, QuestionnaireVersion
from surveys.questionnaire.library import library
from tests.accreditation.world import World

MONTH_END = date(2026, 9, 30)
TOKEN = "indbydelse-fra-proeven"
PASSWORD = "prøve-kodeord-1"
RECEIPT = {
    "read": 3, "new": 1, "changed": 0, "same": 1, "dropped": {"code_outside_purpose": {"NPU": 1}}, "refused": {}, "warned": {},
    "messages": [{"level": "info", "key": "stored", "n": 1, "da": "1 gemt.", "en": "1 stored."}],
}  # fmt: skip
WORDS = {"da": "Ord", "en": "Words"}
TEXTS = {
    "name": WORDS, "theme": {"id": "diabetes", "place": 0, **WORDS}, "control": WORDS, "patient_list": True, "actions": [],
    "links": {"standards": []}, "method": {"da": [], "en": []},
}  # fmt: skip


DEFINITION = {
    "id": "DM-02", "da": "Ord", "en": "Words", "professions": ["general_practice"], "value": "effectiveness",
    "type": "proportion", "kind": "process", "direction": "higher", "source": "x", "verified": False,
    "population": {"all_of": []}, "numerator": {"all_of": []},
}  # fmt: skip
STORED = {"indicator": DEFINITION, "clauses": {}, "sets": {}, "components": {}}
CELL = {"x": None, "n": None, "value": None}
NOTHING_MOVED = {
    "month_end": "2026-09-30", "regions": [], "total": {"old": CELL, "new": CELL, "moved": None}, "moved": [], "months": [],
}  # fmt: skip


class Objects:
    """`objects["own_delivery"]` makes a delivery of the practice in the north and gives the URL's argument.

    `own_` and `foreign_` are seen from the first practice and the region of the north.
    """

    def __init__(self, country: Mapping[str, Region | Practice]) -> None:
        self.country = country
        self.world = World(country)  # one for all objects, so that its people are made once
        self.made: dict[str, str] = {}

    def __getitem__(self, key: str) -> str:
        if key not in self.made:
            side, _blank, kind = key.partition("_")
            make: Callable[[Any], Any] = getattr(self, kind)
            with activate(WORKER):
                self.made[key] = str(make(self.country["north_1" if side == "own" else "south_1"]))
        return self.made[key]

    def practice(self, place: Practice) -> int:
        return place.pk

    def visit(self, place: Practice) -> int:
        """A planned accreditation visit with every surveyor there is on its team."""
        survey = self.world.planned("north_1")
        for member in Membership.objects.filter(role=Role.SURVEYOR).exclude(user__in=survey.assignment_set.values("user")):
            Assignment.objects.create(
                survey=survey, practice_id=survey.practice_id, user_id=member.user_id, role=TeamRole.OBSERVER, blocked=False
            )
        return survey.pk

    def planned_survey(self, place: Practice) -> int:
        """A planned survey of the place's own region."""
        key = next(name for name, row in self.country.items() if row == place)
        return self.world.planned(key).pk

    def cycle(self, place: Practice) -> int:
        return self._survey(place, "planned_survey").cycle_id

    def assignment(self, place: Practice) -> int:
        return self._survey(place, "planned_survey").assignment_set.order_by("pk")[0].pk

    def office_step(self, place: Practice) -> str:
        return "announce"

    def surveyor(self, place: Practice) -> int:
        return self.world.person("puljen", Role.SURVEYOR).scope.user_id or 0

    def meeting(self, place: Practice) -> int:
        """A meeting of the place's region that nobody has been told of."""
        return CommitteeMeeting.objects.create(region_id=place.region_id, held_on=timezone.localdate()).pk

    def agenda_meeting(self, place: Practice) -> int:
        """A meeting with an open agenda, and every committee member there is at it."""
        meeting = CommitteeMeeting.objects.create(region_id=place.region_id, held_on=timezone.localdate(), state="agenda_sent")
        for member in Membership.objects.filter(role=Role.COMMITTEE_MEMBER):
            MeetingSeat.objects.create(meeting=meeting, user_id=member.user_id, name="Medlem", professions=[place.profession])
        return meeting.pk

    def seat(self, place: Practice) -> int:
        user_id = self.world.person(f"plads {place.number}", Role.COMMITTEE_MEMBER).scope.user_id
        meeting = CommitteeMeeting.objects.get(pk=self.agenda_meeting(place))
        return MeetingSeat.objects.filter(meeting=meeting, user_id=user_id)[0].pk

    def case(self, place: Practice) -> int:
        """A case before the committee, on that agenda."""
        survey = self.world.walked("decision", worst="partially_met")
        return AgendaItem.objects.create(
            survey=survey, practice_id=survey.practice_id, kind="round_1", position=1, meeting_id=self.agenda_meeting(place)
        ).pk  # fmt: skip

    def decision(self, place: Practice) -> int:
        return self.world.walked("accredited").decision_set.get().pk

    def publication(self, place: Practice) -> int:
        return self.world.walked("published").publication_set.get().pk

    def published(self, place: Practice) -> int:
        """A practice with a published decision."""
        return self.world.walked("published").practice_id

    def _survey(self, place: Practice, kind: str) -> Survey:
        side = "own" if place == self.country["north_1"] else "foreign"
        return Survey.objects.get(pk=self[f"{side}_{kind}"])

    def report_of(self, place: Practice) -> int:
        """A survey of the practice; the own one's report of the first round is final, and its team's window has closed."""
        name = next(name for name, row in self.country.items() if row == place)
        world = self.world
        return (world.walked("report_final", name) if name == "north_1" else world.planned(name)).pk

    def round(self, place: Practice) -> int:
        return 1

    def edition(self, place: Practice) -> int:
        return self.world.programme().edition_id

    def begun_survey(self, place: Practice) -> int:
        """A survey whose self-assessment has begun; the foreign one is the neighbour's."""
        return self.world.walked("self_assessment", self._near(place)).pk

    def visited_survey(self, place: Practice) -> int:
        """A survey whose visit is under way."""
        return self.world.walked("on_site", self._near(place)).pk

    def _near(self, place: Practice) -> str:
        return "north_1" if place == self.country["north_1"] else "north_2"

    def evidence(self, place: Practice) -> int:
        """A figure that the practice has put forward."""
        survey = self._survey(place, "begun_survey")
        facts = {"title": "HbA1c", "sentence": "80 %.", "at": "30. september 2026", "source": "KIP"}
        return EvidenceFile.objects.create(
            survey=survey, practice_id=survey.practice_id, kind="figures", title="HbA1c", facts=facts
        ).pk  # fmt: skip

    def link(self, place: Practice) -> int:
        """The same at a point of the survey."""
        survey = self._survey(place, "begun_survey")
        indicator = StandardIndicator.objects.filter(edition=survey.edition_id)[0]
        return EvidenceLink.objects.create(
            survey=survey, practice_id=survey.practice_id, evidence_id=self.evidence(place), indicator=indicator
        ).pk  # fmt: skip

    def finding(self, place: Practice) -> UUID:
        survey = self._survey(place, "visited_survey")
        made = CriticalFinding(survey=survey, practice_id=survey.practice_id, text="Fund", by_name="En surveyor")
        made.save()
        return made.pk

    def step(self, place: Practice) -> str:
        return "begin_visit"

    def indicator(self, place: Practice) -> str:
        return "G1.1.1"

    def language(self, place: Practice) -> str:
        return "da"

    def number(self, place: Practice) -> int:
        """Of nothing that exists."""
        return 987654321

    def device(self, place: Practice) -> UUID:
        return UUID(int=987654321)

    def token(self, place: Practice) -> str:
        token = f"{TOKEN}-{place.number}"
        self._invitation(place, token)
        return token

    def digest_token(self, place: Practice) -> str:
        reader = User.objects.create_user(f"laeser.{place.number.lower()}@kip.example", PASSWORD, name="Læser")
        return stop_token(reader.pk, place.pk)

    def campaign(self, place: Practice) -> int:
        """A draft that asks the place's patients."""
        day = timezone.localdate()
        version, _made = QuestionnaireVersion.objects.get_or_create(
            code="KIP-PULSE", version="1", defaults={"content": library().form("KIP-PULSE").content(), "state": "published"}
        )
        campaign = Campaign.objects.create(
            region=place.region, practice=place, title="Forår", version=version, first_day=day, last_day=day,
            controller="Klinikken", legal_basis="x", contact="x",
        )  # fmt: skip
        CampaignUnit.objects.create(campaign=campaign, practice=place)
        return campaign.pk

    def step_name(self, place: Practice) -> str:
        return "close"

    def answer_token(self, place: Practice) -> str:
        return secrets.token_urlsafe(32)

    def invitation(self, place: Practice) -> int:
        return self._invitation(place, f"en-anden-{place.number}").pk

    def membership(self, place: Practice) -> int:
        manager = User.objects.create_user(f"anden.leder.{place.number.lower()}@kip.example", PASSWORD, name="Anden leder")
        return Membership.objects.create(user=manager, role=Role.PRACTICE_MANAGER, practice=place, valid_from=place.valid_from).pk

    def delivery(self, place: Practice) -> int:
        return Delivery.objects.create(
            practice=place, channel="web", file_name="a.csv", size=1, digest="0", state="stored", receipt=RECEIPT
        ).pk

    def key(self, place: Practice) -> int:
        return ApiKey.objects.create(practice=place, label="System", prefix=f"abcdef{place.number.lower()}"[:12], digest="0").pk

    def purpose(self, place: Practice) -> str:
        """An open purpose that only this practice is enrolled for."""
        code = f"kvalitet-{place.number.lower()}"
        if Purpose.objects.filter(code=code).exists():
            return code
        purpose = Purpose.objects.create(
            code=code, name_da="Kvalitet", name_en="Quality", legal_basis="x", approval_number="1", controller="x",
            valid_from=date(2025, 1, 1), valid_until=date(2027, 6, 30), code_sets=["lab_hba1c"], recipients=["klinikken"],
            retention_days=365, key_id="k1",
        )  # fmt: skip
        Enrolment.objects.create(
            practice=place, purpose=purpose, signer_name="A", signer_title="B", agreement_version="1.0",
            enrolled_from=date(2026, 1, 1),
        )  # fmt: skip
        return purpose.code

    def objection(self, place: Practice) -> int:
        patient = Patient.objects.create(practice=place, sex=1, birth=date(1950, 1, 1))
        purpose = Purpose.objects.get(code=self.purpose(place))
        return Objection.objects.create(practice=place, patient=patient, purpose=purpose, since=date(2026, 2, 1)).pk

    def report(self, place: Practice) -> uuid.UUID:
        scope = Scope(WORKER.persona, practice_id=place.pk)
        return Job.objects.create(
            name=PRACTICE_PDF, key="x", scope=scope.as_json(), practice_id=place.pk, state=Job.State.DONE,
            result={"pdf": "JVBERg==", "release": "2026-3", "language": "da"}, run_after=timezone.now(),
        ).pk  # fmt: skip

    def measure(self, place: Practice) -> str:
        """A measure with a patient list and one stored month of the practice."""
        version = IndicatorVersion.objects.first() or self._version(place)
        row = Result(
            version=version, practice=place, region=place.region, month_end=MONTH_END, n=20, x=10, excluded=0,
            unknown=0, exception=0, value=0.5, lower=0.3, upper=0.7, tier="insufficient", latest=True,
        )  # fmt: skip
        cell = PracticeCell(
            version=version, practice=place, region=place.region, profession=place.profession, month_end=MONTH_END,
            state=CellState.SHOWN, n=20, x=10, value=0.5, lower=0.3, upper=0.7,
        )  # fmt: skip
        self._release(ReleaseState.PUBLISHED, row, cell)
        return version.indicator.code

    def patient(self, place: Practice) -> int:
        return Patient.objects.create(practice=place, sex=1, birth=date(1950, 1, 1)).pk

    def note(self, place: Practice) -> int:
        """A note on the chart of the measure."""
        version = IndicatorVersion.objects.first() or self._version(place)
        return ChartNote.objects.create(practice=place, indicator=version.indicator, day=MONTH_END, text="Ny arbejdsgang").pk

    @staticmethod
    def _version(place: Practice) -> IndicatorVersion:
        indicator = Indicator.objects.create(
            code="DM-02", theme="diabetes", professions=[place.profession], dimension="effective", kind="outcome",
            type="proportion", direction="higher",
        )  # fmt: skip
        return IndicatorVersion.objects.create(
            indicator=indicator, number=1, definition=STORED, definition_hash="0", texts=TEXTS, source="x",
            trust="draft", min_n=10, controllable_by="practice", author="x",
        )  # fmt: skip

    def draft(self, place: Practice) -> int:
        """A draft by somebody else than the test's people, tried on the data."""
        version = IndicatorVersion.objects.select_related("indicator").first() or self._version(place)
        author = User.objects.create_user("forfatter@kip.example", PASSWORD, name="Forfatter")
        draft = DefinitionDraft(
            indicator=version.indicator, base=version, author=author, author_name="Forfatter", definition_text="", texts_text="",
            definition=DEFINITION, texts={}, min_n=10,
        )  # fmt: skip
        draft.test, draft.test_digest = {"failed": ""} | NOTHING_MOVED, draft.digest
        draft.save()
        return draft.pk

    def release(self, place: Practice) -> int:
        return self._release(ReleaseState.PUBLISHED)

    def counting_release(self, place: Practice) -> int:
        return self._release(ReleaseState.COUNTING)

    def stopped_release(self, place: Practice) -> int:
        return self._release(ReleaseState.STOPPED)

    def prepared_release(self, place: Practice) -> int:
        return self._release(ReleaseState.PREPARED)

    def checked_release(self, place: Practice) -> int:
        return self._release(ReleaseState.CHECKED)

    def approved_release(self, place: Practice) -> int:
        return self._release(ReleaseState.APPROVED)

    @staticmethod
    def _release(state: str, *rows: Result | PracticeCell) -> int:
        """A quarter's release with these rows, walked up to the state; a published one takes the place of the former."""
        former = Release.objects.filter(state=ReleaseState.PUBLISHED).first()
        release = Release.objects.create(
            label="2026-3", month_end=MONTH_END, method="1", revision=former.revision + 1 if former else 1
        )
        kept = [row for model in (Result, PracticeCell) for row in model.objects.filter(release=former)] if former else []
        for row in [*kept, *rows]:
            row.pk, row.release = None, release
            row.save()
        path = (ReleaseState.PREPARED, ReleaseState.CHECKED, ReleaseState.APPROVED, ReleaseState.PUBLISHED)
        walked = path[: path.index(state) + 1] if state in path else (state,)
        for step in walked if state != ReleaseState.COUNTING else ():
            if step == ReleaseState.APPROVED:
                for number in (1, 2):
                    email = f"godkender.{number}@kip.example"
                    person = User.objects.filter(email=email).first() or User.objects.create_user(
                        email, PASSWORD, name="Godkender"
                    )
                    ReleaseApproval.objects.create(
                        release=release, user=person, name=person.name, role=Role.STEERING_GROUP_MEMBER
                    )
            if step == ReleaseState.PUBLISHED and former:
                Release.objects.filter(pk=former.pk).update(state=ReleaseState.SUPERSEDED)
            at = {"published_at": timezone.now()} if step == ReleaseState.PUBLISHED else {}
            Release.objects.filter(pk=release.pk).update(state=step, **at)
        return release.pk

    @staticmethod
    def _invitation(place: Practice, token: str) -> Invitation:
        return Invitation.objects.create(
            email="ny.leder@kip.example", name="Ny leder", role=Role.PRACTICE_MANAGER, practice=place,
            digest=digest_of(token), expires_at=timezone.now() + timedelta(hours=1),
        )  # fmt: skip
