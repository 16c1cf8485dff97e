"""Trend of one practice: curve with intervals, band of the middle practices, reference and target.

Two layouts, because scaled-down text cannot be read on a phone: narrow (360 units wide) and wide (720).
"""

from dataclasses import dataclass

from kip.charts import svg
from kip.charts.scale import Scale, axis_range, spaced, spread_out
from kip.charts.series import Series, Value, Width

LINE_GAP = 8.0
MOVED = 6.0  # a label further than this from its line is joined to it


@dataclass(frozen=True)
class Frame:
    """Layout of one width: plot area in units and font size (at least 14)."""

    kind: str
    width: float
    height: float
    right: float
    top: float
    bottom: float
    font: float
    ticks: int


FRAMES: dict[Width, Frame] = {
    "narrow": Frame("chart--narrow", 360, 312, 232, 60, 268, 15, 4),
    "wide": Frame("chart--wide", 720, 340, 548, 48, 296, 14, 5),
}


def trend_svg(series: Series, width: Width = "wide", ident: str = "trend") -> str:
    """The chart as one SVG string. `ident` must be unique on the page; see Series for the content."""
    frame = FRAMES[width]
    low, high, ticks = axis_range(_all_values(series), percent=series.unit == "percent", parts=frame.ticks)
    y = Scale(low, high, frame.bottom, frame.top)
    last = max(1, len(series.labels) - 1)
    left = 10 + max(svg.text_width(series.tick(tick), frame.font) for tick in ticks)
    x = Scale(0, last, left + 12, frame.right - 10)
    notes, height = _notes(series, frame)
    body = [
        _grid(series, frame, left, y, ticks),
        _band(series, x, y),
        _time_axis(series, frame, x),
        _marks(series, frame, x),
        _target(series, frame, left, y),
        _limits(series, x, y),
        _reference(series, x, y),
        _beside(series, x, y),
        _own(series, x, y),
        _signals(series, x, y),
        _end_labels(series, frame, y),
        notes,
    ]
    return svg.picture(
        "".join(body),
        size=(frame.width, height),
        ident=ident,
        title=series.reading,
        desc=". ".join(part.rstrip(".") for part in _described(series) if part) + ".",
        kind=frame.kind,
        font=frame.font,
    )


def _described(series: Series) -> list[str]:
    period = f"{series.labels[0]} – {series.labels[-1]}" if series.labels else ""
    marks = [f"{series.labels[mark.at]}: {mark.text}" for mark in (*series.notes, *series.breaks)]
    return [series.title, series.direction, period, *marks, series.beside_label]


def _all_values(series: Series) -> list[float]:
    shown = (series.values, series.lower, series.upper, series.band_low, series.band_high, series.reference)
    columns = (*shown, series.limit_low, series.limit_high, series.beside)
    return [v for column in (*columns, (series.target,)) for v in column if v is not None]


def _last(values: tuple[Value, ...]) -> Value:
    return next((v for v in reversed(values) if v is not None), None)


def _stretches(series: Series, *columns: tuple[Value, ...]) -> list[list[int]]:
    """Runs of neighbouring points where all columns have a value; a break starts a new run."""
    cuts = {mark.at for mark in series.breaks}
    runs: list[list[int]] = [[]]
    for i, row in enumerate(zip(*columns, strict=True)):
        if i in cuts and runs[-1]:
            runs.append([])
        if all(v is not None for v in row):
            runs[-1].append(i)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _at(values: tuple[Value, ...], i: int) -> float:
    value = values[i]
    if value is None:
        raise ValueError(f"no value at point {i}")
    return value


