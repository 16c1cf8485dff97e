"""Small multiples: one sparkline per measure or area in a grid, each with its name, its number and a word."""

from dataclasses import dataclass

from kip.charts import svg
from kip.charts.series import Value
from kip.charts.sparkline import sparkline_svg


@dataclass(frozen=True)
class Panel:
    """One cell of the grid. text: the number in words; word: its verdict; url: where it leads, empty for nowhere."""

    title: str
    values: tuple[Value, ...]
    text: str
    word: str = ""
    reference: Value = None
    url: str = ""


def multiples_html(panels: tuple[Panel, ...], label: str, *, shared: bool = True) -> str:
    """The grid as a list of class chart-multiples; the pictures are decoration beside numbers that are text.

    shared: all panels have one vertical scale, so that heights can be compared (False: each its own). label names the
    list. No panel gives an empty string.
    """
    if not panels:
        return ""
    known = [v for panel in panels for v in (*panel.values, panel.reference) if v is not None]
    span = (min(known), max(known)) if shared and known else None
    return svg.tag("ul", "".join(_panel(panel, span) for panel in panels), class_="chart-multiples", aria_label=label)


def _panel(panel: Panel, span: tuple[float, float] | None) -> str:
    name = svg.tag("span", svg.clean(panel.title), class_="chart-multiples__title")
    if panel.url:
        name = svg.tag("a", svg.clean(panel.title), href=panel.url, class_="chart-multiples__title")
    spark = sparkline_svg(panel.values, panel.reference, size=(160, 44), span=span)
    number = svg.tag("span", svg.clean(panel.text), class_="chart-multiples__number") if panel.text else ""
    word = svg.tag("span", svg.clean(panel.word), class_="chart-multiples__word") if panel.word else ""
    return svg.tag("li", name + spark + number + word, class_="chart-multiples__item")
