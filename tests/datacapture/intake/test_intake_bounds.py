"""Bounded memory on a large file, and arbitrary bytes: nothing but `Stop` ever comes out."""

import io
import tracemalloc
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake_samples import HEADER, PROVIDER, TODAY, Everything, bundle, cpr, file_of, line, ring, supporting

from datacapture.intake.check import examine
from datacapture.intake.pseudonym import Pseudonymiser
from datacapture.intake.rows import Stop, Withdrawn

MEGABYTE = 1024 * 1024
PAD = "x" * 120


def big_csv(path: Path, size: int) -> int:
    """Writes at least `size` bytes of good rows and gives their number."""
    rows = 0
    with path.open("w") as out:
        out.write(HEADER + ";course;referral;patient_no\n")
        while out.tell() < size:
            out.writelines(
                line(patient=f"P-{n % 1000}", local_id=f"{n:08d}{PAD}", producer=PAD) + f";{PAD};{n}{PAD[:99]};J{n % 1000}\n"
                for n in range(rows, rows + 2000)
            )
            rows += 2000
    return rows


def peak_of(path: Path, size: int) -> int:
    """Bytes at the highest point of both passes over a file of `size` bytes."""
    rows = big_csv(path, size)
    tracemalloc.start()
    with path.open("rb") as file:
        examination = examine(file, filename="big.csv", practice_numbers=[PROVIDER], purpose_filter=Everything(), today=TODAY)
        passed = sum(1 for _ in examination.rows(Pseudonymiser(ring(), purposes=["clinical"], practice_id=7)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert passed == rows
    return peak


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    small, large = (peak_of(tmp_path / f"{size}.csv", size * MEGABYTE) for size in (1, 2))
    # Per row only its numbers are kept (21 bytes and what sorting them takes), some 600 bytes of file each.
    assert large - small < MEGABYTE / 8
    assert large < 16 * MEGABYTE


def test_one_huge_string_in_json_does_not_fill_the_memory() -> None:
    data = b'{"resourceType": "Bundle",\n "entry": [{"resource": {"a": "' + b"x" * (40 * MEGABYTE) + b'"}}]}'
    file = io.BytesIO(data)
    tracemalloc.start()
    with pytest.raises(Stop) as caught:
        examine(file, filename="a.json", practice_numbers=[PROVIDER], purpose_filter=Everything(), today=TODAY)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert ([problem.key for problem in caught.value.problems], peak < 16 * MEGABYTE) == (["damaged_json"], True)


def outcome(data: bytes, filename: str) -> bool:
    """Reads bytes through both passes; True when the file was taken, False when it was refused."""
    try:
        examination = examine(
            io.BytesIO(data), filename=filename, practice_numbers=[PROVIDER], purpose_filter=Everything(), today=TODAY
        )
        rows = examination.rows(Pseudonymiser(ring(), purposes=["clinical"], practice_id=7))
        kept = sum(1 for row in rows if not isinstance(row, Withdrawn))
    except Stop:
        return False
    assert kept == examination.counts.kept
    return True


NAMES = st.sampled_from(["a.csv", "a.json", "a.jsonl", "a.ndjson", "a.zip", "a", "a.xlsx"])
STARTS = st.sampled_from([b"", b"PK\x03\x04", b"{", b'{"resourceType":"Bundle","entry":[', HEADER.encode() + b"\n"])
QUICK = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck), database=None)
ELEMENTS = ["resourceType", "id", "code", "coding", "system", "value", "subject", "reference", "identifier", "status"]
ELEMENTS += ["component", "valueQuantity", "category", "author", "contained", "medicationReference", "birthDate"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(ELEMENTS),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@QUICK
@given(STARTS, st.binary(max_size=400), NAMES)
def test_arbitrary_bytes(start: bytes, rest: bytes, filename: str) -> None:
    assert outcome(start + rest, filename) in (True, False)


@QUICK
@given(st.lists(st.lists(st.text(max_size=12), min_size=13, max_size=13), max_size=4), st.integers(0, 12))
def test_arbitrary_cells(rows: list[list[str]], at: int) -> None:
    good = line().split(";")
    lines = [";".join([*good[:at], row[at], *good[at + 1 :]]) for row in rows] + [";".join(row) for row in rows]
    assert outcome(file_of(line(), *lines).encode("utf-8", "surrogatepass"), "a.csv") in (True, False)


@QUICK
@given(st.sampled_from(["Patient", "Condition", "Observation", "MedicationRequest", "Organization", "Composition"]), JSON)
def test_arbitrary_resources(kind: str, value: object) -> None:
    body = {**(value if isinstance(value, dict) else {"code": value}), "resourceType": kind}
    body.setdefault("subject", {"reference": "Patient/p1"})
    body["id"] = "x"
    text = bundle([*supporting("", cpr()), orjson.loads(orjson.dumps(body, default=str))] if _fits(body) else [])
    assert outcome(text.encode("utf-8", "surrogatepass"), "a.json") in (True, False)


def _fits(body: dict[str, object]) -> bool:
    try:
        orjson.dumps(body)
    except TypeError:
        return False
    return True


@QUICK
@given(st.integers(0, 10_000), st.integers(0, 255), st.sampled_from(["csv", "json"]))
def test_one_changed_byte(at: int, byte: int, kind: str) -> None:
    text = file_of(line(), line(local_id="r2")) if kind == "csv" else bundle(supporting("", cpr()))
    data = bytearray(text.encode())
    data[at % len(data)] = byte
    assert outcome(bytes(data), f"a.{kind}") in (True, False)
