"""The sentences of the demo country's people (texts.yaml beside this file)."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("texts.yaml")


@cache
def texts() -> dict[str, Any]:
    """Callers must not change it (it is cached)."""
    found: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return found


def finding(number: str, part: str) -> str:
    """What is said of an indicator that has a finding of its own. Raises KeyError for another one."""
    return str(texts()["findings"][number][part])
