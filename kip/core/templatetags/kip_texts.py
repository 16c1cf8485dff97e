"""{% text "empty.no_data.title" %}: the portal's own words in templates."""

from typing import Any

from django import template

from kip.core import texts

register = template.Library()


@register.simple_tag
def text(key: str, **values: Any) -> str:
    """The text `key` with exactly its placeholders; raises KeyError otherwise, so that a wrong page is never shown."""
    return texts.text(key, **values)


@register.simple_tag
def text_or_none(key: str, **values: Any) -> str | None:
    """{% text_or_none key a=… as words %}: None when a placeholder's value is missing, None or ""."""
    return texts.text_or_none(key, **{name: value for name, value in values.items() if value is not None and value != ""})
