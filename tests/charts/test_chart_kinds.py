"""Funnel, pyramid, answers, flow, icons and small multiples: readable, escaped and honest whatever they are given."""

import dataclasses
import re

import pytest
from defusedxml import ElementTree
from hypothesis import given, settings
from hypothesis import strategies as st

from kip import charts
from kip.charts.svg import text_width

SVG = "{http://www.w3.org/2000/svg}"
EVIL = "<script>alert('x')</script> & \"ud\" \x00{{7*7}} onload=x"
KINDS = ("funnel", "pyramid", "answers", "flow")


def percent(value: float) -> str:
    return f"{value * 100:.0f}\u00a0%"


def whole(value: float) -> str:
    return f"{value:.0f}"


def funnel(**changes) -> charts.FunnelPlot:
    sizes = tuple(float(n) for n in range(5, 401, 5))
    points = (
        *(charts.FunnelPoint(20.0 + 3 * i, 0.6 + (i % 9) * 0.025) for i in range(60)),
        charts.FunnelPoint(120, 0.75, own=True),
        charts.FunnelPoint(300, 0.48, "signal", True, "Lægehuset Nord"),
        charts.FunnelPoint(390, 0.86, "attention", True, "Klinik Havnen med langt navn"),
    )
    edges = tuple(0.2 / n**0.5 * 10 for n in sizes)
    plain = charts.FunnelPlot(
        points=points,
        sizes=sizes,
        lines=(charts.FunnelLine(tuple(0.7 - e for e in edges), tuple(0.7 + e for e in edges), "99,8\u00a0%"),),
        centre=0.7,
        centre_label="Midterste klinik 70\u00a0%",
        title="HbA1c",
        reading="To klinikker ligger længere fra de andre, end tilfældet forklarer.",
        direction="Højere er bedre",
        size_label="Antal patienter",
        tick=percent,
        size_tick=whole,
        legend={(True, "signal"): "tydeligt signal", (False, "plain"): "andre", (False, "signal"): "andre med signal"},
    )
    return dataclasses.replace(plain, **changes)


def pyramid(**changes) -> charts.Pyramid:
    rows = tuple(charts.AgeRow(f"{i}0-{i}9", 0.05 + i / 200, 0.06, 0.05, 0.05) for i in range(9))
    plain = charts.Pyramid(
        rows=(*rows, charts.AgeRow("90+", None, 0.01, None, 0.02)),
        left_label="Kvinder",
        right_label="Mænd",
        title="Alder og køn",
        reading="Jeres patienter er ældre.",
        tick=percent,
        other_label="Lignende klinikker",
        hidden_label="skjult af hensyn til patienter",
    )
    return dataclasses.replace(plain, **changes)


def answers(**changes) -> charts.Answers:
    plain = charts.Answers(
        rows=(
            charts.AnswerRow("Lyttede lægen til dig?", (0.5, 0.3, 0.1, 0.06, 0.04), "42 svar", True),
            charts.AnswerRow("Fik du den information, som du havde brug for, om din behandling?", (0.2,) * 5, "41 svar"),
            charts.AnswerRow("Blev dine pårørende inddraget?", None, "for få svar"),
        ),
        options=("I meget høj grad", "I høj grad", "I nogen grad", "I mindre grad", "Slet ikke"),
        title="Patienternes svar",
        reading="8 af 10 følte sig hørt.",
        tick=percent,
    )
    return dataclasses.replace(plain, **changes)


EYES = (
    charts.Part("came", 100, "100 inden for fristen"), charts.Part("later", 151, "151 senere"),
    charts.Part("lost", 149, "149 kom ikke"),
)  # fmt: skip


def flow(**changes) -> charts.Flow:
    steps = (
        charts.Step("Diabetes konstateret i almen praksis", 400, "400 patienter"),
        charts.Step("Undersøgt hos øjenlæge", 400, parts=EYES, waiting="74 dage", late=True),
        charts.Step("Behandlet på hospital", 251, parts=(charts.Part("came", 9, "9 patienter"),), waiting="31 dage"),
        charts.Step("Kontrol", None, "skjult af hensyn til patienter"),
    )
    plain = charts.Flow(steps, "Øjne", "251 af 400 får øjnene undersøgt.", "længere end aftalt")
    return dataclasses.replace(plain, **changes)


MADE = {"funnel": funnel, "pyramid": pyramid, "answers": answers, "flow": flow}
CASES = [(kind, width) for kind in KINDS for width in ("narrow", "wide")]


@pytest.mark.parametrize(("kind", "width"), CASES)
def test_drawn_without_style_script_and_links(kind, width):
    for node in ElementTree.fromstring(charts.drawn(MADE[kind](), width, "a")).iter():
        assert node.tag.removeprefix(SVG) in {"svg", "title", "desc", "g", "path", "rect", "circle", "text"}
        assert [key for key in node.attrib if key == "style" or key.startswith("on") or "href" in key] == []


