"""Charts: well-formed, escaped, readable and honest axes, whatever the data and the texts."""

import dataclasses
import re
from itertools import pairwise

import pytest
from defusedxml import ElementTree
from hypothesis import example as example_of
from hypothesis import given, settings
from hypothesis import strategies as st

from kip.charts import DotRow, Dots, Note, Series, dot_interval_svg, pair, sparkline_svg, trend_svg
from kip.charts.scale import axis_range, spaced, spread_out
from kip.charts.svg import text_width, wrapped

SVG = "{http://www.w3.org/2000/svg}"
EVIL = "<script>alert('x')</script> & \"ud\" \x00\x0b\ud800{{7*7}} ]]> onload=x"


def percent(value: float) -> str:
    return f"{value * 100:.0f}\u00a0%"


def example(**changes) -> Series:
    months = ("jan 2026", "feb 2026", "mar 2026", "apr 2026", "maj 2026", "jun 2026")
    plain = Series(
        labels=months,
        values=(0.52, 0.55, None, 0.61, 0.66, 0.7),
        lower=(0.42, 0.45, None, 0.51, 0.56, 0.6),
        upper=(0.62, 0.65, None, 0.71, 0.76, 0.79),
        band_low=(0.55,) * 6,
        band_high=(0.85,) * 6,
        reference=(0.7,) * 6,
        target=0.95,
        title="HbA1c målt seneste år",
        reading="Jeres tal ligger som ventet. Der er en reel forbedring siden april 2026.",
        direction="Højere er bedre",
        tick=percent,
        notes=(Note(3, "Ny arbejdsgang"),),
        breaks=(Note(1, "Ny definition"),),
        since=3,
        own_label="Jeres klinik 70 %",
        reference_label="Midterste klinik 70 %",
        band_label="De midterste 80 %",
        target_label="Mål 95 %",
    )
    return dataclasses.replace(plain, **changes)


def cluster(**changes) -> Dots:
    rows = (
        DotRow("Lægerne Torvet", 0.6, 0.5, 0.7, order=0.66),
        DotRow("Lægehuset Nord", 0.9, 0.6, 0.98, order=0.71, own=True),
        DotRow("Klinik Havnen", 0.8, 0.72, 0.86, order=0.78),
        DotRow("Lægehuset Vest", None, text="for få patienter"),
    )
    plain = Dots(
        rows=rows,
        title="Klyngen",
        reading="Fire klinikker",
        direction="Højere er bedre",
        tick=percent,
        reference=0.7,
        reference_label="Midterste klinik",
        band_low=0.6,
        band_high=0.85,
        band_label="De midterste 80 %",
        target=0.75,
        target_label="Mål 75 %",
    )
    return dataclasses.replace(plain, **changes)


def texts(markup: str) -> list[str]:
    return [node.text for node in ElementTree.fromstring(markup).iter(f"{SVG}text")]


EVERY = {
    "trend wide": lambda: trend_svg(example(), "wide", "a"),
    "trend narrow": lambda: trend_svg(example(), "narrow", "a"),
    "dots wide": lambda: dot_interval_svg(cluster(), "wide", "a"),
    "dots narrow": lambda: dot_interval_svg(cluster(), "narrow", "a"),
    "sparkline": lambda: sparkline_svg((0.5, None, 0.7, 0.6), 0.65),
    "named sparkline": lambda: sparkline_svg((0.5, 0.7), title="Stiger", ident="s"),
}


@pytest.mark.parametrize("name", EVERY)
def test_drawn_without_style_script_and_links(name):
    root = ElementTree.fromstring(EVERY[name]())
    for node in root.iter():
        assert node.tag.removeprefix(SVG) in {"svg", "title", "desc", "g", "path", "rect", "circle", "text"}
        assert [key for key in node.attrib if key == "style" or key.startswith("on") or "href" in key] == []


@pytest.mark.parametrize("name", [name for name in EVERY if "spark" not in name])
def test_named_by_the_reading_sentence_in_readable_text(name):
    root = ElementTree.fromstring(EVERY[name]())
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert (root.get("role"), root.get("aria-labelledby")) == ("img", title.get("id"))
    assert root.get("aria-describedby") == desc.get("id")
    assert title.text in {example().reading, cluster().reading}
    assert "Højere er bedre" in desc.text
    sizes = [float(node.get("font-size")) for node in root.iter() if node.get("font-size")]
    assert min(sizes) >= 14


@pytest.mark.parametrize("name", [name for name in EVERY if "spark" not in name])
def test_all_text_stays_on_the_paper(name):
    root = ElementTree.fromstring(EVERY[name]())
    font, width = float(root.get("font-size")), float(root.get("width"))
    for node in root.iter(f"{SVG}text"):
        size = text_width(node.text, font) * 0.93  # the estimate is generous
        share = {"end": 1.0, "middle": 0.5}.get(node.get("text-anchor", ""), 0.0)
        start = float(node.get("x")) - share * size
        assert start >= -1, node.text
        assert start + size <= width + 1, node.text
        assert 0 < float(node.get("y")) < float(root.get("height"))


