"""The report as a tagged PDF: the same words as the page, in the same order."""

from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accreditation.report.reading import Reading
from kip.core.pdf import css_words, draw, font_data


def report_pdf(reading: Reading) -> bytes:
    """In the active language. Needs no query."""
    row = reading.row
    words = css_words(
        {
            "running": f"{reading.practice} · {reading.title}",
            "state": "" if row.final else _("Draft"),
            "footer": _("Report %(number)s · checksum %(mark)s") % {"number": report_number(reading), "mark": reading.mark},
            "page_word": _("Page"), "of_word": pgettext("page 1 of 9", "of"),
        }
    )  # fmt: skip
    html = render_to_string("accreditation/report/pdf.html", {"report": reading})
    return draw(html, render_to_string("accreditation/report/pdf.css", {"fonts": font_data(), **words}))


def report_number(reading: Reading) -> str:
    """Survey, round and number of the signed report: names this text and no other."""
    row = reading.row
    number = f"{row.survey_id}-{row.round}-{row.number}"
    return number if row.final else number + " (" + _("draft") + ")"
