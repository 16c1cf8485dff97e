"""What a PDF says: its words, and the structure that a screen reader goes by."""

import re
from typing import Any

import pikepdf
import pypdfium2

from kip.core.numbers import NBSP


def text_of(pdf: bytes) -> str:
    """All words of the document with single spaces; a line break inside a sentence is a space."""
    document = pypdfium2.PdfDocument(pdf)
    pages = [document[number].get_textpage().get_text_bounded() for number in range(len(document))]
    document.close()
    return re.sub(r"\s+", " ", " ".join(pages).replace(NBSP, " "))


def roles(node: Any) -> list[str]:
    """Structure types of the tree."""
    found = [str(node.S)[1:]] if "/S" in node else []
    children = node.get("/K", [])
    for child in children if isinstance(children, pikepdf.Array) else [children]:
        if isinstance(child, pikepdf.Dictionary):
            found += roles(child)
    return found