def test_hostile_text_stays_text():
    hostile = example(
        title=EVIL,
        reading=EVIL,
        direction=EVIL,
        own_label=EVIL,
        reference_label=EVIL,
        band_label=EVIL,
        target_label=EVIL,
        labels=(EVIL,) * 6,
        notes=(Note(0, EVIL),),
        tick=lambda value: EVIL,
    )
    rows = (DotRow(EVIL, None, text=EVIL), DotRow(EVIL, 0.5))
    for markup in (
        pair(hostile, "x"),
        pair(cluster(rows=rows, reading=EVIL, reference_label=EVIL), "y"),
        sparkline_svg((0.1, 0.2), title=EVIL),
    ):
        root = ElementTree.fromstring(markup)
        assert [node for node in root.iter() if "script" in node.tag] == []
        assert "<script" not in markup
        title = next(root.iter(f"{SVG}title"))
        assert title.text.startswith("<script>alert('x')</script> & \"ud\" {{7*7}}")


def test_pair_has_both_layouts_and_unique_ids():
    markup = pair(example(), "dm01") + pair(cluster(), "dm02")
    idents = re.findall(r' id="([^"]+)"', markup)
    assert len(idents) == len(set(idents)) == 12
    assert markup.count("chart chart--narrow") == markup.count("chart chart--wide") == 2
    sizes = [node.get("viewBox").split()[2] for node in ElementTree.fromstring(pair(example(), "a"))]
    assert sizes == ["360", "720"]


values = st.none() | st.floats(0, 1)


@settings(max_examples=150, deadline=None)
@given(st.lists(values, min_size=1, max_size=40), values, st.sampled_from(["narrow", "wide"]))
def test_any_series_can_be_drawn(points, target, width):
    plain = Series(
        labels=tuple(f"m{i}" for i in range(len(points))),
        values=tuple(points),
        lower=tuple(None if v is None else v * 0.9 for v in points),
        upper=tuple(None if v is None else min(1.0, v * 1.1) for v in points),
        title="t",
        reading="r",
        direction="d",
        tick=percent,
        target=target,
        since=len(points) // 2,
        own_label="Jeres klinik",
        target_label="Mål",
    )
    root = ElementTree.fromstring(trend_svg(plain, width))
    own = root.find(f"{SVG}g[@class='chart__own']")
    drawn = [] if own is None else own.findall(f"{SVG}circle")
    assert len(drawn) == len([v for v in points if v is not None])
    for dot in drawn:
        assert 0 <= float(dot.get("cy")) <= float(root.get("height"))
    assert "nan" not in ElementTree.tostring(root).decode()


def test_points_before_the_change_are_hollow_and_gaps_are_gaps():
    root = ElementTree.fromstring(trend_svg(example()))
    own = root.find(f"{SVG}g[@class='chart__own']")
    assert [dot.get("fill") == "#ffffff" for dot in own.findall(f"{SVG}circle")] == [True, True, False, False, False]
    curve = next(node for node in own.findall(f"{SVG}path") if node.get("stroke-width") == "2.5")
    assert curve.get("d").count("M") == 1  # the definition change and the missing month leave one stretch


def test_axis_that_does_not_begin_at_zero_is_marked():
    assert "chart__break" in trend_svg(example(lower=(0.5,) * 6))
    assert "chart__break" not in trend_svg(example(values=(0.1,) * 6, lower=(0.05,) * 6))
    assert "chart__break" in dot_interval_svg(cluster())


def test_lines_differ_without_colour():
    root = ElementTree.fromstring(trend_svg(example()))
    reference = root.find(f"{SVG}path[@class='chart__reference']")
    assert reference.get("stroke-dasharray") == "7 4"
    target = root.find(f"{SVG}g[@class='chart__target']")
    assert target.findall(f"{SVG}path")[0].get("stroke-dasharray") == "2 4"


def test_dots_are_sorted_by_the_shrunken_value_and_empty_rows_come_last():
    shown = texts(dot_interval_svg(cluster()))
    names = [name for name in shown if name.startswith(("Læge", "Klinik"))]
    assert names == ["Klinik Havnen", "Lægehuset Nord", "Lægerne Torvet", "Lægehuset Vest"]
    moved = cluster(rows=cluster().rows[::-1])
    assert dot_interval_svg(moved) == dot_interval_svg(cluster())


def test_suppressed_row_draws_nothing_but_words():
    only = cluster(rows=(DotRow("A", None, 0.1234, 0.5678, text="skjult"),), reference=None, target=None)
    root = ElementTree.fromstring(dot_interval_svg(only))
    row = root.find(f"{SVG}g[@class='chart__row chart__row--empty']")
    assert [node.tag.removeprefix(SVG) for node in row] == ["text", "text"]


