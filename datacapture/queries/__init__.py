"""Reads of the feedback pages: frozen data ready for templates, with a constant number of queries each."""

from datacapture.queries.home import practice_home
from datacapture.queries.measure_table import measure_list
from datacapture.queries.one_measure import measure_page
from datacapture.queries.region import practice_list, practice_sheet
from datacapture.queries.region_overview import region_overview

__all__ = ["measure_list", "measure_page", "practice_home", "practice_list", "practice_sheet", "region_overview"]
