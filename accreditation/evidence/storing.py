"""Takes an upload through size, virus control and cleaning into the encrypted folder, and opens it again."""

import io
from typing import BinaryIO, cast

from django.core.files.uploadedfile import UploadedFile

from accreditation.evidence.cleaning import Cleaned, Refused, clean
from kip.core.key_files import open_vault
from kip.core.scanning import Infected, ScannerSilent, scan
from kip.core.vault import Stored

FOLDER = "evidence"
MAX_BYTES = 20 * 1024 * 1024


def keep(upload: UploadedFile) -> tuple[Cleaned, Stored]:
    """What the upload is and where it is kept now. Raises `Refused`; then nothing is kept."""
    data = _read(upload)
    try:
        scan(io.BytesIO(data))
    except Infected:
        raise Refused("infected") from None
    except ScannerSilent:
        raise Refused("scanner_silent") from None
    cleaned = clean(data)
    return cleaned, open_vault(FOLDER).store([cleaned.data], limit=max(2 * MAX_BYTES, len(cleaned.data)))


def _read(upload: UploadedFile) -> bytes:
    if (upload.size or 0) > MAX_BYTES:
        raise Refused("too_large")
    data = b"".join(upload.chunks())
    if len(data) > MAX_BYTES:
        raise Refused("too_large")
    return data


def plain(vault_name: str) -> BinaryIO:
    """The kept file as a readable, seekable binary file. Raises kip.core.vault.VaultError."""
    return cast(BinaryIO, open_vault(FOLDER).open(vault_name))


def delete(vault_name: str) -> None:
    """Remove a kept file; one that is gone already is no error."""
    open_vault(FOLDER).delete(vault_name)
