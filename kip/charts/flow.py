"""Steps of a pathway: how many reach each step, how long they wait before it, how many do not go on."""

from dataclasses import dataclass

from kip.charts import svg
from kip.charts.series import Value, Width

FONTS: dict[Width, float] = {"narrow": 15.0, "wide": 14.0}
WIDTHS: dict[Width, float] = {"narrow": 360.0, "wide": 720.0}
BAR = 26.0


@dataclass(frozen=True)
class Step:
    """One step. count: people who reach it, None when hidden; text: the number in words ("312 af 400, 78 %") or why it is
    hidden; waiting: time from the step before ("12 dage, de midterste 9-16"); lost: who did not get here; late: the waiting
    is longer than it should be."""

    label: str
    count: Value
    text: str
    waiting: str = ""
    lost: str = ""
    late: bool = False


@dataclass(frozen=True)
class Flow:
    """A pathway from its first to its last step; the first known count is the full width."""

    steps: tuple[Step, ...]
    title: str
    reading: str
    late_label: str = ""


def flow_svg(flow: Flow, width: Width = "wide", ident: str = "flow") -> str:
    """The steps as one SVG string, top to bottom. `ident`: unique on the page."""
    total, font = WIDTHS[width], FONTS[width]
    left = 26.0
    full = max((step.count for step in flow.steps if step.count is not None), default=1.0) or 1.0
    body, line = [], 4.0
    anchors = []
    for place, step in enumerate(flow.steps):
        if place:
            drawn, line = _between(step, left, line, total, font, flow.late_label)
            body.append(drawn)
        drawn, start, line = _step(step, place + 1, full, left, line, total, font)
        anchors.append(start)
        body.append(drawn)
    spine = svg.path([(9.5, anchors[0]), (9.5, anchors[-1])]) if len(anchors) > 1 else ""
    back = svg.tag("path", d=spine, stroke=svg.AXIS, stroke_width=1.5) if spine else ""
    return svg.picture(
        back + "".join(body),
        size=(total, line + 4),
        ident=ident,
        title=flow.reading,
        desc=". ".join(part.rstrip(".") for part in (flow.title, *_told(flow)) if part) + ".",
        kind=f"chart--{width} chart--flow",
        font=font,
    )


def _told(flow: Flow) -> list[str]:
    return [
        ": ".join((step.label, ", ".join(part for part in (step.text, step.waiting, step.lost) if part))) for step in flow.steps
    ]


def _step(step: Step, number: int, full: float, left: float, top: float, total: float, font: float) -> tuple[str, float, float]:
    """Numbered name, bar and number; returns the middle of the number sign and the line below."""
    lines = svg.wrapped(step.label, total - left, font * 1.08)
    gap = font * 1.3
    centre = top + gap * 0.62
    parts = [
        svg.tag("circle", cx=9.5, cy=centre, r=9.5, fill=svg.BLUE),
        svg.text(9.5, centre + 5, str(number), text_anchor="middle", fill=svg.WHITE, font_weight="600", font_size=14.0),
    ]
    parts += [svg.text(left, top + gap * (i + 0.85), words, font_weight="600", fill=svg.INK) for i, words in enumerate(lines)]
    base = top + gap * max(1, len(lines)) + 4
    if step.count is None:
        parts.append(svg.text(left, base + font, step.text, font_style="italic"))
        return svg.tag("g", "".join(parts), class_="chart__row chart__row--empty"), centre, base + font * 1.5
    room = total - left
    wide = max(step.count / full * room, 2.0)
    parts.append(svg.tag("rect", x=left, y=base, width=room, height=BAR, fill=svg.BAND))
    parts.append(svg.tag("rect", x=left, y=base, width=wide, height=BAR, fill=svg.BLUE))
    inside = svg.text_width(step.text, font) + 16 <= wide
    at, ink = (left + 9, svg.WHITE) if inside else (left + wide + 9, svg.INK)
    if not inside and at + svg.text_width(step.text, font) > total:
        parts.append(svg.text(left, base + BAR + font * 1.25, step.text, fill=svg.INK))
        return svg.tag("g", "".join(parts), class_="chart__row"), centre, base + BAR + font * 1.6
    parts.append(svg.text(at, base + BAR / 2 + font * 0.35, step.text, fill=ink, font_weight="600" if inside else None))
    return svg.tag("g", "".join(parts), class_="chart__row"), centre, base + BAR + 4


def _between(step: Step, left: float, top: float, total: float, font: float, late: str) -> tuple[str, float]:
    """Waiting (a clock) and loss (an arrow that leaves) between two steps."""
    parts, line = [], top + 6
    waiting = f"{step.waiting} – {late}" if step.late and step.waiting and late else step.waiting
    for words, mark in ((waiting, _clock), (step.lost, _leaving)):
        if not words:
            continue
        colour = svg.ORANGE if mark is _clock and step.late else svg.GREY
        parts.append(mark(left + 8, line + font * 0.62, colour))
        for row in svg.wrapped(words, total - left - 26, font):
            parts.append(svg.text(left + 24, line + font, row, fill=colour, font_weight="600" if colour == svg.ORANGE else None))
            line += font * 1.35
        line += 2
    return svg.tag("g", "".join(parts), class_="chart__between") if parts else "", line + 8


def _clock(x: float, y: float, colour: str) -> str:
    face = svg.tag("circle", cx=x, cy=y, r=7.0, fill=svg.WHITE, stroke=colour, stroke_width=1.75)
    return face + svg.tag("path", d=svg.path([(x, y - 4), (x, y), (x + 3, y + 2)]), fill="none", stroke=colour, stroke_width=1.75)


def _leaving(x: float, y: float, colour: str) -> str:
    arrow = svg.path([(x - 7, y - 5), (x + 5, y + 4)]) + svg.path([(x - 1, y + 5), (x + 6, y + 5), (x + 5, y - 2)])
    return svg.tag("path", d=arrow, fill="none", stroke=colour, stroke_width=1.75)
