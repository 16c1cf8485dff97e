"""Typed settings from the environment; a bad value stops the start with a sentence."""

import difflib
import os
import re
import secrets
import sys
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit, urlunsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from kip.embedded import running_servers
from kip.settings import values
from kip.settings.providers import checked_oidc, checked_saml

ROOT = Path(__file__).resolve().parents[2]
Process = Literal["web", "task", "beat", "setup", "test"]
# What each process of the production shape must have, and what it must not: a secret that is not there cannot leak.
_PORTAL = ("KIP_SECRET_KEY", "KIP_ALLOWED_HOSTS", "KIP_MAIL_URL", "REDIS_URL", "KIP_PORTAL_KEY_FILE")
NEEDS = {
    "web": (*_PORTAL, "DATABASE_URL"),
    "task": (*_PORTAL, "DATABASE_TASK_URL", "KIP_KEY_FILE"),
    "beat": ("REDIS_URL",),
}
_OWNER = ("DATABASE_OWNER_URL", "DATABASE_ADMIN_URL")
NOT_FOR = {
    "web": ("DATABASE_TASK_URL", "KIP_KEY_FILE", *_OWNER),
    "task": _OWNER,
    "beat": ("DATABASE_URL", "DATABASE_TASK_URL", "KIP_KEY_FILE", "KIP_PORTAL_KEY_FILE", *_OWNER),
}
# Names of the tests and benches, which are no settings of the portal.
OTHERS = re.compile(r"KIP_(TEST|BENCH|ENGINE)_")
Database = Annotated[SecretStr, AfterValidator(values.database_url)]


