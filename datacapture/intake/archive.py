"""Opens an upload that is a ZIP with one data file inside, under limits on its declared and its actual
size."""

import io
import re
import struct
import zipfile
import zlib
from typing import BinaryIO

from datacapture.intake.cpr import contains_cpr
from datacapture.intake.detect import ALLOWED, Detected, Format, detect, megabytes
from datacapture.intake.limits import DEFAULT, Limits
from datacapture.intake.rows import Stop, stop

_MAX_ENTRIES = 50
_MAX_DIRECTORY_BYTES = 64 * 1024
_NESTED = re.compile(r"\.(zip|gz|tgz|7z|rar|bz2|xz|tar)$", re.IGNORECASE)
_NESTED_MAGIC = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ")
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    OverflowError,
    UnicodeError,
)


class _Unpacked(io.RawIOBase):
    """The inner file, counted while it is unpacked: a header may lie about the size, the stream cannot."""

    def __init__(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, outer: Detected, limits: Limits) -> None:
        self._archive, self._entry, self._outer, self._limits = archive, entry, outer, limits
        self._inner = archive.open(entry)
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = 0) -> int:
        """Moves to byte 0, or to the declared end; a packed stream is only read forward."""
        if whence == 2:
            self._position = self._entry.file_size + offset
            return self._position
        if (offset, whence) != (0, 0):
            raise io.UnsupportedOperation("a packed file is read from its start")
        self._inner.close()
        self._inner = self._archive.open(self._entry)
        self._position = 0
        return 0

    def readinto(self, buffer: bytearray) -> int:
        try:
            data = self._inner.read(len(buffer))
        except _BROKEN:
            raise stop("damaged_file", file=self._outer.name) from None
        self._position += len(data)
        if self._position > self._limits.unpacked_bytes:
            raise _bomb(self._outer, self._position)
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._inner.close()
            self._archive.close()
        super().close()


def open_archive(file: BinaryIO, outer: Detected, limits: Limits = DEFAULT) -> tuple[BinaryIO, Detected]:
    """Gives the one data file inside a ZIP and what it is. Raises `Stop` when there is none, more, or a
    trap."""
    _check_directory(file, outer)
    try:
        archive = zipfile.ZipFile(file)
        entries = archive.infolist()
    except _BROKEN:
        raise stop("damaged_file", file=outer.name) from None
    entry = _single_entry(entries, outer, limits)
    try:
        raw = _Unpacked(archive, entry, outer, limits)
        inner = io.BufferedReader(raw, 256 * 1024)
        if inner.peek(8).startswith(_NESTED_MAGIC):
            raise stop("nested_archive", file=outer.name, inner="…")
        name = entry.filename.rpartition("/")[2]
        found = detect(inner, name, Limits(file_bytes=limits.unpacked_bytes))
    except Stop:
        raise
    except _BROKEN:
        raise stop("damaged_file", file=outer.name) from None
    if found.format is Format.ZIP:
        raise stop("nested_archive", file=outer.name, inner=found.name)
    return inner, found


def _bomb(outer: Detected, unpacked: int) -> Stop:
    return stop("zip_bomb", file=outer.name, size=megabytes(outer.size), unpacked=megabytes(unpacked))


def _check_directory(file: BinaryIO, outer: Detected) -> None:
    """Refuses a huge list of entries before the library reads it into memory. ZIP64 is never needed at our
    sizes."""
    tail_bytes = min(outer.size, 65_557)
    file.seek(outer.size - tail_bytes)
    tail = file.read(tail_bytes)
    file.seek(0)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + 22 > len(tail):
        raise stop("damaged_file", file=outer.name)
    count, directory = struct.unpack_from("<HI", tail, at + 10)
    if tail[max(0, at - 20) : at].startswith(b"PK\x06\x07") or directory > _MAX_DIRECTORY_BYTES:
        raise stop("zip_bomb", file=outer.name, size=megabytes(outer.size), unpacked="?")
    if count > _MAX_ENTRIES:
        raise stop("wrong_file_type", file=outer.name, found=f"ZIP ({count})", allowed=ALLOWED)


def _single_entry(entries: list[zipfile.ZipInfo], outer: Detected, limits: Limits) -> zipfile.ZipInfo:
    names = {entry.filename for entry in entries}
    if any(contains_cpr(name) for name in names):
        raise stop("cpr_file_name")
    if "[Content_Types].xml" in names:
        if any(name.endswith("vbaProject.bin") for name in names):
            raise stop("macro", file=outer.name)
        raise stop("wrong_file_type", file=outer.name, found="Excel/Office", allowed=ALLOWED)
    files = [e for e in entries if not e.is_dir() and not e.filename.startswith("__MACOSX/")]
    if sum(entry.file_size for entry in files) > limits.unpacked_bytes:
        raise _bomb(outer, sum(entry.file_size for entry in files))
    for entry in files:
        if _NESTED.search(entry.filename):
            raise stop("nested_archive", file=outer.name, inner=entry.filename.rpartition("/")[2][:60])
    if len(files) != 1:
        key = "wrong_file_type" if files else "empty_file"
        raise stop(key, file=outer.name, found=f"ZIP ({len(files)})", allowed=ALLOWED)
    entry = files[0]
    if entry.flag_bits & 0x1:
        raise stop("password_protected", file=outer.name)
    packed = max(entry.compress_size, 1)
    if entry.file_size // packed > limits.unpack_ratio and entry.file_size > 16 * 1024 * 1024:
        raise _bomb(outer, entry.file_size)
    return entry
