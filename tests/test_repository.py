"""README, Makefile, compose file, lock and settings say the same thing."""

import re
import tomllib

import yaml

from kip.settings.environment import Environment
from tests.test_budget import ROOT, tracked

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


def known_variables() -> set[str]:
    return {field.alias or f"KIP_{name.upper()}" for name, field in Environment.model_fields.items()}


def test_compose_has_the_production_shape() -> None:
    assert set(COMPOSE["services"]) == {"database", "redis", "migrate", "web", "worker", "beat"}


def test_compose_sets_only_what_the_settings_know() -> None:
    used = {name for service in ("migrate", "web", "worker", "beat") for name in COMPOSE["services"][service]["environment"]}
    assert used - known_variables() == set()


def test_each_process_signs_in_with_its_own_login() -> None:
    process = {name: COMPOSE["services"][name]["environment"]["KIP_PROCESS"] for name in ("web", "worker", "beat", "migrate")}
    assert process == {"web": "web", "worker": "task", "beat": "task", "migrate": "task"}
    assert "DATABASE_OWNER_URL" not in COMPOSE["services"]["web"]["environment"]


def test_operations_document_names_every_setting() -> None:
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    optional = {"KIP_MAIL_FROM", "KIP_CONTACT", "KIP_PHONE"}
    assert {name for name in known_variables() if name not in text} == optional


def test_readme_commands_exist() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    commands = set(re.findall(r"make ([a-z-]+)", readme))
    assert {"demo", "test"} <= commands
    assert commands - targets == set()


def test_every_dependency_has_a_reason() -> None:
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").split("[tool.")[0].splitlines()
    required = [line for line in lines if re.match(r'^    "[a-z]', line)]
    assert [line for line in required if "# " not in line] == []
    assert len(required) > 20


def test_the_lock_is_pinned_with_hashes() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = re.findall(r"^([a-zA-Z0-9._-]+)(?:\[[a-z,-]+\])?==", lock, re.M)
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    names = {re.split(r"[\[>=<]", item)[0].lower() for item in wanted}
    assert names - {name.lower() for name in pinned} == set()
    assert lock.count("--hash=sha256:") >= len(pinned)


def test_no_machine_path_or_registry_stands_in_the_repository() -> None:
    pattern = re.compile(r"/(work|root)/|https?://[a-z0-9.-]*(pypi|npmjs|pythonhosted)", re.I)
    found = [
        str(path.relative_to(ROOT))
        for path in tracked("*.py", "*.md", "*.yml", "*.toml", "*.lock", "*.sh", "Makefile")
        if pattern.search(path.read_text())
    ]
    assert [name for name in found if name != "tests/test_repository.py"] == []
