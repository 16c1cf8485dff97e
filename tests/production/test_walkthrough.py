"""docs/operations.md from an empty server to a number on a page, as the three real logins with production settings."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from psycopg import sql

from kip.embedded import running_servers
from tests.test_budget import ROOT

DATABASE = f"kip_walk_{os.getpid()}"
OURS = ("KIP_", "DJANGO_", "DATABASE_", "REDIS_")


class Installation:
    """The environment of each process, and the way to run something in it."""

    def __init__(self, folder: Path) -> None:
        servers = running_servers()
        self.admin, host = servers.admin_url, servers.admin_url.split("?host=")[1]
        self.folder = folder
        urls = {
            name: f"postgresql://{login}@/{DATABASE}?host={host}"
            for name, login in (
                ("DATABASE_OWNER_URL", "kip_owner"), ("DATABASE_URL", "kip_web"), ("DATABASE_TASK_URL", "kip_task"),
            )
        }  # fmt: skip
        redis = {"REDIS_URL": servers.redis_url.replace("db=0", "db=7"), "KIP_HOME": str(folder / "home")}
        keys = {"KIP_PORTAL_KEY_FILE": str(folder / "portal_keys"), "KIP_KEY_FILE": str(folder / "pseudonym_keys")}
        portal = {
            **redis, "KIP_SECRET_KEY": "n8" * 20 + "et-langt-ord", "KIP_ALLOWED_HOSTS": "kip.example", "KIP_MAIL_URL": "folder",
            "KIP_PORTAL_KEY_FILE": keys["KIP_PORTAL_KEY_FILE"],
        }  # fmt: skip
        self.settings = {
            "setup": {**redis, **keys, **urls, "DATABASE_ADMIN_URL": self.admin},
            "task": {**portal, **keys, "DATABASE_TASK_URL": urls["DATABASE_TASK_URL"]},
            "web": {**portal, "DATABASE_URL": urls["DATABASE_URL"]},
        }

    def run(self, process: str, script: str, *words: str) -> str:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        done = subprocess.run(
            [sys.executable, "-m", f"tests.production.{script}", *words],
            cwd=ROOT,
            env={**kept, "KIP_MODE": "production", "KIP_PROCESS": process, **self.settings[process]},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{words}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        return done.stdout

    def commands(self, process: str, *commands: list[Any]) -> str:
        return self.run(process, "commands", *(json.dumps([str(word) for word in words]) for words in commands))


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    made = Installation(tmp_path)
    yield made
    with psycopg.connect(made.admin, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(DATABASE)))


def purpose_file(folder: Path, today: date) -> Path:
    """The example of the documentation, open today."""
    facts = yaml.safe_load((ROOT / "docs/examples/purpose.yaml").read_text(encoding="utf-8"))
    facts |= {"valid_from": today - timedelta(days=30), "valid_until": today + timedelta(days=700)}
    path = folder / "purpose.yaml"
    path.write_text(yaml.safe_dump(facts, allow_unicode=True), encoding="utf-8")
    return path


def event_file(folder: Path, today: date) -> None:
    """Thirty listed people with diabetes and their HbA1c of today, since nothing older than the enrolment is taken in."""
    lines = ["practice;patient;sex;birth;kind;system;code;start;value;unit;local_id;listed_from"]
    for number in range(30):
        who = f"123456;journal-{number:02d};{'km'[number % 2]};1960-05-{number % 28 + 1:02d}"
        lines.append(f"{who};patient;;;;;;p{number};2020-01-01")
        lines.append(f"{who};dx;ICPC2;T90;{today};;;d{number};")
        lines.append(f"{who};lab;NPU;NPU27300;{today};{48 if number < 20 else 70};mmol/mol;l{number};")
    place = folder / "drop" / "123456"
    place.mkdir(parents=True)
    (place / "udtraek.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_from_an_empty_server_to_a_number(installation: Installation, tmp_path: Path) -> None:
    today = date.today()
    installation.commands(
        "setup", ["make_roles"], ["migrate", "--verbosity", 0], ["make_keys"], ["collectstatic", "--noinput", "--verbosity", 0]
    )
    said = installation.commands(
        "task",
        ["load_regions"],
        ["load_library"],
        ["create_purpose", purpose_file(tmp_path, today)],
        ["first_person", "operator@kip.example", "--name", "Operatør"],
    )
    assert "98 new municipalities" in said
    installation.run("web", "visits", "before")
    event_file(tmp_path, today)
    month_end = (today.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    said = installation.commands(
        "task",
        ["deliver_folder", tmp_path / "drop"],
        ["compute", "--month-end", month_end, "--publish", "region@kip.example", "styregruppe@kip.example"],
        ["check", "--deploy", "--database", "default", "--fail-level", "WARNING"],
    )
    assert "stored new=90" in said
    assert "no issues" in said
    page = re.sub(r"<[^>]+>|\s+", " ", installation.run("web", "visits", "after"))
    row = page[page.index("HbA1c under 59 mmol/mol") :][:400]
    assert ("67" in row, "20 af 30 patienter" in re.sub(" +", " ", row)) == (True, True)