def _grid(series: Series, frame: Frame, left: float, y: Scale, ticks: list[float]) -> str:
    parts = [svg.text(0.5, 18, series.direction, fill=svg.GREY, class_="chart__direction")]
    for tick in ticks:
        level = y(tick)
        base = tick == ticks[0]
        line = svg.path([(left, level), (frame.right, level)])
        parts.append(svg.tag("path", d=line, stroke=svg.AXIS if base else svg.GRID, stroke_width=1.0, fill="none"))
        label = series.tick(tick)
        parts.append(svg.text(left - 8, level + frame.font * 0.35, label, text_anchor="end"))
    if ticks[0] > 0:
        parts.append(_axis_break(left, frame.bottom))
    return svg.tag("g", "".join(parts), class_="chart__axis")


def _axis_break(x: float, y: float) -> str:
    """Two slanted strokes on the base line: this axis does not begin at 0."""
    cover = svg.tag("rect", x=x + 3, y=y - 2, width=9.0, height=4.0, fill=svg.WHITE)
    strokes = [svg.path([(x + d, y + 5), (x + d + 4, y - 5)]) for d in (2, 8)]
    return cover + svg.tag("path", d="".join(strokes), stroke=svg.GREY, stroke_width=1.2, class_="chart__break")


def _band(series: Series, x: Scale, y: Scale) -> str:
    if not series.band_low or not series.band_high:
        return ""
    parts = []
    for run in _stretches(series, series.band_low, series.band_high):
        over = [(x(i), y(_at(series.band_high, i))) for i in run]
        under = [(x(i), y(_at(series.band_low, i))) for i in run]
        parts.append(svg.tag("path", d=svg.path(over + under[::-1]) + "Z", fill=svg.BAND))
        edges = svg.path(over) + svg.path(under)
        parts.append(svg.tag("path", d=edges, fill="none", stroke=svg.AXIS, stroke_width=1.0, stroke_dasharray="1 4"))
    return svg.tag("g", "".join(parts), class_="chart__band")


def _time_axis(series: Series, frame: Frame, x: Scale) -> str:
    widest = max((svg.text_width(label, frame.font) for label in series.labels), default=0.0)
    parts = []
    for i in spaced(len(series.labels), x.end - x.start, widest):
        at = x(i)
        half = svg.text_width(series.labels[i], frame.font) / 2
        parts.append(svg.tag("path", d=svg.path([(at, frame.bottom), (at, frame.bottom + 5)]), stroke=svg.AXIS))
        shown = min(max(at, half), frame.width - half)
        line = frame.bottom + 8 + frame.font
        parts.append(svg.text(shown, line, series.labels[i], text_anchor="middle"))
    return svg.tag("g", "".join(parts), class_="chart__time") if parts else ""


def _marks(series: Series, frame: Frame, x: Scale) -> str:
    """Hairlines of breaks (dashed, between two points) and numbered notes (on a point)."""
    parts = []
    half = (x(1) - x(0)) / 2
    for mark in series.breaks:
        at = x(mark.at) - half
        line = svg.path([(at, frame.top - 6), (at, frame.bottom)])
        parts.append(svg.tag("path", d=line, stroke=svg.GREY, stroke_width=1.0, stroke_dasharray="6 3"))
    for order, mark in enumerate(series.notes, start=1):
        at = x(mark.at)
        line = svg.path([(at, frame.top - 4), (at, frame.bottom)])
        parts.append(svg.tag("path", d=line, stroke=svg.PURPLE, stroke_width=1.0, stroke_dasharray="2 3"))
        parts.append(svg.tag("circle", cx=at, cy=frame.top - 12, r=9.5, fill=svg.PURPLE))
        parts.append(
            svg.text(at, frame.top - 7, str(order), fill=svg.WHITE, text_anchor="middle", font_weight="600", font_size=14.0)
        )
    return svg.tag("g", "".join(parts), class_="chart__marks") if parts else ""


def _target(series: Series, frame: Frame, left: float, y: Scale) -> str:
    if series.target is None:
        return ""
    level = y(series.target)
    line = svg.path([(left, level), (frame.right, level)])
    drawn = svg.tag("path", d=line, stroke=svg.PURPLE, stroke_width=1.5, stroke_dasharray="2 4")
    tip = [(frame.right, level), (frame.right + 7, level - 5), (frame.right + 7, level + 5)]
    return svg.tag("g", drawn + svg.tag("path", d=svg.path(tip) + "Z", fill=svg.PURPLE), class_="chart__target")


