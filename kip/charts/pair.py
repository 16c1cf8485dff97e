"""Both layouts of one chart, so that CSS can show the one that fits."""

from kip.charts import svg
from kip.charts.dots import dot_interval_svg
from kip.charts.series import Dots, Series
from kip.charts.trend import trend_svg


def pair(chart: Series | Dots, ident: str) -> str:
    """Narrow (360) and wide (720) variant in one container of class chart-pair.

    CSS shows one and gives the other display: none, which also takes it out of the accessibility tree. `ident`
    must be unique on the page; the variants are `ident`-narrow and `ident`-wide.
    """
    if isinstance(chart, Series):
        both = trend_svg(chart, "narrow", f"{ident}-narrow") + trend_svg(chart, "wide", f"{ident}-wide")
    else:
        both = dot_interval_svg(chart, "narrow", f"{ident}-narrow") + dot_interval_svg(chart, "wide", f"{ident}-wide")
    return svg.tag("div", both, class_="chart-pair")
