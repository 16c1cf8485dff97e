"""Accessible SVG charts drawn on the server; the same string serves page, mail and PDF.

Data in: Series (trend) or Dots (one row per practice), with all texts written by the caller in the reader's
language. Out: SVG without style attributes, style elements and scripts. The reading sentence is the title.
"""

from kip.charts.dots import dot_interval_svg
from kip.charts.pair import pair
from kip.charts.series import DotRow, Dots, Note, Series
from kip.charts.sparkline import sparkline_svg
from kip.charts.trend import trend_svg

__all__ = ["DotRow", "Dots", "Note", "Series", "dot_interval_svg", "pair", "sparkline_svg", "trend_svg"]
