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
    # Drawn by the hundred on one page, so the few fixed elements are written out.
    parts = []
    if reference is not None:
        parts.append(f'<path d="M0 {y(reference):.1f}H{size[0]:g}" stroke="{svg.AXIS}" stroke-width="1" stroke-dasharray="3 3"/>')
    curve = _curve(values, x, y)
    if curve:
        parts.append(f'<path d="{curve}" fill="none" stroke="{svg.BLUE}" stroke-width="1.75" stroke-linejoin="round"/>')
    if known:
        i, v = known[-1]
        parts.append(f'<circle cx="{x(i):.1f}" cy="{y(v):.1f}" r="3" fill="{svg.BLUE}"/>')
    name, named = "", 'aria-hidden="true"'
    if title:
        label = svg.clean(f"{ident}-title")
        name, named = svg.tag("title", svg.clean(title), id=f"{ident}-title"), f'role="img" aria-labelledby="{label}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[0]:g} {size[1]:g}" width="{size[0]:g}" height="{size[1]:g}"'
        f' class="chart chart--spark" {named} focusable="false">{name}{"".join(parts)}</svg>'
    )


def _curve(values: tuple[Value, ...], x: Scale, y: Scale) -> str:
    """Path data of the stretches of neighbouring values; a missing one is a gap."""
    runs: list[list[str]] = [[]]
    for i, v in enumerate(values):
        if v is None:
            runs.append([])
        else:
            runs[-1].append(f"{x(i):.1f} {y(v):.1f}")
    return "".join(f"M{'L'.join(run)}" for run in runs if len(run) > 1)
