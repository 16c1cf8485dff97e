"""The practice report as a tagged PDF (PDF/UA-1), drawn from the same stored rows as the pages."""

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from datacapture.queries.report import PracticeReport, practice_report
from kip.core.numbers import long_date
from kip.core.pdf import css_words, draw, font_data
from practices.models import Practice


def practice_pdf(practice_id: int) -> bytes:
    """The report in the active language; call in the practice's scope."""
    report = practice_report(Practice.objects.select_related("region").get(pk=practice_id), timezone.localdate())
    html = render_to_string("reports/practice.html", {"report": report})
    return draw(html, render_to_string("reports/practice.css", {"fonts": font_data(), **_margins(report)}))


def _margins(report: PracticeReport) -> dict[str, SafeString]:
    """What stands above and below every page, as safe inside a CSS string."""
    data = report.edition
    words = {
        "running": report.practice.name,
        "release": _("Release %(label)s") % {"label": data.label} if data else "",
        "footer": _("Made %(day)s. The figures are the practice's own.") % {"day": long_date(report.made)},
        "page_word": _("Page"),
        "of_word": pgettext("page 1 of 9", "of"),
    }
    return css_words(words)