def _reference(series: Series, x: Scale, y: Scale) -> str:
    if not series.reference:
        return ""
    lines = [svg.path([(x(i), y(_at(series.reference, i))) for i in run]) for run in _stretches(series, series.reference)]
    return svg.tag(
        "path",
        d="".join(lines),
        fill="none",
        stroke=svg.GREY,
        stroke_width=1.75,
        stroke_dasharray="7 4",
        class_="chart__reference",
    )


def _beside(series: Series, x: Scale, y: Scale) -> str:
    """The measure by another definition: a thin line with hollow squares, which a break does not interrupt."""
    points = [(x(i), y(value)) for i, value in enumerate(series.beside) if value is not None]
    if not points:
        return ""
    line = svg.tag("path", d=svg.path(points), fill="none", stroke=svg.GREY, stroke_width=1.25)
    squares = "".join(
        svg.tag("rect", x=a - 3, y=b - 3, width=6.0, height=6.0, fill=svg.WHITE, stroke=svg.GREY, stroke_width=1.25)
        for a, b in points
    )
    return svg.tag("g", line + squares, class_="chart__beside")


def _limits(series: Series, x: Scale, y: Scale) -> str:
    """Control limits as fine dashed lines; a break starts new ones."""
    lines = []
    for edge in (series.limit_low, series.limit_high):
        if edge:
            lines += [svg.path([(x(i), y(_at(edge, i))) for i in run]) for run in _stretches(series, edge) if len(run) > 1]
    return (
        svg.tag(
            "path",
            d="".join(lines),
            fill="none",
            stroke=svg.AXIS,
            stroke_width=1.25,
            stroke_dasharray="3 3",
            class_="chart__limits",
        )
        if lines
        else ""
    )


def _signals(series: Series, x: Scale, y: Scale) -> str:
    """Points that chance does not explain: diamonds, joined by a thick line where they are neighbours."""
    chosen = {i for i in series.signals if series.values[i] is not None}
    tips, lines = "", ""
    for i in sorted(chosen):
        a, b = x(i), y(_at(series.values, i))
        tips += svg.path([(a, b - 7), (a + 7, b), (a, b + 7), (a - 7, b)]) + "Z"
        if i + 1 in chosen and not any(mark.at == i + 1 for mark in series.breaks):
            lines += svg.path([(a, b), (x(i + 1), y(_at(series.values, i + 1)))])
    joined = svg.tag("path", d=lines, fill="none", stroke=svg.ORANGE, stroke_width=3.0) if lines else ""
    marks = svg.tag("path", d=tips, fill=svg.ORANGE, stroke=svg.WHITE, stroke_width=1.5) if tips else ""
    return svg.tag("g", joined + marks, class_="chart__signals") if marks else ""


def _own(series: Series, x: Scale, y: Scale) -> str:
    runs = _stretches(series, series.values)
    shown = [i for run in runs for i in run]
    if not shown:
        return ""
    lines = "".join(svg.path([(x(i), y(_at(series.values, i))) for i in run]) for run in runs if len(run) > 1)
    parts = [_whiskers(series, x, y, shown)]
    if lines:
        parts.append(svg.tag("path", d=lines, fill="none", stroke=svg.BLUE, stroke_width=2.5, stroke_linejoin="round"))
    for i in shown:
        newest = i == shown[-1]
        before = series.since is not None and i < series.since
        parts.append(
            svg.tag(
                "circle",
                cx=x(i),
                cy=y(_at(series.values, i)),
                r=6.0 if newest else 3.5,
                fill=svg.WHITE if before else svg.BLUE,
                stroke=svg.WHITE if newest else svg.BLUE,
                stroke_width=1.5 if newest else 1.75,
            )
        )
    return svg.tag("g", "".join(parts), class_="chart__own")


