"""Dot-interval plot: one row per practice, sorted by the shrunken value, without ranks; or own value against others."""

from kip.charts import svg
from kip.charts.scale import Scale, axis_range, spread_out
from kip.charts.series import DotRow, Dots, Width

FONTS: dict[Width, float] = {"narrow": 15.0, "wide": 14.0}
WIDTHS: dict[Width, float] = {"narrow": 360.0, "wide": 720.0}
ROWS: dict[Width, float] = {"narrow": 46.0, "wide": 30.0}
HEAD = 58.0
RIGHT = 22.0
HALO: dict[str, str | float] = {"stroke": svg.WHITE, "stroke_width": 4.0, "paint_order": "stroke"}  # lines pass behind words
MOST_LEFT = 300.0  # longer names end with an ellipsis; the table has them in full


def dot_interval_svg(dots: Dots, width: Width = "wide", ident: str = "dots") -> str:
    """The plot as one SVG string; rows without a value stand last with their text. `ident`: unique on the page."""
    font, row_height, total = FONTS[width], ROWS[width], WIDTHS[width]
    rows = list(dots.rows) if dots.keep_order else sorted(dots.rows, key=_place)
    numbers = [svg.text_width(row.text, font) + 14 for row in rows if row.value is not None and row.text]
    right = RIGHT + (max(numbers) if numbers and width == "wide" else 0.0)
    names = max((svg.text_width(row.label, font) for row in rows), default=0.0)
    left = min(max(110.0, names + 18), MOST_LEFT) if width == "wide" else 14.0
    low, high, ticks = axis_range(_levels(dots), percent=dots.unit == "percent", parts=5 if width == "wide" else 4)
    x = Scale(low, high, left, total - right)
    bottom = HEAD + row_height * max(1, len(rows))
    body = [
        svg.text(0.5, 18, dots.direction, class_="chart__direction"),
        _band(dots, x, bottom),
        _grid(dots, x, ticks, bottom, font),
        _levels_drawn(dots, x, bottom, font),
        *(_row(row, x, HEAD + row_height * i, width) for i, row in enumerate(rows)),
    ]
    caption = _caption(dots, bottom, font)
    return svg.picture(
        "".join(body) + caption,
        size=(total, bottom + 34 + (font * 1.5 if caption else 0)),
        ident=ident,
        title=dots.reading,
        desc=". ".join(part.rstrip(".") for part in (dots.title, dots.direction, dots.band_label) if part) + ".",
        kind=f"chart--{width}",
        font=font,
    )


def _place(row: DotRow) -> tuple[bool, float, str]:
    level = row.order if row.order is not None else row.value
    return (row.value is None, -(level if level is not None else 0.0), row.label)


def _levels(dots: Dots) -> list[float]:
    marks = (dots.reference, dots.band_low, dots.band_high, dots.target)
    return [v for v in (*(v for row in dots.rows for v in (row.value, row.lower, row.upper)), *marks) if v is not None]


def _band(dots: Dots, x: Scale, bottom: float) -> str:
    if dots.band_low is None or dots.band_high is None:
        return ""
    start, end = x(dots.band_low), x(dots.band_high)
    fill = svg.tag("rect", x=start, y=HEAD - 6, width=end - start, height=bottom - HEAD + 6, fill=svg.BAND)
    edges = "".join(svg.path([(at, HEAD - 6), (at, bottom)]) for at in (start, end))
    return svg.tag(
        "g",
        fill + svg.tag("path", d=edges, stroke=svg.AXIS, stroke_width=1.0, stroke_dasharray="1 4"),
        class_="chart__band",
    )


def _grid(dots: Dots, x: Scale, ticks: list[float], bottom: float, font: float) -> str:
    lines = "".join(svg.path([(x(t), HEAD - 6), (x(t), bottom)]) for t in ticks)
    base = svg.path([(x.start, bottom), (x.end, bottom)])
    parts = [
        svg.tag("path", d=lines, stroke=svg.GRID, stroke_width=1.0),
        svg.tag("path", d=base, stroke=svg.AXIS, stroke_width=1.0),
    ]
    for tick in ticks:
        half = svg.text_width(dots.tick(tick), font) / 2
        at = min(max(x(tick), half), x.end + RIGHT - half)
        parts.append(svg.text(at, bottom + 8 + font, dots.tick(tick), text_anchor="middle"))
    if ticks[0] > 0:
        strokes = "".join(svg.path([(x.start + d, bottom + 5), (x.start + d + 4, bottom - 5)]) for d in (4, 10))
        parts.append(svg.tag("path", d=strokes, stroke=svg.GREY, stroke_width=1.2, class_="chart__break"))
    return svg.tag("g", "".join(parts), class_="chart__axis")


