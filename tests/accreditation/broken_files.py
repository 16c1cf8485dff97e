"""One change to a file that is right, and the refusal it must bring."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kip.core.yaml_source import DefinitionError


def refusal(load: Callable[[Path], object], original: Path, folder: Path, change: tuple[str, str]) -> str:
    """What the loader says of a copy with one change; the text to change stands exactly once in the original."""
    old, new = change
    text = original.read_text(encoding="utf-8")
    assert text.count(old) == 1, (old, text.count(old))
    copy = folder / original.name
    copy.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(DefinitionError) as refused:
        load(copy)
    return str(refused.value)
