"""Words of codes and of stored texts in the visit's templates."""

from collections.abc import Mapping
from typing import Any

from django import template

from accreditation.queries import visit_bundle

register = template.Library()


@register.filter
def word(words: Mapping[str, str], code: str | None) -> str:
    """{{ words|word:row.rating }}: the words of a code; an unknown code as it is."""
    return "" if code is None else str(words.get(code, code))


@register.filter
def in_words(stored: dict[str, Any]) -> str:
    """{{ row.reason|in_words }}: a stored {da, en} text in the reader's language."""
    return visit_bundle.in_words(stored)


@register.filter
def said(words: Mapping[str, Mapping[str, str]], code: str | None) -> str:
    """{{ content.words|said:item.first.rating }}: as `word`, of a report's own words."""
    return "" if code is None else str(words.get(code, {}).get("text", code))
