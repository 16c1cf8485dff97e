"""What a survey is pinned to: its edition, its kind and its rules, as they were when it was planned."""

from functools import lru_cache

from accreditation.library import Edition, restore
from accreditation.models import Programme, StandardsEdition, Survey
from accreditation.programmes import Kind, restore_kind
from accreditation.rules import RuleSet, rule_set


class RulesChanged(Exception):
    """The rule set's code says something else than when the survey began; its status must not be computed."""


@lru_cache(maxsize=64)
def _edition(pk: int, digest: str) -> Edition:
    return restore(StandardsEdition.objects.get(pk=pk, digest=digest).content)


@lru_cache(maxsize=64)
def _kind(pk: int, digest: str) -> Kind:
    return restore_kind(Programme.objects.get(pk=pk, kind_digest=digest).kind_content)


def edition_of(survey: Survey) -> Edition:
    return _edition(survey.edition_id, survey.edition.digest)


def kind_of(survey: Survey) -> Kind:
    return kind_of_programme(survey.programme)


def kind_of_programme(programme: Programme) -> Kind:
    return _kind(programme.pk, programme.kind_digest)


def rules_of(survey: Survey) -> RuleSet:
    """The rules the survey began with. Raises `RulesChanged`."""
    stored = survey.rule_set
    rules = rule_set(stored.code, stored.version)
    if rules.digest != stored.digest:
        raise RulesChanged(str(stored))
    return rules
