"""Links from a standard to public guidance (accreditation/standards/guidelines.yaml)."""

from collections.abc import Sequence
from functools import cache

import yaml

from accreditation.library import STANDARDS, Words
from kip.core.yaml_source import Strict

FILE = STANDARDS / "guidelines.yaml"


class Guideline(Strict):
    """A page of guidance for standards, for all professions when none is named."""

    standards: list[str]
    professions: list[str] = []
    url: str
    da: str
    en: str

    @property
    def title(self) -> str:
        return str(Words(da=self.da, en=self.en))


@cache
def guidelines() -> Sequence[Guideline]:
    """All of them, read once a process. Raises pydantic.ValidationError for a broken file."""
    return [Guideline(**entry) for entry in yaml.safe_load(FILE.read_text("utf-8"))["guidelines"]]


def guidelines_of(profession: str, standard: str) -> list[Guideline]:
    """Those of a standard's number that a profession is shown."""
    return [one for one in guidelines() if standard in one.standards and (not one.professions or profession in one.professions)]
