"""What a file really is, and the same file without what it says between the lines."""

import io
import zipfile

import pikepdf
import pytest
from PIL import Image, PngImagePlugin

from accreditation.evidence import Refused, clean
from accreditation.evidence.cleaning import DOCX, JPEG, PDF, PNG

GPS = 0x8825
ORIENTATION = 0x0112
SECRET = "Hemmelig Forfatter"


def photo(form: str = "JPEG", size: tuple[int, int] = (60, 40), *, turned: int = 6) -> bytes:
    """Left half red, right half blue, with place, camera and a note; `turned` is the EXIF orientation."""
    picture = Image.new("RGB", size, "blue")
    picture.paste("red", (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[ORIENTATION] = turned
    exif[0x010F] = SECRET
    exif.get_ifd(GPS)[1] = "N"
    out = io.BytesIO()
    extra = {"comment": SECRET.encode()} if form == "JPEG" else {}
    picture.save(out, form, exif=exif, **extra)
    return out.getvalue()


def document(*, attached: bool = True) -> bytes:
    pdf = pikepdf.new()
    pdf.add_blank_page()
    with pdf.open_metadata() as meta:
        meta["dc:creator"] = [SECRET]
    pdf.docinfo["/Author"] = SECRET
    pdf.Root["/OpenAction"] = pikepdf.Dictionary(S=pikepdf.Name("/JavaScript"), JS=pikepdf.String("app.alert(1)"))
    if attached:
        pdf.attachments["hemmelig.txt"] = pikepdf.AttachedFileSpec(pdf, SECRET.encode())
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def office(*extra: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("[Content_Types].xml", b"<Types/>")
        packed.writestr("_rels/.rels", b"<Relationships/>")
        packed.writestr("docProps/core.xml", f"<x>{SECRET}</x>".encode())
        packed.writestr("docProps/app.xml", f"<x>{SECRET}</x>".encode())
        packed.writestr("word/document.xml", b"<w>Vores retningslinje</w>")
        for name, data in extra:
            packed.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_comes_out_upright_and_says_nothing_else(form: str) -> None:
    cleaned = clean(photo(form))
    assert cleaned.media_type == JPEG
    with Image.open(io.BytesIO(cleaned.data)) as picture:
        assert picture.size == (40, 60)  # turned upright: it stood on its side
        assert dict(picture.getexif()) == {}
        assert {"comment", "exif", "icc_profile"} & set(picture.info) == set()
        top, bottom = picture.getpixel((20, 5)), picture.getpixel((20, 55))
    assert (top[0] > 200, bottom[2] > 200) == (True, True)
    assert SECRET.encode() not in cleaned.data


def test_a_see_through_picture_stays_see_through_without_its_texts() -> None:
    picture = Image.new("RGBA", (10, 10), (1, 2, 3, 0))
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", SECRET)
    out = io.BytesIO()
    picture.save(out, "PNG", pnginfo=texts)
    cleaned = clean(out.getvalue())
    assert cleaned.media_type == PNG
    with Image.open(io.BytesIO(cleaned.data)) as again:
        assert (again.getpixel((0, 0)), again.info) == ((1, 2, 3, 0), {})


def test_a_large_picture_is_made_smaller() -> None:
    with Image.open(io.BytesIO(clean(photo(size=(4000, 1000), turned=1)).data)) as picture:
        assert picture.size == (3000, 750)


def test_a_pdf_loses_author_scripts_and_attachments_and_keeps_its_pages() -> None:
    cleaned = clean(document())
    assert cleaned.media_type == PDF
    with pikepdf.open(io.BytesIO(cleaned.data)) as pdf:
        assert len(pdf.pages) == 1
        assert ("/Info" in pdf.trailer, "/Metadata" in pdf.Root, "/OpenAction" in pdf.Root) == (False, False, False)
        assert len(pdf.attachments) == 0
    assert SECRET.encode() not in cleaned.data
    assert b"app.alert" not in cleaned.data


def test_a_text_document_loses_its_author_and_keeps_its_text() -> None:
    cleaned = clean(office())
    assert cleaned.media_type == DOCX
    with zipfile.ZipFile(io.BytesIO(cleaned.data)) as packed:
        assert packed.testzip() is None
        assert packed.read("word/document.xml").decode() == "<w>Vores retningslinje</w>"
        assert not any(SECRET.encode() in packed.read(name) for name in packed.namelist())


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"<html><script>alert(1)</script></html>", "kind"),
        (b"MZ\x90\x00" + b"\0" * 300, "kind"),
        (b"PK\x03\x04" + b"\0" * 60, "kind"),
        (photo()[:200], "broken"),
        (b"%PDF-1.7\nnot really", "broken"),
        (office(("word/vbaProject.bin", b"x")), "macros"),
    ],
)
def test_what_is_refused_and_why(data: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        clean(data)
    assert refused.value.code == code


def test_a_locked_pdf_is_refused() -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(document(attached=False))) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="a", user="b"))
    with pytest.raises(Refused, match="locked"):
        clean(out.getvalue())


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
    with pytest.raises(Refused, match="too_large"):
        clean(bomb.getvalue())
    with pytest.raises(Refused, match="too_large"):
        clean(office(*((f"word/{number}.xml", b"0" * 10_000_000) for number in range(25))))
