"""Shapes of the demo country: organisation records, patient and event arrays, and the event log."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from datacapture.demo.codes import CODES
from datacapture.demo.facts import LAST, NO_DAY

STATUSES: tuple[str, ...] = (
    "", "final", "active", "resolved", "completed", "finished", "entered-in-error",
)  # fmt: skip
ENTERED_IN_ERROR = STATUSES.index("entered-in-error")
COMPARATORS: tuple[str, ...] = ("", "<", ">")
# 0 = the practice's own record system; 1 and 2 = the two laboratories of the region.
OWN_RECORD, LAB_A, LAB_B = 0, 1, 2

# Days are days since 1970-01-01 (NO_DAY = none); sampled_at and received_at are seconds since then, UTC.
# token = the practice's own number for the patient; person = a number shared by all practices that know the person,
# 0 where only this one does.
PATIENT_DTYPE = np.dtype(
    [("token", "i4"), ("sex", "i1"), ("birth", "i4"), ("death", "i4"), ("listed_from", "i4"),
     ("listed_to", "i4"), ("quintile", "i1"), ("person", "i4")]
)  # fmt: skip
# patient = position in the patient array; code = position in codes.CODES; course and referral: 0 = none.
EVENT_DTYPE = np.dtype(
    [("patient", "i4"), ("code", "i2"), ("start", "i4"), ("end", "i4"), ("value", "f8"),
     ("comparator", "i1"), ("status", "i1"), ("course", "i4"), ("referral", "i4"), ("doses", "f4"),
     ("sampled_at", "i8"), ("received_at", "i8"), ("producer", "i1"), ("serial", "i4")]
)  # fmt: skip

_KIND_STATUS = {
    "dx": "resolved", "lab": "final", "prom": "final", "med": "completed", "svc": "completed",
    "letter": "completed", "referral": "completed", "contact": "finished", "hosp": "finished",
    "uth": "completed",
}  # fmt: skip
_STATUS_OF_CODE = np.array([STATUSES.index(_KIND_STATUS[c.kind]) for c in CODES], dtype="i1")
_IS_DX = np.array([c.kind == "dx" for c in CODES])


@dataclass(frozen=True)
class Region:
    """A region; `code` is None while the official code is unknown. Dates are ISO days or None."""

    key: str
    code: str | None
    da: str
    en: str
    valid_from: str
    valid_to: str | None
    successor: str | None


@dataclass(frozen=True)
class Municipality:
    """A municipality; population in people, scaled to the regional total."""

    code: str
    name: str
    region: str
    population: int


@dataclass(frozen=True)
class Cluster:
    """A quality cluster; label in both languages."""

    id: str
    profession: str
    region: str
    da: str
    en: str


@dataclass(frozen=True)
class Practice:
    """A synthetic practice. `patients` = list size (general practice) or unique patients a year."""

    id: str
    profession: str
    region: str
    ordinal: int
    name: str
    municipality: str
    cluster: str | None
    clinicians: int
    patients: int
    speciality: str | None
    sends_data: bool
    late: bool
    stories: tuple[str, ...]
    valid_from: str = "2013-01-01"
    valid_to: str | None = None


class EventRow(NamedTuple):
    """One line of the plain event file (datacapture.md section 5); '' = no value."""

    practice: str
    patient: str
    kind: str
    system: str
    code: str
    start: str
    end: str
    value: str
    comparator: str
    unit: str
    status: str
    producer: str
    sampled_at: str
    received_at: str
    case_id: str
    local_id: str
    referral: str
    doses: str
    sex: str
    birth: str


@dataclass
class PracticeData:
    """All data of one practice: patients (PATIENT_DTYPE), events (EVENT_DTYPE) in order of arrival.

    `levels` are the true values behind the events (shares 0-1, rates per 1,000, days); `conditions` are
    the drawn diseases, one boolean per patient. Both are for tests, never for import.
    """

    practice: Practice
    producers: tuple[str, ...]
    patients: np.ndarray
    events: np.ndarray
    levels: dict[str, float]
    conditions: dict[str, np.ndarray]

    def with_more(self, people: np.ndarray, events: np.ndarray, conditions: dict[str, np.ndarray]) -> "PracticeData":
        """Return these data with more patients; `events` number them from 0, with their own serials and courses."""
        people, events = people.copy(), events.copy()
        people["token"] = len(self.patients) + 1 + np.arange(len(people))
        events["patient"] += len(self.patients)
        events["serial"] += int(self.events["serial"].max(initial=0))
        for name in ("course", "referral"):
            events[name][events[name] > 0] += int(self.events[name].max(initial=0))
        every = np.concatenate([self.events, events])
        return replace(
            self,
            patients=np.concatenate([self.patients, people]),
            events=every[np.lexsort((every["serial"], every["received_at"]))],
            conditions={name: np.concatenate([has, conditions[name]]) for name, has in self.conditions.items()},
        )

    def rows(self) -> Iterator[EventRow]:
        """Yield the events as lines of the plain event file, in order of arrival."""
        people = [
            (f"P{token:06d}", "male" if sex == 1 else "female", iso_day(birth))
            for token, sex, birth in self.patients[["token", "sex", "birth"]].tolist()
        ]
        for event in self.events.tolist():
            yield _row(self.practice.id, self.producers, people, event)


def iso_day(number: int) -> str:
    """Return an ISO date, or '' for NO_DAY."""
    return "" if number == NO_DAY else str(np.datetime64(number, "D"))


def _row(practice: str, producers: tuple[str, ...], people: list[Any], event: tuple[Any, ...]) -> EventRow:
    patient, code, start, end, value, comparator, status, course, referral, doses, sampled, received, by, serial = event
    token, sex, birth = people[patient]
    known = CODES[code]
    return EventRow(
        practice, token, known.kind, known.system, known.code, iso_day(start), iso_day(end),
        "" if value != value else f"{value:g}", COMPARATORS[comparator], known.unit, STATUSES[status],
        producers[by], f"{np.datetime64(sampled, 's')}Z", f"{np.datetime64(received, 's')}Z",
        f"F{course:06d}" if course else "", f"{practice}-{serial:07d}",
        f"H{referral:06d}" if referral else "", f"{doses:g}" if doses else "", sex, birth,
    )  # fmt: skip


@dataclass
class EventLog:
    """Collects events of one practice in chunks.

    `enter` and `leave` bound each patient's time with the practice: nothing starts before birth or after
    `leave`, and
    events added with `since_list=True` do not start before `enter`. Other events may be older: a
    patient's history follows on a change of list.
    """

    birth: np.ndarray
    enter: np.ndarray
    leave: np.ndarray
    chunks: list[np.ndarray] = field(default_factory=list)

    def add(
        self,
        code: Any,
        patient: np.ndarray,
        start: np.ndarray,
        *,
        end: Any = NO_DAY,
        active: bool = False,
        since_list: bool = False,
        **columns: Any,
    ) -> None:
        """Add one event per element; `code` and `columns` are scalars or arrays of the same length.

        A diagnosis without an end is ongoing and gets the status active when `active` is true; any other
        diagnosis ends on its start day unless `end` says otherwise.
        """
        chunk = np.zeros(len(patient), EVENT_DTYPE)
        chunk["patient"], chunk["code"], chunk["start"], chunk["end"] = patient, code, start, end
        chunk["value"] = np.nan
        chunk["status"] = _STATUS_OF_CODE[chunk["code"]]
        if active:
            chunk["status"] = STATUSES.index("active")
        else:
            bare = _IS_DX[chunk["code"]] & (chunk["end"] == NO_DAY)
            chunk["end"][bare] = chunk["start"][bare]
        for name, column in columns.items():
            chunk[name] = column
        keep = (chunk["start"] <= np.minimum(LAST, self.leave[patient])) & (chunk["start"] >= self.birth[patient])
        if since_list:
            keep &= chunk["start"] >= self.enter[patient]
        self.chunks.append(chunk[keep])

    def build(self) -> np.ndarray:
        """Return all events in order of creation with serial numbers 1, 2, ...; `end` is cut at `leave`."""
        events = np.concatenate(self.chunks) if self.chunks else np.zeros(0, EVENT_DTYPE)
        ended = events["end"] != NO_DAY
        events["end"][ended] = np.minimum(events["end"], np.maximum(self.leave[events["patient"]], events["start"]))[ended]
        events["serial"] = np.arange(1, len(events) + 1)
        return events
