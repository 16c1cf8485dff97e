"""Short codes of patient surveys."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class VersionState(TextChoices):
    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    RETIRED = "retired", _("no longer offered")


class CampaignState(TextChoices):
    """cleared: the contacts have been deleted; nothing can be sent any more."""

    DRAFT = "draft", _("being prepared")
    RUNNING = "running", _("running")
    CLOSED = "closed", _("closed")
    CLEARED = "cleared", _("closed, contacts deleted")
    CANCELLED = "cancelled", _("cancelled")


class Mode(TextChoices):
    """How an answer came in; stored with it and reported."""

    EMAIL = "email", _("e-mail")
    DIGITAL_POST = "digital_post", _("Digital Post")
    LETTER = "letter", _("letter with a code")
    PAPER = "paper", _("paper form, typed in")
    QR = "qr", _("QR code in the waiting room")
    KIOSK = "kiosk", _("tablet in the practice")


OPEN_MODES = (Mode.QR, Mode.KIOSK)  # nobody is invited, so they stay out of public comparison


class InvitationState(TextChoices):
    CREATED = "created", _("made")
    QUEUED = "queued", _("waiting to be sent")
    SENT = "sent", _("sent")
    BOUNCED = "bounced", _("came back")
    BEGUN = "begun", _("begun")
    SUBMITTED = "submitted", _("answered")
    OPTED_OUT = "opted_out", _("wants no more")
    EXPIRED = "expired", _("not answered in time")
    INELIGIBLE = "ineligible", _("not asked")


# From each state, the states that may follow; the database holds the same pairs (migration 0002).
STEPS: dict[str, tuple[str, ...]] = {
    "created": ("queued", "sent", "ineligible", "expired", "begun", "submitted", "opted_out"),
    "queued": ("created", "sent", "bounced", "ineligible", "expired", "begun", "submitted", "opted_out"),
    "sent": ("bounced", "begun", "submitted", "opted_out", "expired"),
    "bounced": ("sent", "begun", "submitted", "opted_out", "expired"),
    "begun": ("submitted", "opted_out", "expired"),
    "submitted": (),
    "opted_out": (),
    "expired": (),
    "ineligible": (),
}
OPEN_STATES = ("created", "queued", "sent", "bounced", "begun")


class WhyIneligible(TextChoices):
    ASKED_LATELY = "asked_lately", _("has been asked within six months")
    OPTED_OUT = "opted_out", _("has asked not to be asked")
    TWICE = "twice", _("stands on the list twice")
    BOUNCED = "bounced", _("the address does not receive mail")


class WhySuppressed(TextChoices):
    OPTED_OUT = "opted_out", _("said no")
    BOUNCED = "bounced", _("the address does not receive mail")
    COMPLAINED = "complained", _("marked as unwanted mail")


class CommentState(TextChoices):
    WAITING = "waiting", _("waits to be read")
    APPROVED = "approved", _("approved")
    WITHHELD = "withheld", _("withheld")


class Level(TextChoices):
    PRACTICE = "practice", _("practice")
    REGION = "region", _("region")
    PROFESSION = "profession", _("profession")
    NATION = "nation", _("country")


class FigureKind(TextChoices):
    ITEM = "item", _("question")
    DIMENSION = "dimension", _("theme")
    BREAKS = "breaks", _("lost messages")
