"""The description of the files that intake reads, from the tables that intake itself uses."""

import csv
import io
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from django.conf import settings
from django.utils.translation import get_language

from datacapture.intake.columns import COLUMNS
from datacapture.intake.detect import megabytes
from datacapture.intake.limits import DEFAULT
from datacapture.intake.systems import SYSTEMS
from kip.core.numbers import integer

EXAMPLE_PATIENT = "EKSEMPEL-1"
# Columns of the template: those that a first extract has.
TEMPLATE = (
    "practice", "patient", "kind", "system", "code", "start", "ongoing", "value", "unit", "doses", "ddd", "local_id", "sex",
    "birth",
)  # fmt: skip


@cache
def texts() -> dict[str, Any]:
    """format.yaml beside the readers."""
    return yaml.safe_load((files("datacapture.intake") / "format.yaml").read_text("utf-8"))


@dataclass(frozen=True)
class FileFormat:
    """Rows of the page's tables, in the reader's language."""

    columns: list[list[str]]
    kinds: list[list[str]]
    systems: list[list[str]]
    fhir: list[list[str]]
    limits: dict[str, Any]


def file_format(yes: str, no: str, practice_number: str) -> FileFormat:
    """The whole description; `yes` and `no` are the words for a required and an optional column.

    practice_number: what the reader's own file has in the column practice, shown as its example.
    """
    said, language = texts(), "en" if get_language() == "en" else "da"
    columns = [
        [
            column.name, ", ".join(column.names), yes if column.required else no, said["columns"][column.name][language],
            said["columns"][column.name]["holds"][language],
            practice_number if column.name == "practice" else said["columns"][column.name]["example"],
        ]
        for column in COLUMNS
    ]  # fmt: skip
    systems = [
        [system.name, said["systems"][system.name][language], said["systems"][system.name]["example"], ", ".join(system.names)]
        for system in SYSTEMS
    ]
    return FileFormat(
        columns=columns,
        kinds=[[kind, words[language]] for kind, words in said["kinds"].items()],
        systems=systems,
        fhir=[[item["resource"], item["profile"], item[language]] for item in said["fhir"]],
        limits={
            "size": megabytes(settings.UPLOAD_LIMIT_BYTES), "unpacked": _gigabytes(DEFAULT.unpacked_bytes), "rows": DEFAULT.rows,
        },
    )  # fmt: skip


def _gigabytes(size: int) -> str:
    """A limit in whole GB, rounded down: what is said fits."""
    return f"{integer(size // 1_000_000_000)} GB"


def template(practice_number: str) -> str:
    """A CSV file with the template's columns and invented rows of the practice."""
    out = io.StringIO()
    writer = csv.DictWriter(out, TEMPLATE, restval="", delimiter=";", lineterminator="\r\n")
    writer.writeheader()
    for row in texts()["rows"]:
        writer.writerow({"practice": practice_number, "patient": EXAMPLE_PATIENT, **row})
    return "\ufeff" + out.getvalue()
