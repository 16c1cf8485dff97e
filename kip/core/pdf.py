"""HTML to a tagged PDF (PDF/UA-1) in the portal's typeface. A document opens nothing outside itself."""

import base64
import re
from pathlib import Path
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

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


def draw(html: str, style: str = "") -> bytes:
    """PDF of one HTML text with its style sheet. The fetcher refuses every address but data:."""
    fonts, fetcher = FontConfiguration(), OnlyData()
    document: Any = HTML(string=html, url_fetcher=fetcher)
    sheet = CSS(string=style, url_fetcher=fetcher, font_config=fonts)
    return bytes(document.write_pdf(stylesheets=[sheet], font_config=fonts, pdf_variant=VARIANT))


def css_words(words: dict[str, str]) -> dict[str, SafeString]:
    """Texts that are safe inside a string of the style sheet, as what stands above and below every page."""
    return {name: mark_safe(UNSAFE.sub("", text)) for name, text in words.items()}  # noqa: S308  (quotes and slashes are gone)


def font_data() -> list[tuple[int, str]]:
    """Weight and font file as base64, so that the document needs nothing from outside."""
    return [(weight, base64.b64encode((FOLDER / name).read_bytes()).decode("ascii")) for weight, name in FONTS.items()]
