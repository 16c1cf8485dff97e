"""Small SVG writer: escaped text, presentation attributes only (a strict CSP blocks style), no script."""

import re
from collections.abc import Iterable
from html import escape

# Contrast on white 10.5, 4.7, 9.9, 8.9; never red against green. Shape and dash say the same as the colour.
BLUE, ORANGE, PURPLE, GREY = "#003f7d", "#b35c00", "#5b2a86", "#4a4a4a"
BAND, GRID, AXIS, WHISKER, WHITE = "#e8edf3", "#e3e6ea", "#8a8f96", "#9db6cd", "#ffffff"
FAINT, INK = "#a9b0b8", "#1d262b"
FONT = "'IBM Plex Sans', system-ui, sans-serif"
_ILLEGAL = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    """Text for an element or attribute: XML-escaped, characters that XML forbids removed."""
    return escape(_ILLEGAL.sub("", text), quote=True)


def number(value: float) -> str:
    """Coordinate with one decimal at most."""
    return "0" if abs(value) < 0.05 else f"{value:.1f}".removesuffix(".0")


def tag(name: str, body: str = "", **attributes: str | float | None) -> str:
    """Element with attributes; font_size becomes font-size, class_ becomes class, None is left out. `body` is
    markup that is already safe."""
    parts = [name]
    for key, value in attributes.items():
        if value is None:
            continue
        shown = clean(value) if isinstance(value, str) else number(value)
        kept = key.rstrip("_").replace("_", "-")
        parts.append(f'{kept}="{shown}"')
    return f"<{' '.join(parts)}>{body}</{name}>" if body else f"<{' '.join(parts)}/>"


def text(x: float, y: float, words: str, **attributes: str | float | None) -> str:
    """One line of text; `words` is escaped."""
    return tag("text", clean(words), x=x, y=y, **attributes) if words else ""


def path(points: Iterable[tuple[float, float]]) -> str:
    """Path data through the points."""
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)


def picture(body: str, *, size: tuple[float, float], ident: str, title: str, desc: str, kind: str, font: float) -> str:
    """The root element: role img, named by the reading sentence, described by `desc`."""
    names = tag("title", clean(title) or " ", id=f"{ident}-title") + tag("desc", clean(desc) or " ", id=f"{ident}-desc")
    return tag(
        "svg",
        names + body,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {number(size[0])} {number(size[1])}",
        width=size[0],
        height=size[1],
        role="img",
        aria_labelledby=f"{ident}-title",
        aria_describedby=f"{ident}-desc",
        class_=f"chart {kind}",
        id=ident,
        font_family=FONT,
        font_size=font,
        fill=GREY,
    )


def text_width(words: str, font: float) -> float:
    """Estimated width in pixels; generous, because the reader's font is not known here."""
    return sum(0.34 if c in " .,:;iIjlt'|()" else 0.9 if c in "mwMW%" else 0.6 for c in words) * font


def wrapped(words: str, width: float, font: float) -> list[str]:
    """Lines of at most `width` pixels, never broken at a no-break space; a single longer word keeps its own line."""
    lines: list[str] = []
    for word in re.findall(r"[^ \t\n]+", words):
        if lines and text_width(f"{lines[-1]} {word}", font) <= width:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return lines
