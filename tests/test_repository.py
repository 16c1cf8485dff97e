"""README, Makefile, compose file, lock and settings say the same thing."""

import re
import tomllib

import yaml
from django.core.management import get_commands

from kip.settings.environment import NEEDS, NOT_FOR, names
from tests.test_budget import ROOT, tracked

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


def known_variables() -> set[str]:
    return set(names())


KIP_SERVICES = ("setup", "web", "worker", "beat")


def variables(service: str) -> dict[str, str]:
    return COMPOSE["services"][service]["environment"]


def test_compose_has_the_production_shape() -> None:
    assert set(COMPOSE["services"]) == {"database", "redis", *KIP_SERVICES}


def test_compose_sets_only_what_the_settings_know() -> None:
    used = {name for service in KIP_SERVICES for name in variables(service)}
    assert used - known_variables() == set()


def test_compose_gives_each_process_what_it_needs_and_nothing_that_it_may_not_have() -> None:
    process = {name: variables(name)["KIP_PROCESS"] for name in KIP_SERVICES}
    assert process == {"setup": "setup", "web": "web", "worker": "task", "beat": "beat"}
    for service, kind in process.items():
        assert set(NEEDS.get(kind, ())) - set(variables(service)) == set()
        assert set(NOT_FOR.get(kind, ())) & set(variables(service)) == set()


def test_only_setup_and_the_worker_reach_the_pseudonym_keys() -> None:
    mounted = {name: [item.split(":")[0] for item in COMPOSE["services"][name].get("volumes", [])] for name in KIP_SERVICES}
    assert sorted(name for name, volumes in mounted.items() if "worker_keys" in volumes) == ["setup", "worker"]
    assert sorted(name for name, volumes in mounted.items() if "portal_keys" in volumes) == ["setup", "web", "worker"]


def test_the_image_and_compose_agree_on_folders() -> None:
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    folders = {item.split(":")[1] for name in KIP_SERVICES for item in COMPOSE["services"][name].get("volumes", [])}
    assert [folder for folder in folders if folder not in image.split("chown kip")[1].split("\n")[0]] == []


def test_compose_commands_exist() -> None:
    words = " ".join(COMPOSE["services"]["setup"]["command"])
    assert set(re.findall(r"manage\.py (\w+)", words)) - set(get_commands()) == set()


def test_operations_document_names_every_setting() -> None:
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    assert {name for name in known_variables() if name not in text} == set()


def test_operations_document_names_every_command() -> None:
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    ours = {name for name, app in get_commands().items() if app.startswith(("kip.", "practices", "datacapture"))}
    assert {name for name in ours if not re.search(rf"[`… ]{name}\b", text)} == set()


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
