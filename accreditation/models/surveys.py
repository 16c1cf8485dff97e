"""A survey, its way through the states, and its clocks."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accreditation.enums import FollowUpKind, State
from accreditation.models.library import Programme, RuleSet, StandardIndicator, StandardsEdition
from practices.models import Practice


class Survey(models.Model):
    """One practice, one programme, one cycle. The state follows from the events alone (triggers of migration 0002).

    edition and rule_set are pinned when it is planned. focus: numbers of the indicators looked at, empty for all. carried: what
    the former survey's ratings were (accreditation.rules.Case as data), where only its open ones are rated again. people and
    staff_groups say what applicability is computed from; shared_by: staff groups that share an indicator's workflow.
    raised_follow_up: the team's own, stricter kind of follow-up.
    """

    practice = models.ForeignKey(Practice, models.PROTECT, related_name="accreditation_surveys")
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="surveys")
    edition = models.ForeignKey(StandardsEdition, models.PROTECT, related_name="surveys")
    rule_set = models.ForeignKey(RuleSet, models.PROTECT, related_name="surveys")
    cycle = models.ForeignKey("accreditation.Cycle", models.PROTECT, related_name="surveys")
    place_in_cycle = models.PositiveIntegerField(default=1)
    previous = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    state = models.CharField(_("state"), max_length=24, choices=State, default=State.PLANNED)
    focus = ArrayField(models.CharField(max_length=16), default=list)
    carried = models.JSONField(default=list)
    visit_on = models.DateField(_("day of the visit"), null=True)
    visit_starts = models.TimeField(_("the visit begins"), null=True)
    visit_minutes = models.PositiveSmallIntegerField(_("minutes"), default=180)
    address = models.CharField(_("address"), max_length=200, blank=True)
    contact_name = models.CharField(_("contact"), max_length=120, blank=True)
    contact_phone = models.CharField(_("phone"), max_length=20, blank=True)
    consultant = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    people = models.PositiveSmallIntegerField(_("people at work"), default=1)
    staff_groups = ArrayField(models.CharField(max_length=40), default=list, verbose_name=_("staff groups"))
    shared_by = models.JSONField(default=dict)
    raised_follow_up = models.CharField(max_length=8, choices=FollowUpKind, blank=True)
    announced_on = models.DateField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["cycle_id", "place_in_cycle", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["id", "practice"], name="survey_of_practice"),
            models.UniqueConstraint(
                fields=["practice", "cycle"], condition=~Q(state=State.WITHDRAWN), name="survey_once_a_cycle"
            ),
            models.CheckConstraint(
                condition=Q(visit_on__isnull=False)
                | Q(state__in=(State.PLANNED, State.POSTPONED, State.WITHDRAWN, State.DISPENSED)),
                name="announced_survey_has_a_day",
            ),
        ]
        indexes = [models.Index(fields=["state", "visit_on"], name="survey_state")]

    def __str__(self) -> str:
        return f"{self.practice_id} {self.state}"


class OfSurvey(models.Model):
    """A row that belongs to a survey; a foreign key of the pair holds that the practice is the survey's own."""

    survey = models.ForeignKey(Survey, models.PROTECT, related_name="%(class)s_set")
    practice = models.ForeignKey(Practice, models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class SurveyEvent(OfSurvey):
    """One step on the survey's way; writing it moves the survey. Never changed or removed."""

    transition = models.CharField(max_length=32)
    from_state = models.CharField(max_length=24, choices=State)
    to_state = models.CharField(max_length=24, choices=State)
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=120)
    actor_role = models.CharField(max_length=24)
    reason = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering = ["survey", "at", "pk"]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.transition}"


class Deadline(OfSurvey):
    """A clock that runs for the survey. due_at is the last moment of the day; it ends by being met or called off.

    about: id of the critical finding whose clock it is.
    """

    clock = models.CharField(max_length=24)
    about = models.CharField(max_length=36, blank=True)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    met_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["survey", "due_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "clock", "about"], condition=Q(met_at=None, cancelled_at=None), name="clock_runs_once"
            ),
            models.CheckConstraint(condition=Q(met_at=None) | Q(cancelled_at=None), name="clock_ends_once"),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(met_at=None, cancelled_at=None), name="deadline_running")]

    def __str__(self) -> str:
        return f"{self.clock} {self.due_at:%Y-%m-%d}"


class SentMail(models.Model):
    """A mail that has left, so that no work that is run again sends it twice. key: what it was about."""

    key = models.CharField(max_length=80)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    sent_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "user"], name="accreditation_mail_once")]

    def __str__(self) -> str:
        return self.key


class Applicability(OfSurvey):
    """Whether an indicator is asked of this practice, and why not; whether something written is asked for, and why not.

    Reasons are {code, da, en} or empty. may_be_changed: the computation only proposes that it is not relevant.
    """

    indicator = models.ForeignKey(StandardIndicator, models.PROTECT, related_name="+")
    relevant = models.BooleanField()
    reason = models.JSONField(default=dict)
    may_be_changed = models.BooleanField(default=False)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    written = models.CharField(max_length=12, blank=True)
    written_reason = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "applicability"
        constraints = [
            models.UniqueConstraint(fields=["survey", "indicator"], name="applicability_once"),
            models.CheckConstraint(condition=Q(relevant=True) | ~Q(reason={}), name="not_relevant_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.indicator_id}"


class SurveyReport(OfSurvey):
    """The report as it stood when it was signed: round, draft for the hearing or final. A correction is the next number."""

    round = models.PositiveSmallIntegerField(default=1)
    final = models.BooleanField()
    number = models.PositiveSmallIntegerField(default=1)
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    signed_name = models.CharField(max_length=120)
    signed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["survey", "round", "final", "number"]
        constraints = [models.UniqueConstraint(fields=["survey", "round", "final", "number"], name="report_number_once")]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.round} {self.number}"


class FindingTally(models.Model):
    """How often an indicator was rated below the passing grades, over a quarter's finished reports, after the gate.

    region empty: the whole country. suppressed means no number at all.
    """

    quarter = models.DateField(help_text=_("first day"))
    region = models.ForeignKey("practices.Region", models.PROTECT, null=True, related_name="+")
    indicator = models.ForeignKey(StandardIndicator, models.PROTECT, related_name="+")
    surveys = models.PositiveIntegerField(null=True)
    findings = models.PositiveIntegerField(null=True)
    suppressed = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["quarter", "region", "indicator"], name="finding_tally_once", nulls_distinct=False),
            models.CheckConstraint(
                condition=Q(suppressed=True, surveys=None, findings=None)
                | Q(suppressed=False, surveys__isnull=False, findings__lte=F("surveys")),
                name="finding_tally_hidden_is_empty",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.quarter}"
