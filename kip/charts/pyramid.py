"""Population by age and sex: two-sided bars, with the comparison as an outline."""

from dataclasses import dataclass

from kip.charts import svg
from kip.charts.scale import Scale, nice_step
from kip.charts.series import Format, Value, Width

FONTS: dict[Width, float] = {"narrow": 15.0, "wide": 14.0}
WIDTHS: dict[Width, float] = {"narrow": 360.0, "wide": 720.0}
ROW, HEAD = 27.0, 46.0


@dataclass(frozen=True)
class AgeRow:
    """One age band, oldest last. left, right: share or number of people on each side; None = hidden, drawn as a dash.
    left_other, right_other: the comparison."""

    label: str
    left: Value
    right: Value
    left_other: Value = None
    right_other: Value = None


@dataclass(frozen=True)
class Pyramid:
    """Bars to the left and right of the age bands, in one common scale; texts in the reader's language."""

    rows: tuple[AgeRow, ...]
    left_label: str
    right_label: str
    title: str
    reading: str
    tick: Format
    other_label: str = ""
    hidden_label: str = ""


def pyramid_svg(pyramid: Pyramid, width: Width = "wide", ident: str = "pyramid") -> str:
    """The pyramid as one SVG string, oldest on top. `ident`: unique on the page."""
    total, font = WIDTHS[width], FONTS[width]
    gap = max((svg.text_width(row.label, font) for row in pyramid.rows), default=0.0) + 16
    middle, edge = total / 2, 22.0
    widest = max((value for row in pyramid.rows for value in _numbers(row)), default=1.0) or 1.0
    step = nice_step(widest, 3 if width == "narrow" else 4)
    top_tick = step * max(1, -(-widest // step))
    left, right = Scale(0, top_tick, middle - gap / 2, edge), Scale(0, top_tick, middle + gap / 2, total - edge)
    bottom = HEAD + ROW * len(pyramid.rows)
    ticks = [step * i for i in range(round(top_tick / step) + 1)]
    caption, height = _caption(pyramid, bottom + 10 + font, font)
    body = [
        svg.text(left.start, 22, pyramid.left_label, text_anchor="end", font_weight="600", fill=svg.PURPLE),
        svg.text(right.start, 22, pyramid.right_label, font_weight="600", fill=svg.BLUE),
        _grid(pyramid, (left, right), ticks, bottom, font),
        *(_row(row, left, right, HEAD + ROW * i, font) for i, row in enumerate(reversed(pyramid.rows))),
        _outline(pyramid, left, right),
        caption,
    ]
    return svg.picture(
        "".join(body),
        size=(total, height),
        ident=ident,
        title=pyramid.reading,
        desc=". ".join(part.rstrip(".") for part in (pyramid.title, pyramid.other_label) if part) + ".",
        kind=f"chart--{width} chart--pyramid",
        font=font,
    )


def _numbers(row: AgeRow) -> list[float]:
    return [value for value in (row.left, row.right, row.left_other, row.right_other) if value is not None]


def _grid(pyramid: Pyramid, sides: tuple[Scale, Scale], ticks: list[float], bottom: float, font: float) -> str:
    parts = []
    for side in sides:
        lines = "".join(svg.path([(side(tick), HEAD - 8), (side(tick), bottom)]) for tick in ticks[1:])
        parts.append(svg.tag("path", d=lines, stroke=svg.GRID, stroke_width=1.0))
        parts.append(svg.tag("path", d=svg.path([(side.start, HEAD - 8), (side.start, bottom)]), stroke=svg.AXIS))
        shown = ticks if len(ticks) <= 4 else ticks[::2]
        words = [(side(tick), pyramid.tick(tick)) for tick in shown]
        parts += [svg.text(at, bottom + 6 + font, word, text_anchor="middle") for at, word in words]
    return svg.tag("g", "".join(parts), class_="chart__axis")


def _row(row: AgeRow, left: Scale, right: Scale, top: float, font: float) -> str:
    middle = (left.start + right.start) / 2
    parts = [svg.text(middle, top + ROW / 2 + font * 0.35, row.label, text_anchor="middle")]
    for value, side, colour in ((row.left, left, svg.PURPLE), (row.right, right, svg.BLUE)):
        if value is None:
            dash = svg.path([(side.start + (side.end - side.start) * share, top + ROW / 2) for share in (0.03, 0.12)])
            parts.append(svg.tag("path", d=dash, stroke=svg.GREY, stroke_width=1.5, stroke_dasharray="2 3"))
            continue
        start, end = sorted((side.start, side(value)))
        parts.append(svg.tag("rect", x=start, y=top + 4, width=end - start, height=ROW - 8, fill=colour, fill_opacity="0.78"))
    return svg.tag("g", "".join(parts), class_="chart__row")


def _outline(pyramid: Pyramid, left: Scale, right: Scale) -> str:
    """The comparison as a stepped line; it is interrupted where it is not known."""
    parts = []
    for side, values in (
        (left, [row.left_other for row in reversed(pyramid.rows)]),
        (right, [row.right_other for row in reversed(pyramid.rows)]),
    ):
        data, drawing = "", False
        for i, value in enumerate(values):
            top = HEAD + ROW * i
            if value is not None:
                start = f"H{svg.number(side(value))}" if drawing else f"M{svg.number(side(value))} {svg.number(top)}"
                data += f"{start}V{svg.number(top + ROW)}"
            drawing = value is not None
        if data:
            parts.append(svg.tag("path", d=data, fill="none", stroke=svg.INK, stroke_width=1.75))
    return svg.tag("g", "".join(parts), class_="chart__outline") if parts else ""


def _caption(pyramid: Pyramid, line: float, font: float) -> tuple[str, float]:
    entries = []
    if pyramid.other_label and any(value is not None for row in pyramid.rows for value in (row.left_other, row.right_other)):
        entries.append((pyramid.other_label, svg.tag("path", d="M1 {0}H19", stroke=svg.INK, stroke_width=1.75)))
    if pyramid.hidden_label and any(value is None for row in pyramid.rows for value in (row.left, row.right)):
        entries.append(
            (pyramid.hidden_label, svg.tag("path", d="M1 {0}H19", stroke=svg.GREY, stroke_width=1.5, stroke_dasharray="2 3"))
        )
    parts = []
    for words, mark in entries:
        line += font * 1.5
        parts.append(mark.replace("{0}", svg.number(line - font * 0.35)) + svg.text(26, line, words))
    return (svg.tag("g", "".join(parts), class_="chart__caption") if parts else ""), line + font
