"""Virus control before parsing: a real little scanner, over a socket as clamd speaks and as a program."""

import io
import socketserver
import struct
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from datacapture.models import Event
from kip.core import scanning
from kip.core.scope import WORKER, activate
from practices.models import Practice
from tests.datacapture.intake_files import counts, csv_file, enrol, hand_in, line, purpose

BAD = b"X5O-HARMFUL"
PROGRAM = "import sys; data = sys.stdin.buffer.read(); sys.exit(1 if b'X5O-HARMFUL' in data else 0)"


class Clamd(socketserver.StreamRequestHandler):
    """Reads one INSTREAM and answers as clamd does."""

    def handle(self) -> None:
        assert self.rfile.read(10) == b"zINSTREAM\0"
        data = b""
        while size := struct.unpack(">I", self.rfile.read(4))[0]:
            data += self.rfile.read(size)
            if len(data) > self.server.limit:
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.server.seen.append(data)
        self.wfile.write(b"stream: Test.Harmful FOUND\0" if BAD in data else b"stream: OK\0")


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    seen: list[bytes]
    limit = 10**7


@pytest.fixture
def clamd(settings: Any, tmp_path: Path) -> Iterator[Server]:
    with Server(str(tmp_path / "clamd"), Clamd) as server:
        server.seen = []
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        settings.KIP_SCAN_SOCKET = str(tmp_path / "clamd")
        yield server
        server.shutdown()


@pytest.fixture
def program(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "scan.py").write_text(PROGRAM)
    settings.KIP_SCAN_COMMAND = f"{sys.executable} {tmp_path / 'scan.py'}"


@pytest.fixture(params=["clamd", "program"])
def scanner(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue(request.param)


def test_clean_and_infected(scanner: None) -> None:
    file = io.BytesIO(b"x" * 300_000)
    file.read(10)
    scanning.scan(file)
    assert file.tell() == 0
    with pytest.raises(scanning.Infected):
        scanning.scan(io.BytesIO(b"x" * 200_000 + BAD))


def test_clamd_sees_every_byte(clamd: Server) -> None:
    content = bytes(range(256)) * 1000
    scanning.scan(io.BytesIO(content))
    assert clamd.seen == [content]


def test_a_stream_too_long_for_clamd_is_no_answer(clamd: Server) -> None:
    clamd.limit = 100_000
    with pytest.raises(scanning.ScannerSilent):
        scanning.scan(io.BytesIO(b"x" * 3_000_000))


@pytest.mark.parametrize(
    "setting",
    [
        {"KIP_SCAN_SOCKET": "/nowhere/clamd"},
        {"KIP_SCAN_COMMAND": "/nowhere/scanner"},
        {"KIP_SCAN_COMMAND": f"{sys.executable} -c 'raise SystemExit(2)'"},
        {"KIP_SCAN_COMMAND": f"{sys.executable} -c 'import time; time.sleep(60)'", "KIP_SCAN_SECONDS": 1},
    ],
)
def test_a_scanner_that_does_not_answer_lets_nothing_in(setting: dict[str, Any], settings: Any) -> None:
    for name, value in setting.items():
        setattr(settings, name, value)
    with pytest.raises(scanning.ScannerSilent):
        scanning.scan(io.BytesIO(b"x" * 1_000_000))


def test_without_a_scanner_nothing_is_asked() -> None:
    scanning.scan(io.BytesIO(BAD))


@pytest.fixture
def practice(country: dict[str, Any], settings: Any, tmp_path: Path) -> Practice:
    settings.KIP_HOME, settings.KIP_KEY_FILE = tmp_path, tmp_path / "keys"
    with activate(WORKER):
        enrol(country["north_1"], purpose())
    return country["north_1"]


@pytest.mark.django_db
def test_an_infected_upload_is_refused_before_it_is_read(practice: Practice, program: None, settings: Any) -> None:
    assert counts(hand_in(practice, csv_file(line("1")))) == {"new": 1}
    delivery = hand_in(practice, csv_file(line("2")) + BAD, mode="check")
    assert (counts(delivery), delivery.vault_name) == ({"stopped": ["virus"]}, "")
    (said,) = delivery.receipt["messages"]
    assert said["da"].startswith("Filen blev stoppet af viruskontrollen og er slettet. udtraek.csv, modtaget ")
    settings.KIP_SCAN_COMMAND = "/nowhere/scanner"
    silent = hand_in(practice, csv_file(line("3")))
    assert counts(silent) == {"stopped": ["scanner_silent"]}
    assert "Viruskontrollen svarede ikke" in silent.receipt["messages"][0]["da"]
    with activate(WORKER):
        assert Event.objects.count() == 1
