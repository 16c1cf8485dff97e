"""A bad setting stops the start with a sentence that shows no value; each production process has its own parts only."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kip.settings.environment import read_environment
from tests.test_budget import ROOT

SECRET = "x9" * 40 + "abcdefghijklmno"
BASE = {
    "KIP_MODE": "production",
    "KIP_SECRET_KEY": SECRET,
    "KIP_ALLOWED_HOSTS": "kip.example",
    "KIP_MAIL_URL": "smtps://kip:word@mail.example",
    "REDIS_URL": "redis://redis:6379/0",
}
Start = Callable[..., str]


def manage(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KIP_", "DJANGO_", "DATABASE_", "REDIS_"))}
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both key files, made by the command."""
    folder = tmp_path_factory.mktemp("keys")
    made = manage("make_keys", KIP_MODE="production", KIP_PROCESS="setup", **key_files(folder))
    assert made.returncode == 0, made.stderr
    return folder


def key_files(folder: Path) -> dict[str, str]:
    return {"KIP_PORTAL_KEY_FILE": str(folder / "portal_keys"), "KIP_KEY_FILE": str(folder / "pseudonym_keys")}


@pytest.fixture
def web(keys: Path, tmp_path: Path) -> dict[str, str]:
    home = {"KIP_HOME": str(tmp_path / "home"), "KIP_PORTAL_KEY_FILE": key_files(keys)["KIP_PORTAL_KEY_FILE"]}
    return {**BASE, **home, "KIP_PROCESS": "web", "DATABASE_URL": "postgresql://kip_web:word@database/kip"}


@pytest.fixture
def task(keys: Path, tmp_path: Path) -> dict[str, str]:
    home = {"KIP_HOME": str(tmp_path / "home"), **key_files(keys)}
    return {**BASE, **home, "KIP_PROCESS": "task", "DATABASE_TASK_URL": "postgresql://kip_task:word@database/kip"}


# Each: variable, a value that holds the word `hemmelig` where it could be a secret, and what must be said of it.
BAD = [
    ("KIP_MODE", "live", "none of the words that are known. Give demo, production or test"),
    ("KIP_PROCESS", "worker", "none of the words that are known. Give web, task, beat, setup or test"),
    ("KIP_SECRET_KEY", "hemmelig", "fewer than 50 characters"),
    ("KIP_SECRET_KEY", "hemmelig" * 10, "it can be guessed"),
    ("KIP_ALLOWED_HOSTS", "https://kip.example", "no host name"),
    ("KIP_ALLOWED_HOSTS", "kip.example,", "no host name"),
    ("KIP_ALLOWED_HOSTS", "*", "a * lets in every host name"),
    ("DATABASE_URL", "mysql://kip_web:hemmelig@database/kip", "does not begin with postgresql://"),
    ("DATABASE_URL", "postgresql://kip_web:hemmelig@database", "names no database"),
    ("DATABASE_URL", "postgresql://database/kip", "names no login"),
    ("DATABASE_URL", "postgresql://kip_web:hem/melig@database:x/kip", "host or port cannot be read"),
    ("DATABASE_URL", "postgresql://kip_web:hemmelig@database/kip?sslmod=require", "option after the ? is not known"),
    ("REDIS_URL", "http://:hemmelig@redis", "does not begin with redis://"),
    ("REDIS_URL", "redis://", "names no server"),
    ("REDIS_URL", "unix://?db=0", "names no server"),
    ("KIP_HOME", "/proc/nope", "the folder /proc/nope cannot be made"),
    ("KIP_PORTAL_KEY_FILE", "/nonexist/keys", "there is no file /nonexist/keys. Make it with `manage.py make_keys`"),
    ("KIP_PORTAL_KEY_FILE", str(ROOT / "README.md"), "Run chmod 600"),
    ("KIP_REQUIRE_MFA", "maybe", "neither true nor false"),
    ("KIP_WAS_URL", "http://open", "no address that begins with https://"),
    ("KIP_MAIL_URL", "mail.example", "does not begin with smtp://"),
    ("KIP_MAIL_URL", "smtp://kip:hemmelig@:25", "names no mail server"),
    ("KIP_MAIL_FROM", "KIP", "holds no e-mail address"),
    ("KIP_CONTACT", "support", "no e-mail address"),
    ("KIP_PHONE", "ring", "no telephone number"),
    ("KIP_OIDC_PROVIDERS", "{hemmelig", "it is no JSON"),
    ("KIP_OIDC_PROVIDERS", "{}", "it must be a list in [ ]"),
    ("KIP_OIDC_PROVIDERS", '[{"a": "hemmelig"}]', "provider 1, a is no field of a provider"),
    ("KIP_OIDC_PROVIDERS", '[{"a": "hemmelig"}]', "provider 1, provider_id is missing"),
    (
        "KIP_OIDC_PROVIDERS",
        '[{"provider_id": "x", "name": "X", "client_id": "k", "secret": "hemmelig", "settings": {"server_url": "http://x"}}]',
        "provider 1, settings.server_url must begin with https://",
    ),
    ("KIP_SAML_PROVIDERS", "[1]", "provider 1 must be an object in { }"),
    (
        "KIP_SAML_PROVIDERS",
        '[{"provider_id": "idp", "name": "X", "client_id": "x", "settings": {"idp": {"entity_id": "hemmelig"}}}]',
        "provider 1, settings.idp needs metadata_url, or sso_url and x509cert",
    ),
    ("KIP_UPLOAD_LIMIT_MB", "many", "no whole number. Give megabytes from 1 to 4096"),
    ("KIP_UPLOAD_LIMIT_MB", "0", "it is below 1"),
    ("KIP_SMALL_CELL", "11", "it is above 10"),
    ("KIP_ALLOW_CPR_IN_TEXT", "perhaps", "neither true nor false"),
    ("KIP_SCAN_SOCKET", "clamav", "neither a path nor host:port"),
    ("KIP_SCAN_COMMAND", "no-such-scanner -", "no program that this user can run"),
    ("KIP_SCAN_SECONDS", "-1", "it is below 1"),
    ("KIP_UPLOAD_LIMT_MB", "10", "is no setting of KIP. Did you mean KIP_UPLOAD_LIMIT_MB"),
    ("KIP_COFFEE", "black", "is no setting of KIP. Take it out of the environment"),
]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Start:
    """What starting with an environment says: read in this process, since each start of a new one takes seconds."""

    def read(**environment: str) -> str:
        for name in [name for name in os.environ if name.startswith(("KIP_", "DATABASE_", "REDIS_"))]:
            monkeypatch.delenv(name)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        try:
            read_environment()
        except SystemExit as stopped:
            return str(stopped.code)
        return ""

    return read


