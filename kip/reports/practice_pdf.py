"""The practice report as a tagged PDF (PDF/UA-1), drawn from the same stored rows as the pages."""

import base64
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from datacapture.queries.report import practice_report
from practices.models import Practice

VARIANT = "pdf/ua-1"
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
    report = practice_report(Practice.objects.select_related("region").get(pk=practice_id))
    html = render_to_string("reports/practice.html", {"report": report})
    return draw(html, render_to_string("reports/practice.css", {"fonts": _fonts()}))


def draw(html: str, style: str = "") -> bytes:
    """PDF of one HTML text with its style sheet. The fetcher refuses every address but data:."""
    fonts, fetcher = FontConfiguration(), OnlyData()
    document: Any = HTML(string=html, url_fetcher=fetcher)
    sheet = CSS(string=style, url_fetcher=fetcher, font_config=fonts)
    return bytes(document.write_pdf(stylesheets=[sheet], font_config=fonts, pdf_variant=VARIANT))


def _fonts() -> list[tuple[int, str]]:
    """Weight and font file as base64, so that the document needs nothing from outside."""
    return [(weight, base64.b64encode((FOLDER / name).read_bytes()).decode("ascii")) for weight, name in FONTS.items()]
