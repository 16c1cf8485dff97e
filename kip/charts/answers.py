"""Answers to questions as stacked bars of 100 %: from best (left, blue) over neutral to worst (right, orange)."""

from dataclasses import dataclass

from kip.charts import svg
from kip.charts.series import Format, Width

FONTS: dict[Width, float] = {"narrow": 15.0, "wide": 14.0}
WIDTHS: dict[Width, float] = {"narrow": 360.0, "wide": 720.0}
BAR = 24.0
# fill, ink: lightness falls on both sides of the middle, so the order can be seen without colour
BEST, WORST = ("#003f7d", "#5d8cba", "#b5cde3"), ("#b35c00", "#dc9a55", "#f3d3b0")
NEUTRAL = "#e3e6ea"
DARK = {"#003f7d", "#b35c00"}


@dataclass(frozen=True)
class AnswerRow:
    """One question (or one group of people). shares: fraction per option, None when there are too few answers or the row is
    hidden: then `text` stands instead. text beside shares: for example the number of answers."""

    label: str
    shares: tuple[float, ...] | None
    text: str = ""
    own: bool = False


@dataclass(frozen=True)
class Answers:
    """Rows of stacked bars in the order given; options from best to worst. tick writes a share. Raises ValueError when a
    row has another number of shares than there are options."""

    rows: tuple[AnswerRow, ...]
    options: tuple[str, ...]
    title: str
    reading: str
    tick: Format

    def __post_init__(self) -> None:
        if any(row.shares is not None and len(row.shares) != len(self.options) for row in self.rows):
            raise ValueError("a row needs one share per option")


def answers_svg(answers: Answers, width: Width = "wide", ident: str = "answers") -> str:
    """The bars as one SVG string; a share is written into its part where there is room. `ident`: unique on the page."""
    total, font = WIDTHS[width], FONTS[width]
    colours = colours_of(len(answers.options))
    legend, top = _legend(answers.options, colours, total, font)
    body, line = [legend], top
    for row in answers.rows:
        drawn, line = _row(row, answers, colours, line, total, font)
        body.append(drawn)
    return svg.picture(
        "".join(body),
        size=(total, line + 4),
        ident=ident,
        title=answers.reading,
        desc=". ".join(part.rstrip(".") for part in (answers.title, *answers.options) if part) + ".",
        kind=f"chart--{width} chart--answers",
        font=font,
    )


def colours_of(options: int) -> list[str]:
    """Fills from best to worst: blues, the neutral middle of an odd number, oranges."""
    places = [min(place, len(BEST) - 1) for place in range(options // 2)]
    middle = [NEUTRAL] if options % 2 else []
    return [BEST[i] for i in places] + middle + [WORST[i] for i in reversed(places)]


def _legend(options: tuple[str, ...], colours: list[str], total: float, font: float) -> tuple[str, float]:
    parts, at, line = [], 0.0, font
    for words, colour in zip(options, colours, strict=True):
        room = 20 + svg.text_width(words, font) + 14
        if at > 0 and at + room > total + 14:
            at, line = 0.0, line + font * 1.5
        box = svg.tag("rect", x=at + 0.5, y=line - 12, width=14.0, height=14.0, fill=colour, stroke=svg.AXIS, stroke_width=0.5)
        parts.append(box + svg.text(at + 20, line, words))
        at += room
    return svg.tag("g", "".join(parts), class_="chart__legend"), line + font * 1.2


def _row(row: AnswerRow, answers: Answers, colours: list[str], top: float, total: float, font: float) -> tuple[str, float]:
    """Question above its bar, the number of answers at the right end of the question's last line."""
    room = total - (svg.text_width(row.text, font) + 16 if row.text and row.shares else 0)
    words = svg.wrapped(row.label, room, font)
    step, weight = font * 1.3, "600" if row.own else None
    parts = [svg.text(0, top + step * (i + 0.8), line, font_weight=weight, fill=svg.INK) for i, line in enumerate(words)]
    base = top + step * max(1, len(words)) + 3
    if row.shares is None:
        parts.append(svg.text(0, base + font, row.text, font_style="italic"))
        return svg.tag("g", "".join(parts), class_="chart__row chart__row--empty"), base + font * 2.2
    parts.append(svg.text(total, base - 3 - step * 0.2, row.text, text_anchor="end"))
    whole = sum(row.shares) or 1.0
    at = 0.0
    for share, colour in zip(row.shares, colours, strict=True):
        wide = share / whole * total
        if wide > 0:
            parts.append(svg.tag("rect", x=at, y=base, width=max(wide - 1, 0.5), height=BAR, fill=colour))
            number = answers.tick(share)
            if svg.text_width(number, font) + 6 <= wide:
                ink = svg.WHITE if colour in DARK else svg.INK
                parts.append(svg.text(at + wide / 2, base + BAR / 2 + font * 0.35, number, text_anchor="middle", fill=ink))
        at += wide
    return svg.tag("g", "".join(parts), class_="chart__row"), base + BAR + 12
