"""Fair ratios on a shared machine: both sides in the same run, turn about, medians, CPU time beside the clock's."""

from __future__ import annotations

import os
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Spent:
    """Seconds by the clock and of CPU, the latter of this process, its ended children and the named servers."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Ratio:
    """Medians of the rounds' ratios (ours / theirs) with the smallest and largest, and the median seconds."""

    wall: float
    cpu: float
    lowest: float
    highest: float
    ours: Spent
    theirs: Spent


def cpu_of(pid: int) -> float:
    """CPU seconds of a process, for example of a database session."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def timed(work: Callable[[], object], servers: Sequence[int] = ()) -> Spent:
    """What one call costs."""
    cpu, wall = _cpu(servers), time.perf_counter()
    work()
    return Spent(time.perf_counter() - wall, _cpu(servers) - cpu)


def compare(ours: Callable[[], object], theirs: Callable[[], object], *, rounds: int = 5, servers: Sequence[int] = ()) -> Ratio:
    """Each side once in turn, `rounds` times; which one begins changes from round to round."""
    pairs = []
    for number in range(rounds):
        if number % 2:
            second = timed(theirs, servers)
            pairs.append((timed(ours, servers), second))
        else:
            pairs.append((timed(ours, servers), timed(theirs, servers)))
    walls = [a.wall / b.wall for a, b in pairs]
    return Ratio(
        statistics.median(walls), statistics.median(a.cpu / max(b.cpu, 1e-9) for a, b in pairs), min(walls), max(walls),
        _middle([a for a, _ in pairs]), _middle([b for _, b in pairs]),
    )  # fmt: skip


def _cpu(servers: Sequence[int]) -> float:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime + sum(cpu_of(pid) for pid in servers)


def _middle(spent: Sequence[Spent]) -> Spent:
    return Spent(statistics.median(s.wall for s in spent), statistics.median(s.cpu for s in spent))