def test_sparkline_is_decoration_unless_named():
    assert ElementTree.fromstring(sparkline_svg((0.1, 0.2))).get("aria-hidden") == "true"
    named = ElementTree.fromstring(sparkline_svg((0.1, 0.2), title="Stiger", ident="k"))
    assert (named.get("role"), named.get("aria-hidden"), named[0].text) == ("img", None, "Stiger")
    assert ElementTree.fromstring(sparkline_svg(())).findall(f"{SVG}path") == []


def run_chart(**changes) -> Series:
    labels = tuple(f"m{i}" for i in range(12))
    plain = Series(
        labels=labels,
        values=(0.5, 0.52, 0.49, 0.51, 0.5, None, 0.7, 0.71, 0.72, 0.7, 0.73, 0.71),
        title="t",
        reading="r",
        direction="Højere er bedre",
        tick=percent,
        reference=(0.5,) * 6 + (0.71,) * 6,
        limit_low=(0.44,) * 6 + (0.66,) * 6,
        limit_high=(0.56,) * 6 + (0.76,) * 6,
        breaks=(Note(6, "Nye grænser"),),
        signals=(1, 3, 4, 5, 6),
        limit_label="Øvre grænse",
    )
    return dataclasses.replace(plain, **changes)


def test_limits_and_centre_start_afresh_at_a_rebase():
    root = ElementTree.fromstring(trend_svg(run_chart()))
    limits = root.find(f"{SVG}path[@class='chart__limits']")
    assert limits.get("d").count("M") == 4
    assert root.find(f"{SVG}path[@class='chart__reference']").get("d").count("M") == 2
    assert "Øvre grænse" in " ".join(texts(trend_svg(run_chart())))
    assert (
        ElementTree.fromstring(trend_svg(run_chart(limit_low=(), limit_high=()))).find(f"{SVG}path[@class='chart__limits']")
        is None
    )


def test_signals_are_diamonds_joined_within_a_segment():
    root = ElementTree.fromstring(trend_svg(run_chart()))
    joined, diamonds = root.find(f"{SVG}g[@class='chart__signals']").findall(f"{SVG}path")
    assert diamonds.get("d").count("Z") == 4  # the missing point has none
    assert joined.get("d").count("M") == 1  # 3-4; 1 stands alone and 5 is missing
    assert ElementTree.fromstring(trend_svg(run_chart(signals=()))).find(f"{SVG}g[@class='chart__signals']") is None
    with pytest.raises(ValueError, match="signal lies outside"):
        run_chart(signals=(12,))


def test_comparison_keeps_its_order_and_writes_the_numbers():
    rows = tuple(dataclasses.replace(row, text=row.text or f"{row.value:.2f}") for row in cluster().rows)
    for width in ("narrow", "wide"):
        shown = texts(dot_interval_svg(cluster(rows=rows, keep_order=True), width))
        names = [name for name in shown if name.startswith(("Læge", "Klinik"))]
        assert names == [row.label for row in rows]
        assert {"0.60", "0.90", "0.80"} <= set(shown)


def test_no_break_spaces_are_not_broken():
    assert wrapped("Jeres midte før: 62\u00a0%", 100, 15) == ["Jeres midte", "før: 62\u00a0%"]


def test_wrong_lengths_are_refused():
    with pytest.raises(ValueError, match="lower has 1 entries for 6 labels"):
        example(lower=(0.1,))
    with pytest.raises(ValueError, match="outside"):
        example(notes=(Note(6, "x"),))


@example_of([1.0], True)
@example_of([0.0], False)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.booleans())
def test_axis_covers_the_data(points, share):
    low, high, ticks = axis_range(points, percent=share)
    assert low <= min(points) + 1e-9
    assert max(points) <= high + 1e-9
    assert 2 <= len(ticks) <= 8
    assert low == 0 or min(points) > 0
    assert not share or high <= 1 + 1e-9


@given(st.lists(st.tuples(st.floats(0, 300), st.sampled_from([20.0, 40.0])), max_size=5))
def test_end_labels_never_touch(wanted):
    heights = [h for _, h in wanted]
    placed = spread_out([w for w, _ in wanted], heights, 0, 300)
    ranges = sorted((c - h / 2, c + h / 2) for c, h in zip(placed, heights, strict=True))
    assert all(above[1] <= below[0] + 1e-6 for above, below in pairwise(ranges))
    assert all(start >= -1e-6 and end <= 300 + 1e-6 for start, end in ranges)


def test_axis_labels_keep_the_newest():
    assert spaced(24, 460, 60) == [3, 7, 11, 15, 19, 23]
    assert (spaced(1, 100, 60), spaced(0, 100, 60)) == ([0], [])
    assert wrapped("De midterste 80 % af klinikkerne", 100, 15) == ["De midterste", "80 % af", "klinikkerne"]
