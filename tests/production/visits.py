"""What people do in the portal of the walkthrough, in a web process with production settings: `visits.py before|after`."""

import base64
import hmac
import os
import re
import struct
import sys
import time
from pathlib import Path

import django
from django.conf import settings
from django.test import Client

HOST, PASSWORD = "kip.example", "et-langt-kodeord-til-proeven"
PRACTICES = "number;name;profession;municipality;valid_from\n123456;Lægehuset Prøve;general_practice;0461;2020-01-01\n"


def mailed_link(address: str) -> str:
    """The link of the latest mail to somebody."""
    mails = sorted(Path(settings.EMAIL_FILE_PATH).glob("*.log"), key=lambda path: path.stat().st_mtime_ns)
    found = [path.read_text(encoding="utf-8") for path in mails]
    mail = next(text for text in reversed(found) if f"To: {address}" in text)
    return re.search(rf"https://{HOST}(/invitation/[\w-]+/)", mail)[1]


class Visitor:
    """A browser of one person; every answer must be what the step expects."""

    def __init__(self, address: str) -> None:
        self.address, self.client = address, Client(headers={"host": HOST})

    def get(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path, secure=True)
        assert answer.status_code == status, (path, answer.status_code, answer.headers.get("Location"))
        return answer.content.decode() if status == 200 else answer.headers.get("Location", "")

    def post(self, path: str, status: int = 302, **fields: object) -> str:
        answer = self.client.post(path, fields, secure=True)
        text = answer.content.decode()
        assert answer.status_code == status, (path, answer.status_code, re.findall(r"form-error-message[^>]*>([^<]+)", text))
        return answer.headers.get("Location", "")

    def accept(self) -> None:
        self.post(mailed_link(self.address), password=PASSWORD, again=PASSWORD)
        self.post("/konto/login/", login=self.address, password=PASSWORD)

    def second_factor(self) -> None:
        """A staff role reaches nothing before it has one."""
        assert self.get("/personer/", status=302).startswith("/konto/2fa/")
        self.post("/konto/reauthenticate/", password=PASSWORD)
        page = self.get("/konto/2fa/totp/activate/")
        secret = re.search(r"\b([A-Z2-7]{32})\b", page)[1]
        self.post("/konto/2fa/totp/activate/", code=code_of(secret))


def code_of(secret: str) -> str:
    """The app's six digits (RFC 6238: HMAC-SHA-1 of the half minute)."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), "sha1")
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at : at + 4]) & 0x7FFFFFFF) % 1_000_000:06d}"


def before() -> None:
    operator, region, steering, manager = (Visitor(f"{name}@{HOST}") for name in ("operator", "region", "styregruppe", "leder"))
    operator.accept()
    operator.second_factor()
    choice = re.search(r'<option value="(\d+)">Region Syddanmark', operator.get("/personer/inviter/"))[1]
    invite = "/personer/inviter/"
    operator.post(invite, email=region.address, name="Region", role="regional_administrator", region=choice)
    operator.post(invite, email=steering.address, name="Styregruppe", role="steering_group_member")
    steering.accept()
    region.accept()
    region.second_factor()
    sent = Path(settings.KIP_HOME) / "klinikker.csv"
    sent.write_text(PRACTICES, encoding="utf-8")
    with sent.open("rb") as file:
        preview = region.post("/register/indlaes/", file=file)
    region.post(preview)
    region.post(invite, email=manager.address, name="Leder", role="practice_manager", number="123456")
    manager.accept()
    manager.post("/aftaler/feedback-2026/tilmeld/", signer_name="Leder", signer_title="Praksisleder", agreed="on")


def after() -> None:
    manager = Visitor(f"leder@{HOST}")
    manager.post("/konto/login/", login=manager.address, password=PASSWORD)
    sys.stdout.write(manager.get("/maalinger/"))


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "kip.settings.portal"
    django.setup()
    {"before": before, "after": after}[sys.argv[1]]()
