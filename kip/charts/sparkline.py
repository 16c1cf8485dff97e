"""Sparkline, 96 x 24: the shape of the trend beside a number, without axes and text."""

from kip.charts import svg
from kip.charts.scale import Scale
from kip.charts.series import Value


def sparkline_svg(
    values: tuple[Value, ...],
    reference: Value = None,
    *,
    title: str = "",
    ident: str = "spark",
    size: tuple[float, float] = (96, 24),
    span: tuple[float, float] | None = None,
) -> str:
    """Curve with a dot on the newest value and an optional dashed comparison level.

    Without title it is decoration beside a number that is text: aria-hidden. With title it is a picture of its
    own, and `ident` must be unique on the page. No value at all gives an empty picture. span: lowest and highest
    level of the picture, where several are compared; default its own.
    """
    known = [(i, v) for i, v in enumerate(values) if v is not None]
    levels = [v for _, v in known] + ([reference] if reference is not None else [])
    low, high = span or (min(levels, default=0.0), max(levels, default=1.0))
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    x = Scale(0, max(1, len(values) - 1), 3, size[0] - 5)
    y = Scale(low, high, size[1] - 4, 4)
    parts = []
    if reference is not None:
        line = svg.path([(0, y(reference)), (size[0], y(reference))])
        parts.append(svg.tag("path", d=line, stroke=svg.AXIS, stroke_width=1.0, stroke_dasharray="3 3"))
    curve = _curve(values, x, y)
    if curve:
        parts.append(svg.tag("path", d=curve, fill="none", stroke=svg.BLUE, stroke_width=1.75, stroke_linejoin="round"))
    if known:
        i, v = known[-1]
        parts.append(svg.tag("circle", cx=x(i), cy=y(v), r=3.0, fill=svg.BLUE))
    named = bool(title)
    return svg.tag(
        "svg",
        (svg.tag("title", svg.clean(title), id=f"{ident}-title") if named else "") + "".join(parts),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {svg.number(size[0])} {svg.number(size[1])}",
        width=size[0],
        height=size[1],
        class_="chart chart--spark",
        role="img" if named else None,
        aria_labelledby=f"{ident}-title" if named else None,
        aria_hidden=None if named else "true",
        focusable="false",
    )


def _curve(values: tuple[Value, ...], x: Scale, y: Scale) -> str:
    """Path data of the stretches of neighbouring values; a missing one is a gap."""
    runs: list[list[tuple[float, float]]] = [[]]
    for i, v in enumerate(values):
        if v is None:
            runs.append([])
        else:
            runs[-1].append((x(i), y(v)))
    return "".join(svg.path(run) for run in runs if len(run) > 1)