class Environment(BaseSettings):
    """Every setting an operator may change. Names in the environment are upper case; see docs/operations.md.

    A field's description says what to give; it ends the sentence about a bad value.
    """

    model_config = SettingsConfigDict(env_prefix="KIP_", extra="ignore", populate_by_name=True, env_ignore_empty=True)

    mode: Literal["demo", "production", "test"] = Field("demo", description="demo, production or test")
    process: Process = Field("web", description="web, task, beat, setup or test")
    secret_key: Annotated[SecretStr, AfterValidator(values.secret_key)] | None = Field(
        None, description="at least 50 random characters, as `openssl rand -base64 48` prints"
    )
    allowed_hosts: Annotated[str, AfterValidator(values.hosts)] = Field(
        "127.0.0.1,localhost", description="host names with commas between, for instance kip.example"
    )
    database_url: Database | None = Field(None, alias="DATABASE_URL", description="postgresql://kip_web:password@host:5432/kip")
    database_task_url: Database | None = Field(
        None, alias="DATABASE_TASK_URL", description="postgresql://kip_task:password@host:5432/kip"
    )
    database_owner_url: Database | None = Field(
        None, alias="DATABASE_OWNER_URL", description="postgresql://kip_owner:password@host:5432/kip"
    )
    database_admin_url: Database | None = Field(
        None, alias="DATABASE_ADMIN_URL", description="postgresql://postgres:password@host:5432/postgres, for make_roles alone"
    )
    redis_url: Annotated[SecretStr, AfterValidator(values.redis_url)] | None = Field(
        None, alias="REDIS_URL", description="redis://host:6379/0, rediss://… or unix:///path?db=0"
    )
    home: Annotated[Path, AfterValidator(values.folder)] = Field(
        ROOT / ".kip", description="a folder that this user may write to", validate_default=True
    )
    portal_key_file: Path | None = Field(None, description="the file of the portal's keys that `manage.py make_keys` made")
    key_file: Path | None = Field(None, description="the file of the purposes' pseudonym keys, for the worker alone")
    require_mfa: bool | None = Field(None, description="true or false")
    was_url: Annotated[str, AfterValidator(values.https)] = Field(
        "https://was.digst.dk/", description="an address, for instance https://was.digst.dk/kip"
    )
    mail_url: Annotated[SecretStr, AfterValidator(values.mail_url)] = Field(
        SecretStr("folder"), description="folder, or smtp://, smtp+starttls:// or smtps://user:password@host:port"
    )
    mail_from: Annotated[str, AfterValidator(values.mail_from)] = Field(
        "KIP <kip@example.invalid>", description="a sender, for instance KIP <kip@region.example>"
    )
    contact: Annotated[str, AfterValidator(values.mail_address)] = Field(
        "support@kip.example", description="an e-mail address that people may write to"
    )
    phone: Annotated[str, AfterValidator(values.phone)] = Field(
        "+45 00 00 00 00", description="a telephone number, for instance +45 12 34 56 78"
    )
    oidc_providers: Annotated[str, AfterValidator(checked_oidc)] = Field(
        "[]", description='[{"provider_id": "region", "name": "…", "client_id": "…", "settings": {"server_url": "https://…"}}]'
    )
    saml_providers: Annotated[str, AfterValidator(checked_saml)] = Field(
        "[]", description='[{"provider_id": "idp", "name": "…", "client_id": "faelles", "settings": {"idp": {…}}}]'
    )
    upload_limit_mb: int = Field(400, ge=1, le=4096, description="megabytes from 1 to 4096, for instance 400")
    allow_cpr_in_text: bool = Field(False, description="true or false")
    scan_socket: Annotated[str, AfterValidator(values.scan_socket)] = Field(
        "", description="clamd's socket: /path or host:port, for instance clamav:3310"
    )
    scan_command: Annotated[str, AfterValidator(values.program)] = Field(
        "", description="a program that reads standard input, for instance clamscan -"
    )
    scan_seconds: int = Field(120, ge=1, le=900, description="seconds from 1 to 900, for instance 120")
    small_cell: int = Field(5, ge=3, le=10, description="a count from 3 to 10, for instance 5")

    @model_validator(mode="after")
    def _production_names_its_parts(self) -> "Environment":
        if self.mode != "production":
            return self
        given = {name for name, field in names().items() if field in self.model_fields_set}
        said = [
            f"in production the {self.process} process needs {name}: {_wanted(name)}"
            for name in NEEDS.get(self.process, ())
            if name not in given
        ]
        said += [
            f"{name} may not be given to the {self.process} process: what it opens is for others. Take it out of this environment"
            for name in NOT_FOR.get(self.process, ())
            if name in given
        ]
        if self.process in ("web", "task"):
            files = {"KIP_PORTAL_KEY_FILE": self.portal_key_file, "KIP_KEY_FILE": self.key_file}
            said += [f"{name}: {fault}" for name, path in files.items() if path and (fault := values.key_file_fault(path))]
        if "*" in self.allowed_hosts:
            said.append("KIP_ALLOWED_HOSTS: a * lets in every host name. Name the portal's own, for instance kip.example")
        if said:
            raise ValueError("\n".join(said))
        return self

    @cached_property
    def mfa(self) -> bool:
        return self.mode != "demo" if self.require_mfa is None else self.require_mfa

    def url_for(self, login: str) -> str | None:
        """Database URL of a login role: the operator's, else the embedded server's. None: this process has no such login.

        Outside production one DATABASE_URL stands for the same server and database with each login's name.
        """
        named = {"kip_web": self.database_url, "kip_task": self.database_task_url, "kip_owner": self.database_owner_url}
        given = named.get(login)
        if given is not None:
            return given.get_secret_value()
        if self.mode == "production":
            return None
        if self.database_url is None:
            return running_servers().database_url(login)
        parts = urlsplit(self.database_url.get_secret_value())
        name, _at, place = parts.netloc.rpartition("@")
        password = name.partition(":")[2]
        return urlunsplit(parts._replace(netloc=f"{login}{':' if password else ''}{password}@{place}"))

    @cached_property
    def redis(self) -> str:
        return self.redis_url.get_secret_value() if self.redis_url else running_servers().redis_url

    def secret(self) -> str:
        """The operator's secret key; in the demo one that is made once and kept beside the data."""
        if self.secret_key is not None:
            return self.secret_key.get_secret_value()
        if self.mode == "production":
            return secrets.token_urlsafe(64)  # beat and setup sign nothing
        path = self.home / "secret_key"
        if not path.exists():
            path.write_text(secrets.token_urlsafe(64), encoding="ascii")
            path.chmod(0o600)
        return path.read_text(encoding="ascii")


def names() -> dict[str, str]:
    """The variables that are settings, each with its field."""
    return {field.alias or f"KIP_{name.upper()}": name for name, field in Environment.model_fields.items()}


def _wanted(name: str) -> str:
    return str(Environment.model_fields[names()[name]].description)


def read_environment() -> Environment:
    """Read the environment or stop the process with one sentence for each bad value, none of which shows the value."""
    said = _unknown()
    try:
        found = Environment()  # type: ignore[call-arg]  # pydantic fills the fields from the environment
    except ValidationError as error:
        for item in error.errors(include_input=False, include_url=False):
            said += _sentences(item)
    if said:
        sys.exit("KIP cannot start.\n" + "\n".join(f"- {sentence}." for sentence in said))
    return found


def _unknown() -> list[str]:
    """A misspelt name would leave its default in place without a word."""
    known = names()
    strange = sorted(name for name in os.environ if name.startswith("KIP_") and name not in known and not OTHERS.match(name))
    return [f"{name} is no setting of KIP.{_did_you_mean(name, [*known])}" for name in strange]


def _did_you_mean(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
    return f" Did you mean {near[0]}" if near else " Take it out of the environment; docs/operations.md lists the settings"


def _sentences(item: Any) -> list[str]:
    location = item["loc"]
    if not location:
        return str(item["ctx"]["error"]).splitlines()
    name = str(location[0])
    name = name if name.isupper() else f"KIP_{name.upper()}"
    return [f"{name}: {values.fault(item)}. Give {_wanted(name)}"]
