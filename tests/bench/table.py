"""The table of measured lines in docs/benchmarks.md: a line replaces the one with the same key."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass
from pathlib import Path

BEGIN, END = "<!-- measured by make bench -->", "<!-- end of measured -->"
_WORDS = {True: ("met", "yes"), False: ("NOT met", "no"), None: ("told only", "-")}
HEAD = "| Bench | What is compared | Goal | Measured | Met | Day |\n|---|---|---|---|---|---|\n"


@dataclass(frozen=True)
class Line:
    """One measured line."""

    key: str
    what: str
    goal: str
    measured: str
    met: bool | None

    def __str__(self) -> str:
        return f"{self.key}: {self.what}: {self.measured} (goal {self.goal}) {_WORDS[self.met][0]}"

    def row(self, day: dt.date) -> str:
        return f"| {self.key} | {self.what} | {self.goal} | {self.measured} | {_WORDS[self.met][1]} | {day} |"


def write_table(document: Path, lines: list[Line]) -> None:
    """Replace the lines' rows between the two marks, in the order of their keys; the machine class stands above them."""
    text = document.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    old, _, after = rest.partition(END)
    rows = {row.split("|")[1].strip(): row for row in old.splitlines() if row.startswith("| (")}
    today = dt.date.today()
    rows |= {line.key: line.row(today) for line in lines}
    body = "\n".join(rows[key] for key in sorted(rows))
    document.write_text(f"{before}{BEGIN}\n{machine()}\n\n{HEAD}{body}\n{END}{after}", encoding="utf-8")


def machine() -> str:
    """Class of the machine, without its name."""
    cores = len(os.sched_getaffinity(0))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    model = names[0].partition(":")[2].strip() if names else os.uname().machine
    return f"Machine class: {cores} cores ({model}), {memory:.0f} GB memory."
