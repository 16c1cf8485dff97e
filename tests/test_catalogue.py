"""Every text that Python marks for translation stands in the Danish catalogue, whatever name the marking function was given."""

import ast
from collections.abc import Iterator

import polib

from tests.test_budget import ROOT, tracked

CATALOGUE = {entry.msgid for entry in polib.pofile(str(ROOT / "locale/da/LC_MESSAGES/django.po"))}
# Position of the text among the arguments.
MARKERS = {"gettext": 0, "gettext_lazy": 0, "gettext_noop": 0, "ngettext": 0, "pgettext": 1}


def marked(source: str) -> Iterator[str]:
    """Texts given as they are to a function of MARKERS, by the name under which the file imports it."""
    tree = ast.parse(source)
    names = {
        alias.asname or alias.name: MARKERS[alias.name]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name in MARKERS
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            text = node.args[names[node.func.id]]
            if isinstance(text, ast.Constant):
                yield text.value


def test_every_marked_text_has_a_danish_entry() -> None:
    missing = [
        (path.name, text)
        for path in tracked()
        if path.suffix == ".py" and path.parts[len(ROOT.parts)] != "tests"
        for text in marked(path.read_text(encoding="utf-8"))
        if text not in CATALOGUE
    ]
    assert missing == [], missing
