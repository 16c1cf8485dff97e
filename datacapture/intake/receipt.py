"""The receipt of a file: counts, and messages in the reader's language."""

from dataclasses import dataclass, field
from datetime import date

from datacapture.intake.check import Examination
from datacapture.intake.row_list import Render, message_params
from datacapture.intake.rows import Level, Problem, Stop


@dataclass(frozen=True, slots=True)
class Message:
    """One line of the receipt. `n` is how many rows it stands for."""

    level: Level
    key: str
    text: str
    n: int = 1


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of every row of a file.

    `new`, `changed` and `same` come from the store, as does `removed`: events of earlier files that a dropped row of this
    one withdrew. `dropped` maps reason to {code system: rows}; `refused`
    and `warned` map a microcopy key to rows. A refused file has nothing but `stopped`.
    """

    file: str
    new: int = 0
    changed: int = 0
    same: int = 0
    dropped: dict[str, dict[str, int]] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    warned: dict[str, int] = field(default_factory=dict)
    checksum_notes: int = 0
    newest: date | None = None
    stopped: tuple[str, ...] = ()
    removed: int = 0

    @property
    def stored(self) -> int:
        """Rows that the file brought or changed."""
        return self.new + self.changed

    @property
    def not_stored(self) -> int:
        """Rows dropped by the purpose or refused."""
        return sum(sum(systems.values()) for systems in self.dropped.values()) + sum(self.refused.values())

    def as_dict(self) -> dict[str, object]:
        """The receipt as plain JSON values."""
        return {
            "file": self.file,
            "new": self.new,
            "changed": self.changed,
            "same": self.same,
            "removed": self.removed,
            "dropped": self.dropped,
            "refused": self.refused,
            "warned": self.warned,
            "checksum_notes": self.checksum_notes,
            "newest": self.newest.isoformat() if self.newest else None,
            "stopped": list(self.stopped),
        }


def receipt_of(examination: Examination, *, new: int, changed: int, same: int, removed: int = 0) -> Receipt:
    """The receipt of a stored file. Raises `ValueError` when the store's counts do not add up to the rows
    kept."""
    counts = examination.counts
    if new + changed + same != counts.kept:
        raise ValueError("new, changed and same rows do not add up to the rows kept")
    dropped: dict[str, dict[str, int]] = {}
    for (reason, system), n in sorted(counts.dropped.items()):
        dropped.setdefault(reason, {})[system] = n
    return Receipt(
        examination.detected.name,
        new,
        changed,
        same,
        dropped,
        dict(sorted(counts.refused.items())),
        dict(sorted(counts.warned.items())),
        counts.checksum_notes,
        counts.newest,
        removed=removed,
    )


def receipt_of_stop(error: Stop, file: str) -> Receipt:
    """The receipt of a refused file."""
    return Receipt(file, stopped=tuple(dict.fromkeys(problem.key for problem in error.problems)))


def problem_text(problem: Problem, render: Render, file: str = "") -> str:
    """A problem in the reader's language."""
    return render(problem.key, {"file": file, **message_params(problem)})


def stop_messages(error: Stop, render: Render, file: str = "") -> list[Message]:
    """Why a file was refused, gravest first."""
    return [
        Message(problem.level, problem.key, problem_text(problem, render, file), int(problem.params.get("n", 1)))
        for problem in error.problems
    ]


def receipt_messages(examination: Examination, receipt: Receipt, render: Render) -> list[Message]:
    """The messages under the counts: what was received, then each kind of problem once, with its first
    occurrence.
    """
    warned = sum(receipt.warned.values())
    params = {"file": receipt.file, "stored": receipt.stored, "dropped": receipt.not_stored, "warned": warned}
    lines = [Message(Level.INFO, "received", render("received", params))]
    if receipt.removed:
        lines.append(Message(Level.INFO, "removed", render("removed", {"n": receipt.removed}), receipt.removed))
    elif not receipt.stored:
        text = render("nothing_new", {"file": receipt.file, "n": receipt.same, "date": receipt.newest or ""})
        lines.append(Message(Level.INFO, "nothing_new", text))
    seen: set[tuple[str, object]] = set()
    for problem in examination.row_list:
        # What is said of the whole file is said once for each code or code system it is about.
        mark = (problem.key, (problem.params.get("system") or problem.params.get("code")) if problem.row == 0 else "")
        if mark in seen:
            continue
        seen.add(mark)
        known = receipt.refused.get(problem.key) or receipt.warned.get(problem.key) or 1
        n = int(problem.params.get("n", known))
        lines.append(Message(problem.level, problem.key, problem_text(problem, render, receipt.file), n))
    return lines
