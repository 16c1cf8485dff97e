"""Icon pair of Making Data Count in our own drawing: variation (what is happening) and assurance (will the target be met).

A letter inside says the same as the shape and the colour: the caller gives it in the reader's language.
"""

from typing import Literal

from kip.charts import svg

Variation = Literal["common_cause", "improvement", "concern", "neutral_high", "neutral_low"]
Assurance = Literal["consistently_met", "consistently_missed", "hit_and_miss"]
TONES = {"common_cause": svg.GREY, "improvement": svg.BLUE, "concern": svg.ORANGE}
TARGETS = {"consistently_met": svg.BLUE, "consistently_missed": svg.ORANGE, "hit_and_miss": svg.GREY}
SIZE = 44.0


def variation_icon(variation: Variation, high: bool, letter: str, title: str, ident: str) -> str:
    """What is happening: a flat row of dots for chance, a rising or falling one that ends in a ring for a real change.

    high: the newest point lies above the mean. title: the words; ident: unique on the page.
    """
    colour = TONES.get(variation, svg.PURPLE)
    if variation == "common_cause":
        heights = (27.0, 23.5, 28.0, 24.5, 27.0)
    else:
        heights = (30.0, 28.0, 30.0, 23.0, 16.0) if high else (18.0, 20.0, 18.0, 24.0, 31.0)
    places = [(9.0 + 6 * i, y) for i, y in enumerate(heights)]
    line = svg.tag("path", d=svg.path(places), fill="none", stroke=colour, stroke_width=1.5)
    dots = "".join(svg.tag("circle", cx=x, cy=y, r=2.4, fill=colour) for x, y in places[:-1])
    x, y = places[-1]
    last = svg.tag("circle", cx=x, cy=y, r=3.6, fill=svg.WHITE if variation == "common_cause" else colour, stroke=colour)
    beside = 22.0 if variation == "common_cause" else 14.5 if high else 29.5
    return _icon(line + dots + last, colour, letter, title, ident, (beside, 16.5))


def assurance_icon(assurance: Assurance, letter: str, title: str, ident: str) -> str:
    """Will the target be met: the expected span drawn beyond, across or short of the target line (beyond = met)."""
    colour = TARGETS[assurance]
    middle = {"consistently_met": 20.0, "hit_and_miss": 27.0, "consistently_missed": 33.5}[assurance]
    target = svg.tag("path", d="M6 27H38", stroke=svg.INK, stroke_width=1.5, stroke_dasharray="3 2")
    span = svg.tag("rect", x=21.0, y=middle - 4.0, width=12.0, height=8.0, fill=colour, fill_opacity="0.85")
    return _icon(span + target, colour, letter, title, ident, (14.0, 22.0))


def _icon(body: str, colour: str, letter: str, title: str, ident: str, at: tuple[float, float]) -> str:
    ring = svg.tag("circle", cx=22.0, cy=22.0, r=20.5, fill=svg.WHITE, stroke=colour, stroke_width=2.0)
    sign = svg.text(at[0], at[1], letter, text_anchor="middle", font_weight="700", fill=colour, font_size=14.0)
    return svg.tag(
        "svg",
        svg.tag("title", svg.clean(title) or " ", id=f"{ident}-title") + ring + body + sign,
        xmlns="http://www.w3.org/2000/svg",
        viewBox="0 0 44 44",
        width=SIZE,
        height=SIZE,
        role="img",
        aria_labelledby=f"{ident}-title",
        class_="chart chart--icon",
        font_family=svg.FONT,
        focusable="false",
    )
