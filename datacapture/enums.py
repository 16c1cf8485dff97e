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


class IndicatorType(TextChoices):
    PROPORTION = "proportion", _("proportion")
    RATE = "rate", _("rate")


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
