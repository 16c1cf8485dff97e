"""Short stable codes of data capture."""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class Bin(IntegerChoices):
    """Where a case ends in the flow of an indicator; nothing is silently a no."""

    NUMERATOR = 1, _("in the numerator")
    DENOMINATOR_ONLY = 2, _("in the denominator only")
    EXCLUDED = 3, _("excluded")
    UNKNOWN = 4, _("unknown")
    EXCEPTION = 5, _("exception")


class Tier(TextChoices):
    INSUFFICIENT = "insufficient", _("Too few patients")
    AS_EXPECTED = "as_expected", _("As expected")
    INFORMATION = "information", _("For information")
    ATTENTION = "attention", _("Worth a look")
    SIGNAL = "signal", _("Clear signal")


class Direction(TextChoices):
    HIGHER = "higher", _("Higher is better")
    LOWER = "lower", _("Lower is better")
    NEUTRAL = "neutral", _("Neither high nor low is best")


class Dimension(TextChoices):
    """The six values of the health service that a measure can stand for."""

    EFFECTIVENESS = "effectiveness", _("Effect")
    PATIENT_FOCUS = "patient_focus", _("Patient focus")
    PATIENT_SAFETY = "patient_safety", _("Patient safety")
    EQUITY = "equity", _("Equity")
    TIMELINESS = "timeliness", _("Timeliness")
    COST_EFFECTIVENESS = "cost_effectiveness", _("Cost-effectiveness")


class IndicatorType(TextChoices):
    PROPORTION = "proportion", _("proportion")
    RATE = "rate", _("rate")
    MEDIAN_DAYS = "median_days", _("median number of days")
    MEAN_CHANGE = "mean_change", _("mean change")
    GAP = "gap", _("gap")


class MarkReason(TextChoices):
    """Why a practice is done with a patient on a list; "handled" says that something was done about it."""

    HANDLED = "handled", _("handled")
    ALREADY_DONE = "already_done", _("already done")
    DECLINED = "declined", _("the patient declined")
    WRONG_DIAGNOSIS = "wrong_diagnosis", _("wrong diagnosis")
    MOVED = "moved", _("moved")
    DECEASED = "deceased", _("deceased")
    OTHER = "other", _("other reason")


class DeliveryState(TextChoices):
    CHECKED = "checked", _("checked, not stored")
    WAITING = "waiting", _("waiting")
    READING = "reading", _("being read")
    STORED = "stored", _("stored")
    REFUSED = "refused", _("refused")
    CANCELLED = "cancelled", _("cancelled")


class Channel(TextChoices):
    WEB = "web", _("web page")
    API = "api", _("interface")
    FOLDER = "folder", _("drop folder")


class QualityMeasure(TextChoices):
    """What is known of the quality of a practice's data."""

    COVERAGE = "coverage", _("Patients with data")
    MISSING = "missing", _("Data that never came")
    CODING = "coding", _("Contacts with a diagnosis code")
    UNKNOWN = "unknown", _("Patients who cannot be judged")
    UNIT = "unit", _("Values in another unit")
    LATENESS = "lateness", _("Days from event to receipt")
    CORRECTED = "corrected", _("Corrected or repeated")


class KeyScope(TextChoices):
    """What a practice's key opens."""

    DELIVER = "deliver", _("send files and read their receipts")
    READ = "read", _("read the practice's own figures")


class ReleaseKind(TextChoices):
    QUARTER = "quarter", _("quarter")
    OWN = "own", _("the practice's own")


class ReleaseState(TextChoices):
    COUNTING = "counting", _("being counted")
    STOPPED = "stopped", _("stopped")
    PREPARED = "prepared", _("prepared")
    CHECKED = "checked", _("checked")
    APPROVED = "approved", _("approved")
    PUBLISHED = "published", _("published")
    SUPERSEDED = "superseded", _("superseded")
    WITHDRAWN = "withdrawn", _("withdrawn")


class DraftState(TextChoices):
    """The way of a definition written in the portal; published = it runs, retired = another one took its place."""

    DRAFT = "draft", _("draft")
    APPROVED = "approved", _("approved, waits for the next release")
    PUBLISHED = "published", _("published")
    RETIRED = "retired", _("retired")
    DROPPED = "dropped", _("dropped")


class AreaLevel(TextChoices):
    CLUSTER = "cluster", _("cluster")
    MUNICIPALITY = "municipality", _("municipality")
    REGION = "region", _("region")
    NATION = "nation", _("the whole country")
    SIMILAR = "similar", _("similar practices")


class CellState(TextChoices):
    """What the disclosure gate lets through: too_few shows how many, never a rate."""

    SHOWN = "shown", _("shown")
    TOO_FEW = "too_few", _("too few to show as a rate")
    SUPPRESSED = "suppressed", _("hidden for the patients' sake")
    NO_DATA = "no_data", _("no data")


class GroupAxis(TextChoices):
    """What an area's patients are divided by."""

    QUINTILE = "quintile", _("social conditions")
    SEX = "sex", _("sex")
    AGE = "age", _("age")
