"""Steps of a pathway: who could take each step, who came in time, later and not at all, and how long they waited."""

from collections.abc import Sequence
from dataclasses import dataclass

from kip.charts import svg
from kip.charts.series import Value, Width

FONTS: dict[Width, float] = {"narrow": 15.0, "wide": 15.0}
WIDTHS: dict[Width, float] = {"narrow": 360.0, "wide": 600.0}
BAR, SWATCH, GAP = 24.0, 11.0, 18.0
LATER = "#5b86b3"  # contrast on white 3.9; between the bar's blue and its empty end
FILLS = {"came": svg.BLUE, "later": LATER, "lost": svg.BAND}


@dataclass(frozen=True)
class Part:
    """A group of those who could take a step. kind: came (in time, where there is a limit), later or lost."""

    kind: str
    count: float
    text: str


@dataclass(frozen=True)
class Step:
    """One step. whole: people who could take it, None when hidden; text: the start's number in words, or why it is hidden;
    parts: what became of them, with their numbers in words; waiting: how long those who came waited, and from where; late:
    that is longer than it should be."""

    label: str
    whole: Value
    text: str = ""
    parts: tuple[Part, ...] = ()
    waiting: str = ""
    late: bool = False


@dataclass(frozen=True)
class Flow:
    """A pathway from its first to its last step; the largest known number is the full width."""

    steps: tuple[Step, ...]
    title: str
    reading: str
    late_label: str = ""


def flow_svg(flow: Flow, width: Width = "wide", ident: str = "flow") -> str:
    """The steps as one SVG string, top to bottom. `ident`: unique on the page."""
    total, font = WIDTHS[width], FONTS[width]
    full = max((step.whole for step in flow.steps if step.whole is not None), default=1.0) or 1.0
    body, line = [], 4.0
    anchors = []
    for place, step in enumerate(flow.steps):
        drawn, start, line = _step(step, place + 1, full, line, total, font, flow.late_label)
        anchors.append(start)
        body.append(drawn)
        line += GAP
    spine = svg.path([(9.5, anchors[0]), (9.5, anchors[-1])]) if len(anchors) > 1 else ""
    back = svg.tag("path", d=spine, stroke=svg.AXIS, stroke_width=1.5) if spine else ""
    return svg.picture(
        back + "".join(body),
        size=(total, line - GAP + 6 if flow.steps else 8),
        ident=ident,
        title=flow.reading,
        desc=". ".join(part.rstrip(".") for part in (flow.title, *_told(flow)) if part) + ".",
        kind=f"chart--{width} chart--flow",
        font=font,
    )


def _told(flow: Flow) -> list[str]:
    words = ((step.label, [step.text, *(part.text for part in step.parts), step.waiting]) for step in flow.steps)
    return [": ".join((label, ", ".join(part for part in parts if part))) for label, parts in words]


def _step(step: Step, number: int, full: float, top: float, total: float, font: float, late: str) -> tuple[str, float, float]:
    """Numbered name, bar, numbers and waiting; returns the middle of the number sign and the line below."""
    left = 28.0
    lines = svg.wrapped(step.label, total - left, font * 1.08)
    gap = font * 1.3
    centre = top + gap * 0.62
    parts = [
        svg.tag("circle", cx=9.5, cy=centre, r=9.5, fill=svg.BLUE),
        svg.text(9.5, centre + 5, str(number), text_anchor="middle", fill=svg.WHITE, font_weight="600", font_size=14.0),
    ]
    parts += [svg.text(left, top + gap * (i + 0.85), words, font_weight="600", fill=svg.INK) for i, words in enumerate(lines)]
    line = top + gap * max(1, len(lines)) + 5
    if step.whole is None:
        parts.append(svg.text(left, line + font, step.text, font_style="italic"))
        return svg.tag("g", "".join(parts), class_="chart__row chart__row--empty"), centre, line + font * 1.5
    parts.append(_bar(step, left, line, (total - left) * step.whole / full))
    line += BAR + 4
    words = [(part.kind, part.text) for part in step.parts] or [("", step.text)]
    drawn, line = _legend(words, left, line, total, font)
    parts.append(drawn)
    if step.waiting:
        drawn, line = _waiting(step, left, line, total, font, late)
        parts.append(drawn)
    return svg.tag("g", "".join(parts), class_="chart__row"), centre, line


def _bar(step: Step, left: float, top: float, room: float) -> str:
    """The parts side by side; a start is one of its own."""
    parts = step.parts or (Part("came", step.whole or 0.0, ""),)
    whole, at, drawn = step.whole or 1.0, left, []
    for part in parts:
        wide = room * part.count / whole
        if part.count:
            edge = svg.AXIS if part.kind == "lost" else None
            drawn.append(svg.tag("rect", x=at, y=top, width=max(wide - 1, 1.0), height=BAR, fill=FILLS[part.kind], stroke=edge))
        at += wide
    return "".join(drawn)


def _legend(words: Sequence[tuple[str, str]], left: float, top: float, total: float, font: float) -> tuple[str, float]:
    """Each number in words behind a sign in its colour, side by side where they fit; returns the line below."""
    drawn, x, line = [], left, top
    for kind, text in words:
        sign = SWATCH + 6 if kind else 0.0
        wide = sign + svg.text_width(text, font) + 16
        if x > left and x + wide > total:
            x, line = left, line + font * 1.35
        if kind:
            edge = svg.AXIS if kind == "lost" else None
            drawn.append(svg.tag("rect", x=x, y=line + font * 0.25, width=SWATCH, height=SWATCH, fill=FILLS[kind], stroke=edge))
        rows = svg.wrapped(text, total - left - sign, font)
        drawn += [svg.text(x + sign, line + font + i * font * 1.3, row, fill=svg.INK) for i, row in enumerate(rows)]
        line += (len(rows) - 1) * font * 1.3
        x += wide
    return svg.tag("g", "".join(drawn), class_="chart__between"), line + font * 1.4


def _waiting(step: Step, left: float, top: float, total: float, font: float, late: str) -> tuple[str, float]:
    """How long those who came waited, behind a clock."""
    words = f"{step.waiting} – {late}" if step.late and late else step.waiting
    colour = svg.ORANGE if step.late else svg.GREY
    drawn = [_clock(left + 6, top + font * 0.62, colour)]
    rows = svg.wrapped(words, total - left - SWATCH - 6, font)
    weight = "600" if step.late else None
    drawn += [
        svg.text(left + SWATCH + 6, top + font + i * font * 1.3, row, fill=colour, font_weight=weight)
        for i, row in enumerate(rows)
    ]
    return "".join(drawn), top + font * (1.1 + 1.3 * (len(rows) - 1)) + 4


def _clock(x: float, y: float, colour: str) -> str:
    face = svg.tag("circle", cx=x, cy=y, r=6.5, fill=svg.WHITE, stroke=colour, stroke_width=1.75)
    return face + svg.tag("path", d=svg.path([(x, y - 4), (x, y), (x + 3, y + 2)]), fill="none", stroke=colour, stroke_width=1.75)
