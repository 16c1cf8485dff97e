"""What a given file really is, and the same file without metadata. Pure: bytes in, bytes out.

Pictures are written anew from their pixels, turned upright first, so that neither place nor camera nor a hidden second
picture remains. PDFs lose author, history, scripts, actions and attached files. Text documents and sheets of the open XML
kind lose author and company; one with macros is refused.
"""

import io
import warnings
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import filetype
import pikepdf
from PIL import Image, ImageOps, UnidentifiedImageError

PDF, JPEG, PNG, WEBP = "application/pdf", "image/jpeg", "image/png", "image/webp"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ENDINGS: Mapping[str, str] = {PDF: ".pdf", JPEG: ".jpg", PNG: ".png", DOCX: ".docx", XLSX: ".xlsx"}
LONGEST_SIDE = 3000
MOST_PIXELS = 80_000_000
UNPACKED_BYTES = 200 * 1024 * 1024
MOST_PARTS = 5000
EMPTY_CORE = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><cp:coreProperties'
    b' xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"/>'
)
EMPTY_APP = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Properties'
    b' xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"/>'
)
WITHOUT = {"docProps/core.xml": EMPTY_CORE, "docProps/app.xml": EMPTY_APP}
LEFT_OUT = ("docProps/custom.xml", "docProps/thumbnail")


class Refused(Exception):
    """The file cannot be taken in. code: empty, too_large, kind, broken, locked, macros, infected or scanner_silent."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Cleaned:
    """What is kept: the media type told by the bytes, and the bytes."""

    media_type: str
    data: bytes

    @property
    def ending(self) -> str:
        return ENDINGS[self.media_type]


def clean(data: bytes) -> Cleaned:
    """Raises `Refused`."""
    if not data:
        raise Refused("empty")
    found = filetype.guess_mime(data)
    way = WAYS.get(found)
    if way is None:
        raise Refused("kind")
    return way(data)


def _picture(data: bytes) -> Cleaned:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data)) as given:
                if given.width * given.height > MOST_PIXELS:
                    raise Refused("too_large")
                upright = ImageOps.exif_transpose(given)
                see_through = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
                pixels = upright.convert("RGBA" if see_through else "RGB")
    except (UnidentifiedImageError, Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise Refused("too_large" if "bomb" in type(error).__name__.lower() else "broken") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise Refused("broken") from error
    pixels.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    # Only what is put into this new picture is written: no EXIF, no comment, no colour profile.
    fresh = Image.new(pixels.mode, pixels.size)
    fresh.paste(pixels)
    out = io.BytesIO()
    media_type = PNG if see_through else JPEG
    if see_through:
        fresh.save(out, "PNG", optimize=True)
    else:
        fresh.save(out, "JPEG", quality=88)
    return Cleaned(media_type, out.getvalue())


def _pdf(data: bytes) -> Cleaned:
    out = io.BytesIO()
    try:
        with pikepdf.open(io.BytesIO(data)) as document:
            if document.is_encrypted:
                raise Refused("locked")
            _drop(document.Root, "/Metadata", "/OpenAction", "/AA", "/AF", "/PieceInfo")
            if "/Names" in document.Root:
                _drop(document.Root.Names, "/JavaScript", "/EmbeddedFiles")
            for page in document.pages:
                _drop(page.obj, "/Metadata", "/AA", "/PieceInfo")
            _drop(document.trailer, "/Info")
            document.remove_unreferenced_resources()
            document.save(out)
    except pikepdf.PasswordError as error:
        raise Refused("locked") from error
    except (pikepdf.PdfError, TypeError, ValueError, RuntimeError) as error:
        raise Refused("broken") from error
    return Cleaned(PDF, out.getvalue())


def _drop(dictionary: pikepdf.Object, *names: str) -> None:
    for name in names:
        if name in dictionary:
            del dictionary[name]


def _office(media_type: str) -> Callable[[bytes], Cleaned]:
    def written_anew(data: bytes) -> Cleaned:
        out = io.BytesIO()
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as fresh:
                parts = given.infolist()
                if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > UNPACKED_BYTES:
                    raise Refused("too_large")
                if any("vbaproject" in part.filename.lower() for part in parts):
                    raise Refused("macros")
                for part in parts:
                    if not part.filename.startswith(LEFT_OUT):
                        fresh.writestr(part.filename, WITHOUT.get(part.filename) or given.read(part))
        except (zipfile.BadZipFile, RuntimeError, OSError, ValueError, NotImplementedError) as error:
            raise Refused("broken") from error
        return Cleaned(media_type, out.getvalue())

    return written_anew


WAYS: Mapping[str | None, Callable[[bytes], Cleaned]] = {
    PDF: _pdf,
    JPEG: _picture,
    PNG: _picture,
    WEBP: _picture,
    DOCX: _office(DOCX),
    XLSX: _office(XLSX),
}
