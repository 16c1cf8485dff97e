"""The operator's commands: regions, the first person, a purpose, keys and the folder; each says what it could not do."""

from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core import mail
from django.core.management import CommandError, call_command

from datacapture import keys
from datacapture.models import Purpose
from kip.core.models import AuditRecord
from kip.core.scope import WORKER, activate
from practices.denmark import denmark
from practices.models import Invitation, Municipality, Region, User
from tests.datacapture.intake_files import csv_file, enrol, line, purpose
from tests.test_budget import ROOT

pytestmark = pytest.mark.django_db(transaction=False)
EXAMPLE = ROOT / "docs/examples/purpose.yaml"
OPERATOR = ("operator@kip.example", "--name", "Operatør")


@pytest.fixture(autouse=True)
def own_home(settings: Any, tmp_path: Path) -> None:
    settings.KIP_HOME, settings.KIP_KEY_FILE = tmp_path, tmp_path / "keys"


def command(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out, stderr=out)
    return out.getvalue()


def refused(*words: str) -> str:
    with pytest.raises(CommandError) as error:
        command(*words)
    return str(error.value)


def test_regions_are_loaded_once_with_their_successor() -> None:
    assert command("load_regions") == "6 new regions, 98 new municipalities\n"
    assert command("load_regions") == "0 new regions, 0 new municipalities\n"
    with activate(WORKER):
        assert Municipality.objects.count() == len(denmark().municipalities) == 98
        assert Region.objects.get(code="1085").successor.name_da == "Region Østdanmark"
        assert AuditRecord.objects.filter(act="loaded_regions").count() == 1


def test_the_first_operator_is_invited_by_mail_and_the_second_is_not(
    django_capture_on_commit_callbacks: Any, person: Callable[..., User]
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        command("first_person", *OPERATOR)
    assert [(item.to, "http://127.0.0.1/invitation/" in item.body) for item in mail.outbox] == [(["operator@kip.example"], True)]
    with activate(WORKER):
        invitation = Invitation.objects.get()
        assert (invitation.role, invitation.invited_by) == ("platform_operator", None)
        assert AuditRecord.objects.get(act="invited_member").role == "system"
    person("platform_operator")
    assert refused("first_person", *OPERATOR) == "There is one already, who invites the next in the portal under People."


@pytest.mark.parametrize(("words", "sentence"), [
    (("nobody", "--name", "X"), "nobody is no e-mail address."),
    ((*OPERATOR, "--region", "1083"), "--region belongs to a regional administrator, and only to one."),
    ((*OPERATOR, "--role", "regional_administrator"), "--region belongs to a regional administrator, and only to one."),
    ((*OPERATOR, "--role", "regional_administrator", "--region", "9"), "There is no region 9."),
])  # fmt: skip
def test_a_first_person_that_cannot_be(words: tuple[str, ...], sentence: str) -> None:
    assert refused("first_person", *words).startswith(sentence)


def test_the_example_is_a_purpose_with_a_key_of_its_own() -> None:
    assert command("create_purpose", str(EXAMPLE)).startswith("feedback-2026: open from 2026-10-01 to 2029-09-30, key ")
    with activate(WORKER):
        made = Purpose.objects.get(code="feedback-2026")
        assert AuditRecord.objects.get(act="purpose_created").object_id == "feedback-2026"
    assert keys.has_key(made.code, made.key_id)
    assert len(made.code_sets) > 50
    assert "already" in refused("create_purpose", str(EXAMPLE))


@pytest.mark.parametrize(("change", "sentence"), [
    ({"code": "Æ"}, "code may hold small letters, digits and hyphens only"),
    ({"valid_until": date(2030, 1, 1)}, "three years later at most"),
    ({"valid_until": "soon"}, "valid_until cannot be read"),
    ({"code_sets": ["no_such"]}, "the library has no code set no_such"),
    ({"recipients": []}, "recipients is empty"),
    ({"colour": "red"}, "colour is no field of a purpose"),
    ({"approval_number": None}, "approval_number must be a text"),
])  # fmt: skip
def test_a_purpose_file_that_cannot_be_used(change: dict[str, object], sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "purpose.yaml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(EXAMPLE.read_text()), **change}))
    assert sentence in refused("create_purpose", str(path))
    with activate(WORKER):
        assert not Purpose.objects.exists()


def test_no_file_and_no_yaml_are_told(tmp_path: Path) -> None:
    assert "cannot be read" in refused("create_purpose", str(tmp_path / "none.yaml"))
    (tmp_path / "bad.yaml").write_text("code: [\n")
    assert "is no YAML from line" in refused("create_purpose", str(tmp_path / "bad.yaml"))


def test_retiring_a_key_that_is_not_known_is_an_error() -> None:
    with activate(WORKER):
        goal = purpose()
    keys.add_key(goal.code, goal.key_id)
    assert refused("rotate_key", goal.code, "--retire", "xxx") == f"{goal.code} has no key xxx."


def test_production_without_its_key_file_says_so(settings: Any, tmp_path: Path) -> None:
    settings.PRODUCTION, settings.KIP_PORTAL_KEY_FILE = True, tmp_path / "portal"
    assert "key file cannot be read" in refused("deliver_folder", str(tmp_path))
    assert "Run make_keys first" in refused("create_purpose", str(EXAMPLE))
    assert not (tmp_path / "keys").exists()


def test_files_that_are_left_are_named_and_end_with_an_error(country: dict[str, Any], tmp_path: Path) -> None:
    with activate(WORKER):
        enrol(country["north_1"], purpose())
    folder = tmp_path / "ind"
    for place in (country["north_1"].number, "999999"):
        (folder / place).mkdir(parents=True)
    (folder / country["north_1"].number / "god.csv").write_bytes(csv_file(line("1")))
    (folder / "999999" / "fremmed.csv").write_bytes(b"x")
    (folder / "løs.csv").write_bytes(b"x")
    (folder / "0101011234.csv").write_bytes(b"x")
    said = refused("deliver_folder", str(folder)).splitlines()
    assert said == [
        "These files are left where they are:",
        "a file whose name holds a CPR number lies beside the folders of the practices",
        "løs.csv lies beside the folders of the practices",
        "fremmed.csv: no practice has the number 999999",
    ]
    assert not (folder / country["north_1"].number / "god.csv").exists()
