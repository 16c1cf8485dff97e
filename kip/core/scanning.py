"""Virus control of an upload before anybody parses it: clamd over a socket, or a program that reads standard input.

Fail closed: a scanner that is set but does not answer, answers with an error or takes too long refuses the file.
"""

import contextlib
import shlex
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from typing import BinaryIO

from django.conf import settings

CHUNK_BYTES = 64 * 1024
CLEAN, INFECTED = 0, 1
LONGEST_ANSWER = 4096


class Infected(Exception):
    """The scanner knows the content as harmful."""


class ScannerSilent(Exception):
    """No usable answer from the scanner; nothing is known of the file."""


def scan(file: BinaryIO) -> None:
    """Show the whole file to the scanners that are set, and leave it at byte 0. Raises `Infected`, `ScannerSilent`."""
    for place, ask in ((settings.KIP_SCAN_SOCKET, _ask_clamd), (settings.KIP_SCAN_COMMAND, _ask_program)):
        if place:
            file.seek(0)
            ask(place, file, time.monotonic() + settings.KIP_SCAN_SECONDS)
    file.seek(0)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    return iter(lambda: file.read(CHUNK_BYTES), b"")


def _ask_clamd(place: str, file: BinaryIO, until: float) -> None:
    """clamd's INSTREAM: each chunk after its length, a zero length last; the answer ends with OK, FOUND or ERROR."""
    try:
        with _connected(place, until) as line:
            line.sendall(b"zINSTREAM\0")
            # clamd may answer and close before the last byte: what it said still counts.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                for chunk in _chunks(file):
                    line.settimeout(_left(until))
                    line.sendall(struct.pack(">I", len(chunk)) + chunk)
                line.sendall(struct.pack(">I", 0))
            answer = _answer(line, until)
    except OSError:
        raise ScannerSilent from None
    if answer.endswith(b"FOUND"):
        raise Infected
    if not answer.endswith(b"OK"):
        raise ScannerSilent


def _connected(place: str, until: float) -> socket.socket:
    if not place.startswith("/"):
        host, _, port = place.rpartition(":")
        return socket.create_connection((host, int(port)), timeout=_left(until))
    line = socket.socket(socket.AF_UNIX)
    try:
        line.settimeout(_left(until))
        line.connect(place)
    except BaseException:
        line.close()
        raise
    return line


def _answer(line: socket.socket, until: float) -> bytes:
    said = b""
    while b"\0" not in said and len(said) < LONGEST_ANSWER:
        line.settimeout(_left(until))
        part = line.recv(LONGEST_ANSWER)
        if not part:
            break
        said += part
    return said.partition(b"\0")[0].strip()


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _ask_program(command: str, file: BinaryIO, until: float) -> None:
    """Exit code 0 clean, 1 infected, as `clamscan -` has it; anything else is no answer."""
    try:
        program = subprocess.Popen(  # noqa: S603 - the operator's own setting, never a shell
            shlex.split(command), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    except (OSError, ValueError):
        raise ScannerSilent from None
    # A program that stops reading would hold us in the middle of a write: at the deadline it is killed.
    alarm = threading.Timer(_left(until), program.kill)
    alarm.start()
    try:
        with program, contextlib.suppress(BrokenPipeError):
            for chunk in _chunks(file):
                program.stdin.write(chunk)  # type: ignore[union-attr]  # asked for with PIPE
    except BrokenPipeError:
        pass
    finally:
        alarm.cancel()
    if program.returncode == INFECTED:
        raise Infected
    if program.returncode != CLEAN:
        raise ScannerSilent
