"""Accessible SVG charts drawn on the server; the same string serves page, mail and PDF.

Data in: one dataclass per chart, with all texts written by the caller in the reader's language. Out: SVG without style
attributes, style elements and scripts, in two layouts (`pair`). The reading sentence is the title.

Series (trend, run and XmR chart), Dots (practices of a cluster, or own value against others), FunnelPlot, Pyramid, Answers
(stacked bars), Flow (steps of a pathway); beside them sparkline, grid of small multiples and the icon pair.
"""

from kip.charts.answers import AnswerRow, Answers, answers_svg
from kip.charts.dots import dot_interval_svg
from kip.charts.flow import Flow, Part, Step, flow_svg
from kip.charts.funnel import FunnelLine, FunnelPlot, FunnelPoint, funnel_svg
from kip.charts.icons import assurance_icon, variation_icon
from kip.charts.multiples import Panel, multiples_html
from kip.charts.pair import Chart, drawn, pair
from kip.charts.pyramid import AgeRow, Pyramid, pyramid_svg
from kip.charts.series import DotRow, Dots, Note, Series
from kip.charts.sparkline import sparkline_svg
from kip.charts.trend import trend_svg

__all__ = [
    "AgeRow",
    "AnswerRow",
    "Answers",
    "Chart",
    "DotRow",
    "Dots",
    "Flow",
    "FunnelLine",
    "FunnelPlot",
    "FunnelPoint",
    "Note",
    "Panel",
    "Part",
    "Pyramid",
    "Series",
    "Step",
    "answers_svg",
    "assurance_icon",
    "dot_interval_svg",
    "drawn",
    "flow_svg",
    "funnel_svg",
    "multiples_html",
    "pair",
    "pyramid_svg",
    "sparkline_svg",
    "trend_svg",
    "variation_icon",
]
