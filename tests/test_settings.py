"""A bad setting stops the start with a sentence; production names all its parts."""

import os
import subprocess
import sys

import pytest

from tests.test_budget import ROOT

PRODUCTION = {
    "KIP_MODE": "production",
    "KIP_PROCESS": "web",
    "KIP_SECRET_KEY": "x9" * 40 + "abcdefghijklmno",
    "KIP_ALLOWED_HOSTS": "kip.example",
    "KIP_KEY_FILE": "keys.json",
    "DATABASE_URL": "postgresql://kip_web@database/kip",
    "DATABASE_TASK_URL": "postgresql://kip_task@database/kip",
    "REDIS_URL": "redis://redis:6379/0",
}


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


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"KIP_UPLOAD_LIMIT_MB": "many"}, "KIP_UPLOAD_LIMIT_MB: Input should be a valid integer"),
        ({"KIP_SMALL_CELL": "1"}, "KIP_SMALL_CELL: Input should be greater than or equal to 3"),
        ({"KIP_MODE": "live"}, "KIP_MODE: Input should be 'demo', 'production' or 'test'"),
        ({"KIP_SECRET_KEY": "short"}, "KIP_SECRET_KEY must have at least 50 characters"),
        ({"KIP_WAS_URL": "http://open"}, "KIP_WAS_URL: String should match pattern"),
    ],
)
def test_a_bad_value_stops_the_start(change: dict[str, str], sentence: str) -> None:
    done = manage("check", **{**PRODUCTION, **change})
    assert done.returncode == 1
    assert done.stderr.startswith("KIP cannot start.")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_production_without_its_parts_names_them() -> None:
    done = manage("check", KIP_MODE="production")
    assert done.returncode == 1
    assert "KIP_SECRET_KEY, DATABASE_URL, DATABASE_TASK_URL, REDIS_URL, KIP_KEY_FILE" in done.stderr


def test_the_deployment_check_is_clean_in_production() -> None:
    done = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert (done.returncode, done.stderr) == (0, "")
    assert "no issues" in done.stdout