@pytest.mark.parametrize(("kind", "width"), CASES)
def test_named_by_the_reading_sentence_in_readable_text_on_the_paper(kind, width):
    chart = MADE[kind]()
    root = ElementTree.fromstring(charts.drawn(chart, width, "a"))
    assert root.find(f"{SVG}title").text == chart.reading
    assert chart.title in root.find(f"{SVG}desc").text
    font, total = float(root.get("font-size")), float(root.get("width"))
    assert total == {"narrow": 360, "wide": 600 if kind == "flow" else 720}[width]
    assert min([font, *(float(node.get("font-size")) for node in root.iter() if node.get("font-size"))]) >= 14
    for node in root.iter(f"{SVG}text"):
        size = text_width(node.text, font) * 0.93  # the estimate is generous
        start = float(node.get("x")) - {"end": 1.0, "middle": 0.5}.get(node.get("text-anchor", ""), 0.0) * size
        assert start >= -1, node.text
        assert start + size <= total + 1, node.text
        assert 0 < float(node.get("y")) < float(root.get("height"))


def test_hostile_text_stays_text():
    evil = [
        funnel(
            title=EVIL, reading=EVIL, centre_label=EVIL, points=(charts.FunnelPoint(9, 0.5, label=EVIL),), tick=lambda v: EVIL
        ),
        pyramid(rows=(charts.AgeRow(EVIL, 0.1, None),), reading=EVIL, left_label=EVIL, hidden_label=EVIL),
        answers(rows=(charts.AnswerRow(EVIL, None, EVIL),), options=(EVIL,), reading=EVIL),
        flow(steps=(charts.Step(EVIL, 5, EVIL), charts.Step(EVIL, 9, EVIL, (charts.Part("lost", 9, EVIL),), EVIL)), reading=EVIL),
    ]
    markup = "".join(charts.pair(chart, f"x{i}") for i, chart in enumerate(evil))
    markup += charts.multiples_html((charts.Panel(EVIL, (0.1,), EVIL, EVIL, url=EVIL),), EVIL)
    markup += charts.variation_icon("concern", True, "H", EVIL, "v") + charts.assurance_icon("hit_and_miss", "?", EVIL, "w")
    assert "<script" not in markup
    assert [node for node in ElementTree.fromstring(f"<div>{markup}</div>").iter() if "script" in node.tag] == []


def test_pairs_have_both_layouts_and_unique_ids():
    markup = "".join(charts.pair(MADE[kind](), kind) for kind in KINDS)
    idents = re.findall(r' id="([^"]+)"', markup)
    assert len(idents) == len(set(idents)) == 3 * 8


def points_drawn(markup: str) -> dict[str, int]:
    found = {}
    for node in ElementTree.fromstring(markup).iter(f"{SVG}path"):
        if "chart__points" in node.get("class", "") and node.get("class") not in found:
            found[node.get("class")] = node.get("d").count("M")
    return found


def test_funnel_draws_all_points_of_a_kind_as_one_path():
    found = points_drawn(charts.funnel_svg(funnel(legend={})))
    assert found == {
        "chart__points chart__points--plain": 60,
        "chart__points chart__points--plain chart__points--own": 1,
        "chart__points chart__points--attention chart__points--own": 1,
        "chart__points chart__points--signal chart__points--own": 1,
    }
    many = funnel(points=funnel().points * 150, legend={})
    assert len(charts.funnel_svg(many)) < 9_450 * 16 + 60_000


def test_funnel_explains_only_what_it_shows_and_marks_a_cut_axis():
    words = "".join(ElementTree.fromstring(charts.funnel_svg(funnel())).itertext())
    assert "tydeligt signal" in words
    assert "andre med signal" not in words
    assert "Højere er bedre" in words
    assert "chart__break" in charts.funnel_svg(funnel())
    assert "chart__break" not in charts.funnel_svg(funnel(points=(charts.FunnelPoint(100, 0.05),)))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 5000), st.floats(0, 1), st.sampled_from(["plain", "attention", "signal"]), st.booleans()),
        max_size=40,
    ),
    st.sampled_from(["narrow", "wide"]),
)
def test_any_funnel_can_be_drawn_inside_its_frame(rows, width):
    points = tuple(charts.FunnelPoint(n, v, mark, own, "Navn" if mark == "signal" else "") for n, v, mark, own in rows)
    markup = charts.funnel_svg(funnel(points=points, legend={}), width)
    root = ElementTree.fromstring(markup)
    assert sum(points_drawn(markup).values()) == len(rows)
    assert "nan" not in markup
    for node in root.iter(f"{SVG}path"):
        if "chart__points" in node.get("class", ""):
            for x, y in re.findall(r"M([\d.-]+) ([\d.-]+)", node.get("d")):
                assert -1 <= float(x) <= float(root.get("width"))
                assert 0 <= float(y) <= float(root.get("height"))