@pytest.mark.parametrize(("name", "value", "sentence"), BAD)
def test_a_bad_value_stops_the_start(name: str, value: str, sentence: str, web: dict[str, str], start: Start) -> None:
    said = start(**{**web, name: value})
    assert said.startswith("KIP cannot start.\n- ")
    line = next(line for line in said.splitlines() if name in line)
    assert sentence in line
    assert line.endswith(".")
    assert "hemmelig" not in said


def test_a_good_environment_starts(web: dict[str, str], task: dict[str, str], start: Start) -> None:
    assert start(**web) == ""
    assert start(**task) == ""
    assert start(**{**web, "KIP_SCAN_COMMAND": "cat", "KIP_SCAN_SOCKET": "clamav:3310", "KIP_MAIL_URL": "folder"}) == ""


def test_production_without_its_parts_names_them(tmp_path: Path, start: Start) -> None:
    said = start(KIP_MODE="production", KIP_PROCESS="web", KIP_HOME=str(tmp_path))
    missing = ("KIP_SECRET_KEY", "KIP_ALLOWED_HOSTS", "KIP_MAIL_URL", "REDIS_URL", "KIP_PORTAL_KEY_FILE", "DATABASE_URL")
    assert [name for name in missing if f"the web process needs {name}: " not in said] == []
    assert start(KIP_MODE="production", KIP_PROCESS="beat", KIP_HOME=str(tmp_path), REDIS_URL="redis://redis") == ""
    assert start(KIP_MODE="production", KIP_PROCESS="setup", KIP_HOME=str(tmp_path)) == ""


@pytest.mark.parametrize("name", ["DATABASE_TASK_URL", "DATABASE_OWNER_URL", "DATABASE_ADMIN_URL"])
def test_the_web_process_gets_no_other_login(name: str, web: dict[str, str], start: Start) -> None:
    said = start(**{**web, name: "postgresql://kip_task:hemmelig@database/kip"})
    assert f"{name} may not be given to the web process" in said
    assert "hemmelig" not in said


def test_the_web_process_gets_no_pseudonym_keys(web: dict[str, str], keys: Path, start: Start) -> None:
    assert "KIP_KEY_FILE may not be given to the web process" in start(**web, KIP_KEY_FILE=str(keys / "pseudonym_keys"))


def test_no_traceback_reaches_the_operator(web: dict[str, str]) -> None:
    done = manage("check", **{**web, "KIP_OIDC_PROVIDERS": "{bad", "KIP_HOME": "/proc/nope"})
    assert (done.returncode, done.stdout) == (1, "")
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == [
        "KIP cannot start.", "- KIP_HOME", "- KIP_OIDC_PROVIDERS",
    ]  # fmt: skip


@pytest.mark.parametrize("process", ["web", "task"])
def test_the_deployment_check_is_clean_in_production(process: str, request: pytest.FixtureRequest) -> None:
    done = manage("check", "--deploy", "--fail-level", "WARNING", **request.getfixturevalue(process))
    assert (done.returncode, done.stderr) == (0, "")
    assert "no issues" in done.stdout


def test_the_deployment_check_reads_the_key_files(task: dict[str, str], tmp_path: Path) -> None:
    bad = {"KIP_PORTAL_KEY_FILE": tmp_path / "portal", "KIP_KEY_FILE": tmp_path / "pseudonyms"}
    bad["KIP_PORTAL_KEY_FILE"].write_text("uploads uploads-1 notbase64\n")
    bad["KIP_KEY_FILE"].write_text("one two\n")
    for path in bad.values():
        path.chmod(0o600)
    done = manage("check", "--deploy", **{**task, **{name: str(path) for name, path in bad.items()}})
    assert done.returncode == 1
    assert "KIP_PORTAL_KEY_FILE: line 1 of the key file holds a key that is not base64" in done.stderr
    assert "KIP_KEY_FILE: line 1 of the key file is not 'purpose key-id key'" in done.stderr


def test_make_keys_leaves_files_alone(keys: Path) -> None:
    before = {path.name: path.read_bytes() for path in keys.iterdir()}
    again = manage("make_keys", KIP_MODE="production", KIP_PROCESS="setup", **key_files(keys))
    assert (again.returncode, "made" in again.stdout) == (0, False)
    assert {path.name: path.read_bytes() for path in keys.iterdir()} == before
    assert {path.stat().st_mode & 0o777 for path in keys.iterdir()} == {0o600}
