"""Components of the portal as template tags; the markup itself is in templates/components."""

from functools import cache, lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.forms import BaseForm, BoundField
from django.template import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from kip.core.texts import text, text_or_none

register = template.Library()

ICONS = "dkfds/img/icons.svg"
MARKS = "kip/marks.svg"


@lru_cache(maxsize=1000)
def _symbol(file: str, name: str, classes: str, label: str) -> SafeString:
    named = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html('<svg class="{}" focusable="false" {}><use href="{}#{}"></use></svg>', classes, named, static(file), name)


@register.simple_tag
def fixed(name: str) -> SafeString:
    """{% fixed "components/footer.html" %}: a part that is the same for everybody, made once by each process and language."""
    return _fixed(name, get_language())


@cache
def _fixed(name: str, language: str | None) -> SafeString:
    return render_to_string(name, {"was_url": settings.KIP_WAS_URL, "version": settings.KIP_VERSION})


@register.simple_tag(takes_context=True)
def part(context: Context, name: str) -> SafeString:
    """{% part "components/navigation.html" as menu %}: an include that stands in several places, made once."""
    if context.template is None:
        raise ValueError("a part is rendered inside a template")
    return SafeString(context.template.engine.get_template(name).render(context))


@register.simple_tag
def icon(name: str, label: str = "", classes: str = "") -> SafeString:
    """{% icon "calendar-month" %}: an icon of the design system's sprite; decoration unless it has a label."""
    return _symbol(ICONS, name, f"icon-svg {classes}".strip(), label)


@register.simple_tag
def drawing(name: str) -> SafeString:
    """{% drawing "no_data" %}: one of KIP's own drawings (empty states, error pages); always decoration."""
    return _symbol(MARKS, f"drawing-{name}", "kip-drawing", "")


def _mark_shape(tier: str, position: str, direction: str) -> str:
    """A strength has its own shape; nothing neutral is ever drawn as a strength or a concern."""
    if tier not in {"attention", "signal"}:
        return tier
    if direction == "neutral" or not position:
        return f"{tier}-neutral"
    return f"{tier}-{position}"


@register.simple_tag
def verdict_mark(tier: str, position: str = "", direction: str = "") -> SafeString:
    """{% verdict_mark tier position direction %}: shape and word of a verdict, readable without colour."""
    return _verdict_mark(tier, _mark_shape(tier, position, direction), get_language())


@cache
def _verdict_mark(tier: str, shape: str, language: str | None) -> SafeString:
    return render_to_string("components/verdict_mark.html", {"shape": shape, "word": text(f"verdict.label.{tier}")})


@register.simple_tag
def mark(shape: str) -> SafeString:
    """The shape alone; the word must stand beside it."""
    return _symbol(MARKS, f"mark-{shape}", "verdict-mark__shape", "")


@register.inclusion_tag("components/empty_state.html")
def empty_state(kind: str, button_url: str = "", level: int = 2, **values: Any) -> dict[str, Any]:
    """One of the six empty states (no_data, too_few, suppressed, not_applicable, not_shared, no_hits).

    `values` fill the texts; the advice is left out when one of its values is missing. Raises KeyError when the state
    is unknown or its explanation lacks a value.
    """
    needed = {name: value for name, value in values.items() if value is not None and value != ""}
    words = {part: text_or_none(f"empty.{kind}.{part}", **needed) for part in ("title", "text", "next", "button")}
    if words["title"] is None or words["text"] is None:
        raise KeyError(f"empty.{kind} with {sorted(needed)}")
    return {"kind": kind, "button_url": button_url, "level": level, **words}


@register.inclusion_tag("components/data_table.html", takes_context=True)
def data_table(context: Context, columns: list[dict[str, Any]], rows: list[Any], caption: str = "") -> dict[str, Any]:
    """{% data_table columns rows caption="…" %}: a table that becomes stacked rows on a phone.

    columns: dicts with label, and when wanted numeric, key (sortable: the value of ?sort=), sort (ascending|descending),
    hidden (label for screen readers only). rows: sequences with one cell for each column; the first cell heads the row.
    """
    body = SafeString("".join(_table_row(columns, row) for row in rows))
    return {"request": context.get("request"), "columns": columns, "body": body, "caption": caption}


def _table_row(columns: list[dict[str, Any]], row: Any) -> str:
    """One row: written here because a template takes ten times as long over the cells of two years."""
    cells = []
    for place, (column, cell) in enumerate(zip(columns, row, strict=True)):
        label, words = conditional_escape(column["label"]), conditional_escape(cell)
        number = ' class="is-number"' if place and column.get("numeric") else ""
        opening, closing = (f'td data-label="{label}"{number}', "td") if place else (f'th scope="row" data-label="{label}"', "th")
        cells.append(f"<{opening}>{words}</{closing}>")
    return f"<tr>{''.join(cells)}</tr>"


@register.filter
def first_sentence(sentences: str) -> str:
    """The first of several sentences, to be set in bold."""
    return sentences.partition(". ")[0] + ("." if ". " in sentences else "")


@register.filter
def other_sentences(sentences: str) -> str:
    """What follows the first sentence."""
    return sentences.partition(". ")[2]


@register.filter
def figure_number(words: str) -> str:
    """The number of a written value: "352" of "352 per 1,000"; a per cent sign stays with it."""
    return words.partition(" ")[0]


@register.filter
def figure_unit(words: str) -> str:
    """What follows the number of a written value: "per 1,000", "days", or "" for a share."""
    return words.partition(" ")[2]


@register.simple_tag
def number_echo(field: BoundField) -> str:
    """How a typed number was read, when the person should check it; else ""."""
    echo = getattr(field.field, "echo", None)
    if echo is None or not field.form.is_bound or field.errors:
        return ""
    return str(echo(str(field.data or "")))


def _target(field: BoundField) -> str:
    """Id of the element to focus: the field itself, or the first of a group of options."""
    return field.id_for_label or f"{field.auto_id}_0"


@register.simple_tag
def error_links(form: BaseForm) -> list[tuple[str, str]]:
    """All errors of a form as (id of the field or "", message), in the order of the page."""
    whole = [("", str(error)) for error in form.non_field_errors()]
    return whole + [(_target(field), str(error)) for field in form for error in field.errors]


@register.simple_block_tag
def card(content: str, heading: str = "", level: int = 2, url: str = "", classes: str = "", icon: str = "") -> str:
    """{% card heading="…" %}…{% endcard %}: a framed part of a page; with `url` the heading is a link."""
    return render_to_string(
        "components/card.html",
        {"content": content, "heading": heading, "level": level, "url": url, "classes": classes, "icon": icon},
    )


@register.simple_block_tag
def alert(content: str, kind: str = "info", heading: str = "", level: int = 2) -> str:
    """{% alert "warning" heading="…" %}…{% endalert %}; kind info|success|warning|error."""
    return render_to_string("components/alert.html", {"content": content, "kind": kind, "heading": heading, "level": level})


@register.simple_block_tag
def details(content: str, summary: str, is_open: bool = False) -> str:
    """{% details summary="…" %}…{% enddetails %}: folded explanation."""
    return render_to_string("components/details.html", {"content": content, "summary": summary, "open": is_open})
