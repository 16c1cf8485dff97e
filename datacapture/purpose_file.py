"""A purpose as its approval says it, written down in YAML (docs/operations.md shows one)."""

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from datacapture.codes import code_sets
from datacapture.policies import uncovered

LONGEST = timedelta(days=1096)
WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is no field of a purpose",
    "string_type": "must be a text",
    "string_too_short": "is empty",
    "string_too_long": "is too long",
    "string_pattern_mismatch": "may hold small letters, digits and hyphens only",
    "list_type": "must be a list",
    "too_short": "is empty",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
}
Word = Annotated[str, Field(min_length=1, max_length=120)]


class PurposeFileError(ValueError):
    """The file cannot be used; str() says why, one line for each fault."""


class PurposeFile(BaseModel):
    """The fields of a purpose that its approval settles; the pseudonym key is ours."""

    model_config = ConfigDict(extra="forbid")
    code: Annotated[str, Field(pattern=r"^[a-z0-9-]+$", max_length=28)]
    name_da: Word
    name_en: Word
    legal_basis: Annotated[str, Field(min_length=1, max_length=200)]
    approval_number: Annotated[str, Field(min_length=1, max_length=60)]
    controller: Word
    valid_from: date
    valid_until: date
    code_sets: Annotated[list[str], Field(min_length=1)]
    recipients: Annotated[list[Word], Field(min_length=1)]
    retention_days: Annotated[int, Field(gt=0, le=30 * 366)]
    allows_linking: bool = False

    @model_validator(mode="after")
    def _fits(self) -> "PurposeFile":
        if not self.valid_from <= self.valid_until <= self.valid_from + LONGEST:
            raise ValueError("valid_until must be on or after valid_from, and three years later at most")
        strange = uncovered(self.code_sets, code_sets())
        if strange:
            raise ValueError(f"the library has no code set {', '.join(strange)}")
        return self


def read_purpose(path: Path) -> PurposeFile:
    """Raises `PurposeFileError`."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise PurposeFileError(f"{path} cannot be read") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise PurposeFileError(f"{path} is no YAML{f' from line {mark.line + 1} on' if mark else ''}") from None
    if isinstance(data, dict) and data.get("code_sets") == "all":
        data["code_sets"] = sorted(name for name in code_sets() if not name.startswith("test_"))
    try:
        return PurposeFile.model_validate(data)
    except ValidationError as error:
        said = [_sentence(item) for item in error.errors(include_input=False, include_url=False)]
        raise PurposeFileError("\n".join(said)) from None


def _sentence(item: object) -> str:
    kind, place = item["type"], ".".join(map(str, item["loc"]))  # type: ignore[index]  # pydantic's ErrorDetails
    words = str(item["ctx"]["error"]) if kind == "value_error" else WORDS.get(kind, "cannot be read")  # type: ignore[index]
    return f"{place} {words}".strip() if place else words
