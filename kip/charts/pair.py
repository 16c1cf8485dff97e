"""Both layouts of one chart, so that CSS can show the one that fits."""

from kip.charts import svg
from kip.charts.answers import Answers, answers_svg
from kip.charts.dots import dot_interval_svg
from kip.charts.flow import Flow, flow_svg
from kip.charts.funnel import FunnelPlot, funnel_svg
from kip.charts.pyramid import Pyramid, pyramid_svg
from kip.charts.series import Dots, Series, Width
from kip.charts.trend import trend_svg

Chart = Series | Dots | FunnelPlot | Pyramid | Answers | Flow


def drawn(chart: Chart, width: Width, ident: str) -> str:
    """One layout of a chart of any kind; `ident` must be unique on the page."""
    match chart:
        case Series():
            return trend_svg(chart, width, ident)
        case Dots():
            return dot_interval_svg(chart, width, ident)
        case FunnelPlot():
            return funnel_svg(chart, width, ident)
        case Pyramid():
            return pyramid_svg(chart, width, ident)
        case Answers():
            return answers_svg(chart, width, ident)
        case Flow():
            return flow_svg(chart, width, ident)


def pair(chart: Chart, ident: str) -> str:
    """Narrow (360) and wide (720) variant in one container of class chart-pair.

    CSS shows one and gives the other display: none, which also takes it out of the accessibility tree. `ident`
    must be unique on the page; the variants are `ident`-narrow and `ident`-wide.
    """
    both = drawn(chart, "narrow", f"{ident}-narrow") + drawn(chart, "wide", f"{ident}-wide")
    return svg.tag("div", both, class_="chart-pair")
