"""Tables of patient surveys."""

from surveys.models.answers import Comment, Draft, Response, SealedAnswer
from surveys.models.campaigns import Asked, Campaign, CampaignUnit, Contact, Invitation, OpenChannel, Suppression
from surveys.models.figures import BreakCell, Figure, PublicResult
from surveys.models.library import QuestionnaireVersion

__all__ = [
    "Asked",
    "BreakCell",
    "Campaign",
    "CampaignUnit",
    "Comment",
    "Contact",
    "Draft",
    "Figure",
    "Invitation",
    "OpenChannel",
    "PublicResult",
    "QuestionnaireVersion",
    "Response",
    "SealedAnswer",
    "Suppression",
]
