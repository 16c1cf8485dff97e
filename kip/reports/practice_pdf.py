"""The practice report as a tagged PDF (PDF/UA-1), drawn from the same stored rows as the pages."""

import base64
import re
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from datacapture.queries.report import PracticeReport, practice_report
from kip.core.numbers import long_date
from practices.models import Practice

VARIANT = "pdf/ua-1"
UNSAFE = re.compile(r"[\"'\\\\<>{}\n\r\f]")  # would end a string of the style sheet
FOLDER = Path(__file__).resolve().parents[2] / "static" / "dkfds" / "fonts"
FONTS = {400: "IBMPlexSans-Regular-Latin1.woff2", 600: "IBMPlexSans-SemiBold-Latin1.woff2"}


class OnlyData(URLFetcher):
    """Opens data: addresses and nothing else: a report must never reach a network or a file."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=("data",), allow_redirects=False)

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        if not url.lower().startswith("data:"):
            raise ValueError("a report opens nothing outside itself")
        return super().fetch(url, headers)


def practice_pdf(practice_id: int) -> bytes:
    """The report in the active language; call in the practice's scope."""
    report = practice_report(Practice.objects.select_related("region").get(pk=practice_id), timezone.localdate())
    html = render_to_string("reports/practice.html", {"report": report})
    return draw(html, render_to_string("reports/practice.css", {"fonts": _fonts(), **_margins(report)}))


def _margins(report: PracticeReport) -> dict[str, str]:
    """What stands above and below every page, as safe inside a CSS string."""
    data = report.edition
    words = {
        "running": report.practice.name,
        "release": _("Release %(label)s") % {"label": data.label} if data else "",
        "footer": _("Made %(day)s. The figures are the practice's own.") % {"day": long_date(report.made)},
        "page_word": _("Page"),
        "of_word": pgettext("page 1 of 9", "of"),
    }
    return {name: mark_safe(UNSAFE.sub("", text)) for name, text in words.items()}  # noqa: S308  (quotes and slashes are gone)


def draw(html: str, style: str = "") -> bytes:
    """PDF of one HTML text with its style sheet. The fetcher refuses every address but data:."""
    fonts, fetcher = FontConfiguration(), OnlyData()
    document: Any = HTML(string=html, url_fetcher=fetcher)
    sheet = CSS(string=style, url_fetcher=fetcher, font_config=fonts)
    return bytes(document.write_pdf(stylesheets=[sheet], font_config=fonts, pdf_variant=VARIANT))


def _fonts() -> list[tuple[int, str]]:
    """Weight and font file as base64, so that the document needs nothing from outside."""
    return [(weight, base64.b64encode((FOLDER / name).read_bytes()).decode("ascii")) for weight, name in FONTS.items()]
