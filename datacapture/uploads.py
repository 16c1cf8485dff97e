"""Streams a web upload straight into the encrypted vault: its plain text never touches the disk."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from io import BytesIO
from queue import Full, Queue
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from datacapture import keys
from kip.core.vault import Stored, TooLarge, Vault

CHUNKS_WAITING = 8
SECONDS = 0.5


class _Interrupted(Exception):
    """The sender went away in the middle of the file."""


class VaultedFile(UploadedFile):
    """An upload that is in the vault already; `stored` says where, None when it was too large."""

    def __init__(self, stored: Stored | None, name: str, content_type: str, size: int) -> None:
        super().__init__(BytesIO(), name, content_type, size)
        self.stored = stored


class VaultUploadHandler(FileUploadHandler):
    """Django hands chunks out, the vault pulls them in: a thread and a short queue stand between.

    Every file that nobody claims with `keep` is deleted by `discard`, which the view calls in any case.
    """

    chunk_size = 256 * 1024

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit
        self._vault: Vault = keys.vault()
        self._arrived: list[Stored] = []
        self._kept: set[str] = set()
        self._queue: Queue[bytes | _Interrupted | None] = Queue(CHUNKS_WAITING)
        self._writing: Future[Stored] | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._queue = Queue(CHUNKS_WAITING)
        self._pool = ThreadPoolExecutor(1)
        self._writing = self._pool.submit(self._vault.store, self._chunks(), limit=self._limit)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._put(raw_data)

    def file_complete(self, file_size: int) -> VaultedFile:
        self._put(None)
        stored = self._result()
        return VaultedFile(stored, self.file_name or "", self.content_type or "", file_size)

    def upload_interrupted(self) -> None:
        if self._writing is not None and not self._writing.done():
            self._put(_Interrupted())
        self.discard()

    def keep(self, stored: Stored) -> None:
        """A delivery now answers for this file."""
        self._kept.add(stored.name)

    def discard(self) -> None:
        """Delete every file that was not kept."""
        for stored in self._arrived:
            if stored.name not in self._kept:
                self._vault.delete(stored.name)

    def _chunks(self) -> Iterator[bytes]:
        while True:
            chunk = self._queue.get()
            if chunk is None:
                return
            if isinstance(chunk, _Interrupted):
                raise chunk
            yield chunk

    def _put(self, chunk: bytes | _Interrupted | None) -> None:
        """Wait for room, but not for a writer that has given up; what comes after the limit is read and dropped."""
        while self._writing is not None and not self._writing.done():
            try:
                self._queue.put(chunk, timeout=SECONDS)
            except Full:
                continue
            return

    def _result(self) -> Stored | None:
        if self._writing is None:
            return None
        try:
            stored = self._writing.result()
        except TooLarge:
            return None
        finally:
            self._pool.shutdown(wait=False)
            self._writing = None
        self._arrived.append(stored)
        return stored
