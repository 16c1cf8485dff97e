"""Small files, small functions, thin views: limits that a reader can rely on."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILE_LINES, FUNCTION_LINES, VIEW_LINES = 400, 50, 25
GENERATED = ("migrations", "dkfds", "vendor")


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = [ROOT / line for line in listed.stdout.splitlines()]
    return [path for path in paths if path.exists() and not set(path.relative_to(ROOT).parts) & set(GENERATED)]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    long = {
        str(path.relative_to(ROOT)): n
        for path in tracked("*.py", "*.html", "*.js")
        if (n := len(path.read_text().splitlines())) > FILE_LINES
    }
    assert long == {}


@pytest.mark.parametrize(("ending", "limit"), [("", FUNCTION_LINES), ("views.py", VIEW_LINES)])
def test_no_function_is_longer_than_a_screen(ending: str, limit: int) -> None:
    long = {
        f"{path.relative_to(ROOT)}:{node.name}": size
        for path in tracked("*.py")
        if path.name.endswith(ending)
        for node in functions(path)
        if (size := (node.end_lineno or 0) - node.lineno + 1) > limit
    }
    assert long == {}


def test_no_inline_imports() -> None:
    inline = [
        f"{path.relative_to(ROOT)}:{inner.lineno}"
        for path in tracked("*.py")
        for node in functions(path)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert inline == []


def test_no_junk_drawers() -> None:
    names = {"utils", "helpers", "common", "misc"}
    assert [str(path) for path in tracked("*.py") if path.stem in names or path.parent.name in names] == []
