"""The form of a campaign as one practice's patients see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from surveys.models import Campaign, QuestionnaireVersion
from surveys.questionnaire.assembling import for_profession, with_modules
from surveys.questionnaire.form import Form, restore
from surveys.questionnaire.library import library
from surveys.questionnaire.wording import Terms


def assembled(host: QuestionnaireVersion, modules: list[QuestionnaireVersion]) -> dict[str, Any]:
    """The content a campaign asks: the questionnaire with its modules. Raises ValueError for a module of another host."""
    form, others = restore(host.content), [restore(module.content) for module in modules]
    scales = {name: scale for one in (form, *others) for name, scale in one.scales.items()}
    return Form(with_modules(form.questionnaire, [one.questionnaire for one in others]), scales).content()


def form_of(content: Mapping[str, Any], profession: str) -> Form:
    """Only what the profession is asked. Raises ValueError where the questionnaire is not for it."""
    form = restore(content)
    return Form(for_profession(form.questionnaire, profession), form.scales)


def terms_of(profession: str) -> Terms:
    return library().terms[profession]


@dataclass(frozen=True)
class Asked:
    """What somebody is asked: the campaign, the form of the practice's profession, and the words for it."""

    campaign: Campaign
    form: Form
    terms: Terms


def asked_in(campaign: Campaign, profession: str) -> Asked:
    return Asked(campaign, form_of(campaign.content or {}, profession), terms_of(profession))