def test_contours_must_fit_the_grid():
    with pytest.raises(ValueError, match="one entry per size"):
        funnel(sizes=(1.0,))


def test_pyramid_has_the_oldest_on_top_and_hides_without_a_bar():
    root = ElementTree.fromstring(charts.pyramid_svg(pyramid()))
    rows = root.findall(f"{SVG}g[@class='chart__row']")
    assert next(rows[0].iter(f"{SVG}text")).text == "90+"
    assert [len(row.findall(f"{SVG}rect")) for row in rows] == [1] + [2] * 9
    widths = [float(node.get("width")) for node in rows[1].findall(f"{SVG}rect")]
    assert widths[0] / widths[1] == pytest.approx(0.09 / 0.06, rel=0.01)
    assert "skjult" in "".join(root.itertext())
    bare = charts.pyramid_svg(pyramid(rows=(charts.AgeRow("0-9", 0.0, 0.0),)))
    assert "Lignende" not in "".join(node.text for node in ElementTree.fromstring(bare).iter(f"{SVG}text"))


def test_answer_bars_fill_their_width_and_few_answers_have_none():
    root = ElementTree.fromstring(charts.answers_svg(answers()))
    full = root.find(f"{SVG}g[@class='chart__row']")
    widths = [float(node.get("width")) for node in full.findall(f"{SVG}rect")]
    assert sum(widths) == pytest.approx(720 - 5, abs=0.5)
    assert widths[0] / widths[2] == pytest.approx(5, rel=0.03)
    empty = root.find(f"{SVG}g[@class='chart__row chart__row--empty']")
    assert empty.findall(f"{SVG}rect") == []
    for options in range(1, 8):
        colours = charts.answers.colours_of(options)
        assert len(colours) == options
        assert len(set(colours)) == options
    with pytest.raises(ValueError, match="one share per option"):
        answers(options=("Ja", "Nej"))


def test_flow_shows_steps_waiting_and_loss_in_order():
    root = ElementTree.fromstring(charts.flow_svg(flow()))
    shown = [node.text for node in root.iter(f"{SVG}text")]
    wanted = [
        "Diabetes konstateret i almen praksis", "400 patienter", "Undersøgt hos øjenlæge", "100 inden for fristen", "151 senere",
        "149 kom ikke", "74 dage – længere end aftalt", "Behandlet på hospital", "9 patienter", "31 dage", "Kontrol",
        "skjult af hensyn til patienter",
    ]  # fmt: skip
    assert [word for word in shown if word not in "1234"] == wanted, "what is said of a step stands under its own bar"
    said = "Undersøgt hos øjenlæge: 100 inden for fristen, 151 senere, 149 kom ikke, 74 dage"
    assert said in root.find(f"{SVG}desc").text
    bars = [node for node in root.iter(f"{SVG}rect") if float(node.get("height")) == charts.flow.BAR]
    wide = [(float(node.get("width")) + 1) / 572 * 400 for node in bars]
    assert wide == pytest.approx([400, 100, 151, 149, 9], abs=1.0), "each part is as wide as its number"
    assert len({node.get("fill") for node in bars[1:4]}) == 3
    assert charts.flow_svg(flow(steps=())).startswith("<svg")


def test_icons_say_it_by_word_letter_and_shape():
    drawn = {
        charts.variation_icon(word, high, "H", "Forbedring", "i")
        for word in ("common_cause", "improvement", "concern", "neutral_high")
        for high in (True, False)
    }
    assert len(drawn) == 7  # chance looks the same high and low
    root = ElementTree.fromstring(charts.variation_icon("improvement", True, "H", "Forbedring, høj", "i"))
    assert (root.get("role"), root.find(f"{SVG}title").text) == ("img", "Forbedring, høj")
    assert [node.text for node in root.iter(f"{SVG}text")] == ["H"]
    words = ("consistently_met", "consistently_missed", "hit_and_miss")
    assert len({charts.assurance_icon(word, "?", "t", "i") for word in words}) == 3


def test_small_multiples_share_their_scale():
    panels = (charts.Panel("A", (0.1, 0.2), "20 %"), charts.Panel("B", (0.8, 0.9), "90 %", "som ventet", 0.5, "/b"))
    shared = ElementTree.fromstring(charts.multiples_html(panels, "Temaer"))
    own = ElementTree.fromstring(charts.multiples_html(panels, "Temaer", shared=False))

    def newest(root):
        return [float(node.get("cy")) for node in root.iter(f"{SVG}circle")]

    assert newest(shared)[0] > newest(shared)[1]
    assert newest(own)[0] == newest(own)[1] == 4
    assert (shared.tag, shared.get("aria-label"), len(shared)) == ("ul", "Temaer", 2)
    assert [node.get("href") for node in shared.iter("a")] == ["/b"]
    assert {node.get("aria-hidden") for node in shared.iter(f"{SVG}svg")} == {"true"}
    assert charts.multiples_html((), "Temaer") == ""
