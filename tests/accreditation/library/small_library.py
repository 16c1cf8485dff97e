"""The small library of the tests: two versions and the mapping between them."""

from __future__ import annotations

from pathlib import Path

from accreditation.library import Library, load_library

FILES = Path(__file__).with_name("files")


def small(version: int) -> Library:
    return load_library(FILES / f"small-{version}.yaml")