def _whiskers(series: Series, x: Scale, y: Scale, shown: list[int]) -> str:
    """Thin intervals on all points, a capped one on the newest, which is the number in the sentence."""
    if not series.lower or not series.upper:
        return ""
    thin, cap = [], ""
    for i in shown:
        low, high = series.lower[i], series.upper[i]
        if low is None or high is None:
            continue
        stem = svg.path([(x(i), y(low)), (x(i), y(high))])
        if i == shown[-1]:
            ends = [svg.path([(x(i) - 5, y(v)), (x(i) + 5, y(v))]) for v in (low, high)]
            cap = svg.tag("path", d=stem + "".join(ends), stroke=svg.BLUE, stroke_width=1.75)
        else:
            thin.append(stem)
    pale = svg.tag("path", d="".join(thin), stroke=svg.WHISKER, stroke_width=1.0) if thin else ""
    return svg.tag("g", pale + cap, class_="chart__interval") if pale or cap else ""


def _end_labels(series: Series, frame: Frame, y: Scale) -> str:
    """Names at the ends of the lines instead of a legend, moved apart where they would touch."""
    middle = [v for v in (_last(series.band_low), _last(series.band_high)) if v is not None]
    entries = [
        (series.own_label, _last(series.values), svg.BLUE, "600"),
        (series.reference_label, _last(series.reference), svg.GREY, "400"),
        (series.target_label, series.target, svg.PURPLE, "400"),
        (series.limit_label, _last(series.limit_high), svg.GREY, "400"),
        (series.band_label, sum(middle) / 2 if len(middle) == 2 else None, svg.GREY, "400"),
    ]
    usable = [(name, level, colour, bold) for name, level, colour, bold in entries if name and level is not None]
    left = frame.right + 14
    lines = [svg.wrapped(name, frame.width - left, frame.font * (1.08 if bold == "600" else 1)) for name, _, _, bold in usable]
    step = frame.font * 1.2
    heights = [len(rows) * step + LINE_GAP for rows in lines]
    # Above the words of the time axis, whose last one reaches under this column.
    centres = spread_out([y(level) for _, level, *_ in usable], heights, frame.top - 14, frame.bottom + 6)
    parts = []
    for (_, level, colour, bold), rows, centre in zip(usable, lines, centres, strict=True):
        if abs(centre - y(level)) > MOVED:
            joint = svg.path([(frame.right + 8, y(level)), (left - 4, centre)])
            parts.append(svg.tag("path", d=joint, fill="none", stroke=colour, stroke_width=1.0, class_="chart__joint"))
        first = centre - (len(rows) - 1) * step / 2 + frame.font * 0.35
        parts += [svg.text(left, first + step * i, row, fill=colour, font_weight=bold) for i, row in enumerate(rows)]
    return svg.tag("g", "".join(parts), class_="chart__names") if parts else ""


def _notes(series: Series, frame: Frame) -> tuple[str, float]:
    """Numbered explanations under the chart, and the height of the picture with them."""
    step = frame.font * 1.35
    top = frame.bottom + 16 + frame.font * 2.1
    parts, line = [], 0
    marked = [(str(i), f"{series.labels[m.at]}: {m.text}") for i, m in enumerate(series.notes, start=1)]
    marked += [("┆", f"{series.labels[m.at]}: {m.text}") for m in series.breaks]
    marked += [("▫", series.beside_label)] if series.beside_label else []
    for sign, words in marked:
        parts.append(svg.text(4, top + step * line, sign, fill=svg.PURPLE, font_weight="600"))
        for row in svg.wrapped(words, frame.width - 28, frame.font):
            parts.append(svg.text(22, top + step * line, row))
            line += 1
    height = frame.height + (line * step + 8 if line else 0)
    return (svg.tag("g", "".join(parts), class_="chart__notes") if parts else ""), height
