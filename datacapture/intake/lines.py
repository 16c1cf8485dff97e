"""Reads a file line by line in bounded memory and decodes it; the start of every text reader."""

from collections.abc import Iterator
from typing import BinaryIO

from datacapture.intake.rows import stop

_UTF8_BOM = b"\xef\xbb\xbf"


class Lines:
    """Iterates over (line number, text) of a UTF-8 file, with or without a byte-order mark.

    Raises `Stop`: `encoding` (not UTF-8), `damaged_file` (a NUL byte, or a line longer than `limit` bytes).
    `consumed` counts the bytes read so far.
    """

    def __init__(self, file: BinaryIO, name: str, limit: int) -> None:
        self._file, self._name, self._limit = file, name, limit
        self.consumed = 0
        self.number = 0

    def __iter__(self) -> Iterator[tuple[int, str]]:
        """Yields every line with its number from 1, its line end included."""
        for number, data in self.raw():
            if b"\x00" in data:
                raise stop("damaged_file", row=number, file=self._name)
            yield number, self.text(data)

    def raw(self) -> Iterator[tuple[int, bytes]]:
        """Yields every line as it stands: neither its encoding nor its characters are looked at."""
        self._file.seek(0)
        self.consumed = self.number = 0
        read, limit = self._file.readline, self._limit + 1
        while data := read(limit):
            self.number += 1
            self.consumed += len(data)
            if len(data) >= limit:
                raise stop("damaged_file", row=self.number, file=self._name)
            if self.number == 1:
                data = data.removeprefix(_UTF8_BOM)
            yield self.number, data

    def text(self, data: bytes) -> str:
        """The present line decoded."""
        try:
            return data.decode()
        except UnicodeDecodeError:
            raise stop("encoding", row=self.number, file=self._name) from None