def _levels_drawn(dots: Dots, x: Scale, bottom: float, font: float) -> str:
    """Reference (dashed) and target (dotted) as lines with their names on top."""
    parts = []
    marks = [
        (dots.reference, dots.reference_label, svg.GREY, "7 4"),
        (dots.target, dots.target_label, svg.PURPLE, "2 4"),
    ]
    shown = [(x(v), name, colour, dash) for v, name, colour, dash in marks if v is not None]
    widths = [svg.text_width(name, font) + 16 for _, name, *_ in shown]
    centres = spread_out([at for at, *_ in shown], widths, -8, x.end + RIGHT + 8)
    for (at, name, colour, dash), centre in zip(shown, centres, strict=True):
        line = svg.path([(at, HEAD - 10), (at, bottom)])
        parts.append(svg.tag("path", d=line, stroke=colour, stroke_width=1.5, stroke_dasharray=dash))
        parts.append(svg.text(centre, HEAD - 16, name, fill=colour, text_anchor="middle"))
    return svg.tag("g", "".join(parts), class_="chart__levels") if parts else ""


def _shortened(label: str, room: float, font: float) -> str:
    """The label, cut with an ellipsis where it would leave the picture."""
    if svg.text_width(label, font) <= room:
        return label
    kept = next(end for end in range(len(label), 0, -1) if svg.text_width(f"{label[:end].rstrip()}…", font) <= room)
    return f"{label[:kept].rstrip()}…"


def _row(row: DotRow, x: Scale, top: float, width: Width) -> str:
    font = FONTS[width]
    colour = svg.BLUE if row.own else svg.GREY
    bold = "600" if row.own else "400"
    if width == "wide":
        middle = top + ROWS[width] / 2
        label = _shortened(row.label, x.start - 18, font)
        name = svg.text(x.start - 14, middle + font * 0.35, label, text_anchor="end", fill=colour, font_weight=bold)
    else:
        middle = top + 29
        name = svg.text(x.start, top + font, row.label, fill=colour, font_weight=bold, **HALO)
    edge = WIDTHS[width] - 2
    if row.value is None:
        words = svg.text(x.start + 6, middle + font * 0.35, row.text, font_style="italic", **HALO)
        return svg.tag("g", name + words, class_="chart__row chart__row--empty")
    level = middle if width == "wide" else top + 10
    parts = [name, svg.text(edge, level + font * 0.35, row.text, text_anchor="end", fill=colour, font_weight=bold, **HALO)]
    if row.lower is not None and row.upper is not None:
        stem = svg.path([(x(row.lower), middle), (x(row.upper), middle)])
        parts.append(svg.tag("path", d=stem, stroke=colour, stroke_width=2.5 if row.own else 1.5))
    at = x(row.value)
    if row.own:  # a diamond, so that the own row is found without colour
        tips = [(at, middle - 8), (at + 8, middle), (at, middle + 8), (at - 8, middle)]
        parts.append(svg.tag("path", d=svg.path(tips) + "Z", fill=svg.BLUE, stroke=svg.WHITE, stroke_width=1.5))
    else:
        parts.append(svg.tag("circle", cx=at, cy=middle, r=4.5, fill=svg.WHITE, stroke=svg.GREY, stroke_width=2.0))
    return svg.tag("g", "".join(parts), class_="chart__row chart__row--own" if row.own else "chart__row")


def _caption(dots: Dots, bottom: float, font: float) -> str:
    if not dots.band_label or dots.band_low is None:
        return ""
    line = bottom + 14 + font * 2.3
    swatch = svg.tag("rect", x=1.0, y=line - 11, width=22.0, height=13.0, fill=svg.BAND, stroke=svg.AXIS, stroke_dasharray="1 4")
    return svg.tag("g", swatch + svg.text(30, line, dots.band_label), class_="chart__caption")
