"""Examines a whole file before anything is stored, and then yields the rows that may be.

The first pass reads every row: it refuses the file, or counts what would be kept, dropped and refused. The
second pass reads the same bytes again and yields the rows kept, with pseudonyms in place of patient
identifiers.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from functools import lru_cache
from operator import itemgetter
from typing import BinaryIO, Protocol

import numpy as np

from datacapture.intake.archive import open_archive
from datacapture.intake.csv_rows import CsvRows
from datacapture.intake.detect import Detected, Format, detect
from datacapture.intake.fhir_rows import FhirRows
from datacapture.intake.jsonl_rows import JsonLinesRows
from datacapture.intake.limits import DEFAULT, Limits
from datacapture.intake.pseudonym import Pseudonymiser
from datacapture.intake.record import Rules, forget_patients, shown
from datacapture.intake.row_list import RowList
from datacapture.intake.rows import RETRACTED, EventRow, Level, PatientId, Problem, Stop, Withdrawn, stop

Progress = Callable[[int, int], None]
_PROGRESS_EVERY = 4096
_MAX_SENDERS = 1000
# What the second pass does with a row: 0 passes it over, 1 keeps it, 2 and up keep it under an alternative code.
_WITHDRAW = 255
_CONTENT = itemgetter(*(place for place, name in enumerate(EventRow._fields) if name not in ("row", "practice", "received_at")))


class Outcome(StrEnum):
    """What a purpose says of a coded event; the values are microcopy keys."""

    KEPT = "kept"
    CODE_OUTSIDE_PURPOSE = "code_outside_purpose"
    DATE_BEFORE_ENROLMENT = "date_before_enrolment"
    PURPOSE_CLOSED = "purpose_closed"
    ENTERED_IN_ERROR = "entered_in_error"
    REFUTED = "refuted"


@dataclass(frozen=True, slots=True)
class Decision:
    """An outcome with what its message needs: `purpose`, `date`, `contact`."""

    outcome: Outcome
    params: Mapping[str, object] = field(default_factory=dict, hash=False)


class PurposeFilter(Protocol):
    """The lock on intake. Must give the same answer to the same question while a file is examined."""

    def decide(self, system: str, code: str, day: date | None) -> Decision:
        """Decides on a code of a system on the event's day; ('', '', first listed day or None) for a listed
        patient."""


@dataclass(slots=True)
class Counts:
    """What one file holds. `kept` rows are to be stored; every other row is in exactly one of the three
    counters.

    `dropped` is keyed by (reason, code system), `refused` and `warned` by microcopy key. Duplicates within
    the file are refused as `duplicate_row`, and older versions of a row as `replaced_row`. `checksum_notes`
    counts rows whose CPR fails modulus 11, which is no error.
    """

    kept: int = 0
    dropped: Counter[tuple[str, str]] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    warned: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    checksum_notes: int = 0
    newest: date | None = None

    @property
    def read(self) -> int:
        """All rows of the file."""
        return self.kept + self.dropped.total() + self.refused.total()


class _Reader(Protocol):
    @property
    def consumed(self) -> int: ...

    def rows(self, rules: Rules) -> Iterator[EventRow | Problem]: ...


@dataclass(slots=True)
class Examination:
    """The result of the first pass. `problems` are the first ones met; `row_list` holds up to a hundred
    thousand."""

    detected: Detected
    counts: Counts
    problems: list[Problem]
    row_list: RowList
    today: date
    _reader: _Reader
    _choices: bytearray

    def rows(self, pseudonymiser: Pseudonymiser, progress: Progress | None = None) -> Iterator[EventRow | Withdrawn]:
        """The second pass: yields the rows kept, in file order, each with a `PatientKey`, and the ids of those dropped.

        Raises `Stop` (`damaged_file`) when the file is not the one examined.
        """
        try:
            yield from self._kept(pseudonymiser, progress)
        finally:
            forget_patients()

    def _kept(self, pseudonymiser: Pseudonymiser, progress: Progress | None) -> Iterator[EventRow | Withdrawn]:
        at = 0
        rules = Rules(self.today, pseudonymiser.key)
        for item in self._reader.rows(rules):
            if type(item) is not EventRow:
                continue
            if at >= len(self._choices):
                raise stop("damaged_file", row=item.row, file=self.detected.name)
            choice = self._choices[at]
            at += 1
            if choice == 1:
                yield item
            elif choice == _WITHDRAW:
                yield Withdrawn(item.row, item.producer, item.local_id)
            elif choice:
                system, code = item.alternatives[choice - 2]
                yield item._replace(system=system, code=code)
            if progress and at % _PROGRESS_EVERY == 0:
                progress(self._reader.consumed, self.detected.size)
        if at != len(self._choices):
            raise stop("damaged_file", file=self.detected.name)


def examine(
    file: BinaryIO,
    *,
    filename: str,
    practice_numbers: Iterable[str],
    purpose_filter: PurposeFilter,
    today: date,
    progress: Progress | None = None,
    limits: Limits = DEFAULT,
    allow_repeats: bool = False,
) -> Examination:
    """Reads a seekable binary file through and says what would be stored of it. Stores nothing.

    `practice_numbers` are the numbers (provider number, SOR) the sender may report for. `progress(done,
    total)` is called with bytes. `allow_repeats` lets MedCom's document title and generated narrative repeat
    the patient's own CPR; the default refuses such files like any other with a CPR out of place. Raises
    `Stop`; any other exception is a defect.
    """
    detected = detect(file, filename, limits)
    if detected.format is Format.ZIP:
        file, detected = open_archive(file, detected, limits)
    reader = _open(file, detected, limits, allow_repeats=allow_repeats)
    first = _FirstPass(detected, purpose_filter, limits)
    try:
        for number, item in enumerate(reader.rows(Rules(today))):
            if type(item) is EventRow:
                first.take(item)
            else:
                first.note(item)
            if progress and number % _PROGRESS_EVERY == 0:
                progress(reader.consumed, detected.size)
    except Stop as error:
        # A CPR met before the reading stopped is the graver matter and is told first.
        raise Stop(*first.misplaced(), *error.problems) from None
    finally:
        forget_patients()
    first.finish(tuple(practice_numbers))
    if progress:
        progress(detected.size, detected.size)
    return Examination(detected, first.counts, first.problems, first.row_list, today, reader, first.choices)


def _open(file: BinaryIO, detected: Detected, limits: Limits, *, allow_repeats: bool) -> _Reader:
    if detected.format is Format.CSV:
        return CsvRows(file, detected.name, limits)
    if detected.format is Format.JSON_LINES:
        return JsonLinesRows(file, detected.name, limits)
    lines = detected.format is Format.FHIR_LINES
    return FhirRows(file, detected.name, limits, lines=lines, allow_repeats=allow_repeats)


class _FirstPass:
    """Collects what the first pass meets. Per row it keeps 21 bytes: a choice, two digests and a line
    number."""

    def __init__(self, detected: Detected, purpose_filter: PurposeFilter, limits: Limits) -> None:
        self.counts = Counts()
        self.problems: list[Problem] = []
        self.row_list = RowList(limits.listed_problems)
        self.choices = bytearray()
        self._detected, self._limits = detected, limits
        self._decide = lru_cache(maxsize=65536)(purpose_filter.decide)
        self._identities, self._contents = array("q"), array("q")
        self._lines, self._ordinals = array("I"), array("I")
        self._senders: set[tuple[str, ...]] = set()
        self._cpr: Counter[tuple[str, str]] = Counter()
        self._first_cpr: dict[tuple[str, str], Problem] = {}
        self._dropped: dict[tuple[str, str], Decision] = {}

    def note(self, problem: Problem) -> None:
        """Takes a problem from the reader. A row with several problems is counted once, under its first."""
        if problem.level is Level.STOP:
            place = problem.key, problem.column
            self._cpr[place] += 1
            self._first_cpr.setdefault(place, problem)
            return
        if problem.level is Level.ROW and not problem.further:
            self.counts.refused[problem.key] += 1
        elif problem.level is Level.WARN:
            self.counts.warned[problem.key] += 1
        self._list(problem)

    def take(self, event: EventRow) -> None:
        """Takes a readable row: asks the purpose, and notes what is needed to find repeats."""
        if len(self.choices) >= self._limits.rows:
            limit = self._limits.rows
            raise stop("too_many_rows", file=self._detected.name, n=len(self.choices) + 1, limit=limit)
        if len(self._senders) < _MAX_SENDERS:
            self._senders.add(event.practice)
        choice = self._choose(event)
        if choice == _WITHDRAW and not event.local_id:
            self.choices.append(0)
            return
        self._ordinals.append(len(self.choices))
        self.choices.append(choice)
        content = hash(_CONTENT(event))
        self._contents.append(content)
        self._identities.append(hash((event.producer, event.local_id)) if event.local_id else content)
        self._lines.append(event.row)
        if choice == _WITHDRAW:
            return
        self.counts.kinds[event.kind] += 1
        if isinstance(event.patient, PatientId) and not event.patient.checksum_ok:
            self.counts.checksum_notes += 1
        if event.start and (self.counts.newest is None or event.start > self.counts.newest):
            self.counts.newest = event.start

    def _choose(self, event: EventRow) -> int:
        """What becomes of the row, by its status and the purpose; a dropped row is counted here."""
        if event.kind != "patient" and (taken_back := RETRACTED.get(event.status)):
            return self._drop(event, Decision(Outcome(taken_back)))
        day = event.listed_from if event.kind == "patient" else event.start
        decision = self._decide(event.system, event.code, day)
        if decision.outcome is Outcome.KEPT:
            return 1
        for number, (system, code) in enumerate(event.alternatives, 2):
            if self._decide(system, code, day).outcome is Outcome.KEPT:
                return number
        return self._drop(event, decision)

    def _drop(self, event: EventRow, decision: Decision) -> int:
        if decision.outcome is Outcome.PURPOSE_CLOSED:
            raise stop("purpose_closed", **decision.params)
        reason = (str(decision.outcome), event.system)
        self.counts.dropped[reason] += 1
        self._dropped.setdefault(reason, decision)
        return _WITHDRAW

    def misplaced(self) -> list[Problem]:
        """The CPR problems so far, one for each column: the first line of it, and how many there are."""
        return [
            replace(self._first_cpr[place], params={**self._first_cpr[place].params, "n": n})
            for place, n in self._cpr.most_common()
        ]

    def finish(self, practice_numbers: tuple[str, ...]) -> None:
        """Judges the file as a whole. Raises `Stop`."""
        if self._cpr:
            raise Stop(*self.misplaced())
        if not self.choices and not self.counts.refused:
            raise stop("empty_file", file=self._detected.name)
        self._check_senders(practice_numbers)
        for (reason, system), decision in self._dropped.items():
            # One line for each system: the codes themselves are outside the purpose and are not kept, not
            # even here.
            params = {"system": system, "n": self.counts.dropped[reason, system], **decision.params}
            self._list(Problem(Level.ROW, reason, params=params))
        self._resolve_repeats()
        self.counts.kept = len(self.choices) - self.choices.count(0) - self.choices.count(_WITHDRAW)

    def _check_senders(self, practice_numbers: tuple[str, ...]) -> None:
        own = {_bare(number) for number in practice_numbers}
        foreign = [sender for sender in self._senders if own.isdisjoint(map(_bare, sender))]
        if not foreign:
            return
        if len(self._senders) > 1:
            raise stop("mixed_practices", column="practice", n=len(self._senders))
        expected = ", ".join(sorted(practice_numbers))
        raise stop("wrong_practice", found=shown(foreign[0][0]), expected=expected)

    def _resolve_repeats(self) -> None:
        """Of rows with the same (producer, local id), the first counts when all are alike and else the last.

        A dropped row counts too: it withdraws what stood before it, and what stands after it brings the event back.
        """
        identities = np.frombuffer(self._identities, dtype=np.int64)
        contents = np.frombuffer(self._contents, dtype=np.int64)
        order = np.argsort(identities, kind="stable").astype(np.int32)
        ordered = identities[order]
        starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]][: len(order)])
        ends = np.r_[starts[1:], len(order)]
        winners = np.full(len(order), -1, dtype=np.int32)
        for group in np.flatnonzero(ends - starts > 1):
            places = order[starts[group] : ends[group]]
            alike = bool((contents[places] == contents[places[0]]).all())
            winners[places] = places[0] if alike else places[-1]
        for place in np.flatnonzero((winners >= 0) & (winners != np.arange(len(order)))).tolist():
            kept = int(winners[place])
            key = "duplicate_row" if contents[place] == contents[kept] else "replaced_row"
            ordinal = self._ordinals[place]
            dropped = self.choices[ordinal] == _WITHDRAW
            self.choices[ordinal] = 0
            if dropped:
                continue
            self.counts.refused[key] += 1
            self._list(Problem(Level.ROW, key, self._lines[place], params={"first": self._lines[kept]}))

    def _list(self, problem: Problem) -> None:
        if len(self.problems) < self._limits.shown_problems:
            self.problems.append(problem)
        self.row_list.add(problem)


def _bare(number: str) -> str:
    """A practice number without the leading zeros that spreadsheets remove."""
    return number.strip().lstrip("0")
