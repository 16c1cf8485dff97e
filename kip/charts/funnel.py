"""Funnel plot: practices by size against the lines that chance would draw. The list decides, the line is a picture."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from kip.charts import svg
from kip.charts.scale import Scale, axis_range, nice_step, spread_out
from kip.charts.series import Format, Value, Width

Mark = Literal["plain", "attention", "signal"]
FONTS: dict[Width, float] = {"narrow": 15.0, "wide": 14.0}
FRAMES: dict[Width, tuple[float, float, float, float]] = {  # width, plot right, plot top, plot bottom
    "narrow": (360.0, 276.0, 44.0, 300.0),
    "wide": (720.0, 618.0, 44.0, 340.0),
}
ORDER: tuple[tuple[bool, Mark], ...] = (
    (False, "plain"),
    (False, "attention"),
    (False, "signal"),
    (True, "plain"),
    (True, "attention"),
    (True, "signal"),
)


@dataclass(frozen=True)
class FunnelPoint:
    """One practice. n: patients, exposure or expected number; label: drawn beside the point, empty for most; own: one of
    the reader's (a region's own practices among all)."""

    n: float
    value: float
    mark: Mark = "plain"
    own: bool = False
    label: str = ""


@dataclass(frozen=True)
class FunnelLine:
    """A pair of contours over the sizes; None where the line has left the picture. label: its level at the right end."""

    lower: tuple[Value, ...]
    upper: tuple[Value, ...]
    label: str
    dash: str = ""


@dataclass(frozen=True)
class FunnelPlot:
    """A funnel plot, texts in the reader's language. sizes: grid of the contours; centre: the level compared with. legend:
    words for (own, mark), shown only where such a point is drawn. Raises ValueError when a contour does not fit the grid."""

    points: tuple[FunnelPoint, ...]
    sizes: tuple[float, ...]
    lines: tuple[FunnelLine, ...]
    centre: float
    centre_label: str
    title: str
    reading: str
    direction: str
    size_label: str
    tick: Format
    size_tick: Format
    unit: Literal["percent", "rate"] = "percent"
    legend: dict[tuple[bool, Mark], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if any(len(edge) != len(self.sizes) for line in self.lines for edge in (line.lower, line.upper)):
            raise ValueError("a contour needs one entry per size")


def funnel_svg(plot: FunnelPlot, width: Width = "wide", ident: str = "funnel") -> str:
    """The plot as one SVG string; all points of one kind are one path. `ident`: unique on the page."""
    total, right, top, bottom = FRAMES[width]
    font = FONTS[width]
    values = [point.value for point in plot.points] + [plot.centre]
    low, high, ticks = axis_range(values + _shoulders(plot), percent=plot.unit == "percent", parts=5 if width == "wide" else 4)
    left = 10 + max(svg.text_width(plot.tick(tick), font) for tick in ticks)
    end = max([point.n for point in plot.points] + list(plot.sizes) + [1.0])
    step = nice_step(end, 6 if width == "wide" else 3)
    marks = [step * i for i in range(int(end / step + 1e-9) + 1)]
    x, y = Scale(0, end, left + 4, right), Scale(low, high, bottom, top)
    legend, height = _legend(plot, total, bottom + 2 * font + 34, font)
    body = [
        svg.text(0.5, 18, plot.direction, class_="chart__direction"),
        _axes(plot, x, y, ticks, marks, font, left),
        _lines(plot, x, y, font, total),
        *(_points(plot, own, mark, x, y) for own, mark in ORDER),
        _names(plot, x, y, font),
        legend,
    ]
    return svg.picture(
        "".join(body),
        size=(total, height),
        ident=ident,
        title=plot.reading,
        desc=". ".join(part.rstrip(".") for part in (plot.title, plot.direction, plot.centre_label) if part) + ".",
        kind=f"chart--{width} chart--funnel",
        font=font,
    )


def _shoulders(plot: FunnelPlot) -> list[float]:
    """Contour levels at the size that a quarter of the practices stay below: tiny ones may leave the picture."""
    if not plot.points or not plot.sizes:
        return []
    ordered = sorted(point.n for point in plot.points)
    typical = ordered[len(ordered) // 4]
    at = min(range(len(plot.sizes)), key=lambda i: abs(plot.sizes[i] - typical))
    return [level for line in plot.lines for level in (line.lower[at], line.upper[at]) if level is not None]


def _axes(plot: FunnelPlot, x: Scale, y: Scale, ticks: list[float], marks: list[float], font: float, left: float) -> str:
    grid = "".join(svg.path([(left, y(tick)), (x.end, y(tick))]) for tick in ticks[1:])
    parts = [
        svg.tag("path", d=grid, stroke=svg.GRID, stroke_width=1.0),
        svg.tag("path", d=svg.path([(left, y.start), (x.end, y.start)]), stroke=svg.AXIS, stroke_width=1.0),
        *(svg.text(left - 8, y(tick) + font * 0.35, plot.tick(tick), text_anchor="end") for tick in ticks),
    ]
    for mark in marks:
        parts.append(svg.tag("path", d=svg.path([(x(mark), y.start), (x(mark), y.start + 5)]), stroke=svg.AXIS))
        parts.append(svg.text(x(mark), y.start + 8 + font, plot.size_tick(mark), text_anchor="middle"))
    if ticks[0] > 0:
        strokes = "".join(svg.path([(left + d, y.start + 5), (left + d + 4, y.start - 5)]) for d in (2, 8))
        parts.append(svg.tag("path", d=strokes, stroke=svg.GREY, stroke_width=1.2, class_="chart__break"))
    parts.append(svg.text(x.end, y.start + 14 + 2 * font, plot.size_label, text_anchor="end", class_="chart__size"))
    return svg.tag("g", "".join(parts), class_="chart__axis")


def _lines(plot: FunnelPlot, x: Scale, y: Scale, font: float, total: float) -> str:
    """Contours and centre line with their names at the right end, moved apart where they would touch."""
    parts = []
    ends = [(y(plot.centre), svg.wrapped(plot.centre_label, total - x.end - 8, font))]
    for line in plot.lines:
        for edge in (line.lower, line.upper):
            run = _inside(plot.sizes, edge, x, y)
            if len(run) > 1:
                shape = svg.path(run)
                parts.append(
                    svg.tag("path", d=shape, fill="none", stroke=svg.AXIS, stroke_width=1.25, stroke_dasharray=line.dash or None)
                )
                ends.append((run[-1][1], [line.label]))
    level = y(plot.centre)
    parts.append(svg.tag("path", d=svg.path([(x.start - 4, level), (x.end, level)]), stroke=svg.GREY, stroke_width=1.5))
    step = font * 1.2
    places = spread_out([at for at, _ in ends], [step * len(words) for _, words in ends], y.end - 8, y.start + 4)
    for place, (_, words) in zip(places, ends, strict=True):
        first = place - (len(words) - 1) * step / 2 + font * 0.35
        parts += [svg.text(x.end + 8, first + step * i, word) for i, word in enumerate(words)]
    return svg.tag("g", "".join(parts), class_="chart__contours")


def _inside(sizes: tuple[float, ...], edge: tuple[Value, ...], x: Scale, y: Scale) -> list[tuple[float, float]]:
    return [
        (x(size), y(level))
        for size, level in zip(sizes, edge, strict=True)
        if level is not None and x.low <= size <= x.high and y.low <= level <= y.high
    ]


def _points(plot: FunnelPlot, own: bool, mark: Mark, x: Scale, y: Scale) -> str:
    """One path for all points of a kind: dots as round ends of strokes without length, diamonds for what is marked."""
    chosen = [(x(point.n), y(point.value)) for point in plot.points if (point.own, point.mark) == (own, mark)]
    return _drawn(chosen, own, mark) if chosen else ""


def _drawn(places: list[tuple[float, float]], own: bool, mark: Mark) -> str:
    name = f"chart__points chart__points--{mark}{' chart__points--own' if own else ''}"
    if mark == "plain":
        dots = "".join(f"M{svg.number(a)} {svg.number(b)}h.01" for a, b in places)
        colour, size = (svg.BLUE, 8.0) if own else (svg.FAINT, 5.0)
        return svg.tag("path", d=dots, fill="none", stroke=colour, stroke_width=size, stroke_linecap="round", class_=name)
    half = 6.5 if own else 5.0
    tips = "".join(svg.path([(a, b - half), (a + half, b), (a, b + half), (a - half, b)]) + "Z" for a, b in places)
    colour = svg.ORANGE if own else svg.AXIS
    return svg.tag("path", d=tips, fill=colour if mark == "signal" else svg.WHITE, stroke=colour, stroke_width=1.75, class_=name)


def _names(plot: FunnelPlot, x: Scale, y: Scale, font: float) -> str:
    """Names beside their points, moved apart where they would touch; to the left of a point far to the right."""
    sides: tuple[Callable[[FunnelPoint], bool], ...] = (
        lambda point: x(point.n) + 10 + svg.text_width(point.label, font) <= x.end + 4,
        lambda point: x(point.n) + 10 + svg.text_width(point.label, font) > x.end + 4,
    )
    parts = []
    for place, fits in enumerate(sides):
        named = [point for point in plot.points if point.label and fits(point)]
        rows = spread_out([y(point.value) for point in named], [font * 1.2] * len(named), y.end - 6, y.start)
        for point, row in zip(named, rows, strict=True):
            offset, anchor = ((10, "start"), (-10, "end"))[place]
            parts.append(svg.text(x(point.n) + offset, row + font * 0.35, point.label, text_anchor=anchor, font_weight="600"))
    return svg.tag("g", "".join(parts), class_="chart__names") if parts else ""


def _legend(plot: FunnelPlot, total: float, top: float, font: float) -> tuple[str, float]:
    """Symbols with words under the plot, in as many rows as needed, and the height of the picture with them."""
    present = {(point.own, point.mark) for point in plot.points}
    parts, at, line = [], 8.0, top
    for own, mark in sorted(ORDER, key=lambda kind: not kind[0]):
        words = plot.legend.get((own, mark), "") if (own, mark) in present else ""
        if not words:
            continue
        room = 18 + svg.text_width(words, font) + 16
        if at > 8 and at + room > total + 16:
            at, line = 8.0, line + font * 1.5
        parts.append(_drawn([(at, line)], own, mark) + svg.text(at + 13, line + font * 0.35, words))
        at += room
    bottom = line + font if parts else top - font
    return (svg.tag("g", "".join(parts), class_="chart__legend") if parts else ""), bottom
