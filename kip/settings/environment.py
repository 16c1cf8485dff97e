"""Typed settings from the environment; a bad value stops the start with a sentence."""

import secrets
import sys
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from kip.embedded import running_servers

ROOT = Path(__file__).resolve().parents[2]
Process = Literal["web", "task", "test"]


class Environment(BaseSettings):
    """Every setting an operator may change. Names in the environment are upper case; see docs/operations.md."""

    model_config = SettingsConfigDict(env_prefix="KIP_", extra="ignore", populate_by_name=True)

    mode: Literal["demo", "production", "test"] = "demo"
    process: Process = "web"
    secret_key: SecretStr | None = None
    allowed_hosts: str = "127.0.0.1,localhost"
    database_url: str | None = Field(None, alias="DATABASE_URL", description="login kip_web")
    database_task_url: str | None = Field(None, alias="DATABASE_TASK_URL", description="login kip_task")
    database_owner_url: str | None = Field(None, alias="DATABASE_OWNER_URL", description="login kip_owner")
    redis_url: str | None = Field(None, alias="REDIS_URL")
    home: Path = Field(ROOT / ".kip", description="keys, waiting uploads and the embedded servers' data")
    key_file: Path | None = Field(None, description="JSON file with the purposes' pseudonym keys")
    require_mfa: bool | None = Field(None, description="staff roles need a second factor; off in the demo only")
    was_url: str = Field("https://was.digst.dk/", pattern=r"^https://")
    mail_url: str = Field("console", pattern=r"^(console|smtp://.+)$")
    mail_from: str = "KIP <kip@example.invalid>"
    contact: str = "support@kip.example"
    phone: str = "+45 00 00 00 00"
    oidc_providers: str = Field("[]", description="JSON list of OpenID Connect providers")
    saml_providers: str = Field("[]", description="JSON list of SAML identity providers")
    upload_limit_mb: int = Field(400, ge=1, le=4096)
    small_cell: int = Field(5, ge=3, le=10)

    @model_validator(mode="after")
    def _production_names_its_parts(self) -> "Environment":
        if self.mode != "production":
            return self
        needed = {
            "KIP_SECRET_KEY": self.secret_key,
            "DATABASE_URL": self.database_url,
            "DATABASE_TASK_URL": self.database_task_url,
            "REDIS_URL": self.redis_url,
            "KIP_KEY_FILE": self.key_file,
        }
        missing = [name for name, value in needed.items() if value is None]
        if missing:
            raise ValueError(f"in production these must be set: {', '.join(missing)}")
        if self.secret_key and len(self.secret_key.get_secret_value()) < 50:
            raise ValueError("KIP_SECRET_KEY must have at least 50 characters")
        return self

    @cached_property
    def mfa(self) -> bool:
        return self.mode != "demo" if self.require_mfa is None else self.require_mfa

    def url_for(self, login: str) -> str:
        """Database URL for a login role: the operator's, else the embedded server's."""
        named = {"kip_web": self.database_url, "kip_task": self.database_task_url, "kip_owner": self.database_owner_url}
        return named.get(login) or self.database_url or running_servers().database_url(login)

    @cached_property
    def redis(self) -> str:
        return self.redis_url or running_servers().redis_url

    def secret(self) -> str:
        """The operator's secret key; in the demo one that is made once and kept beside the data."""
        if self.secret_key is not None:
            return self.secret_key.get_secret_value()
        path = self.home / "secret_key"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(secrets.token_urlsafe(64), encoding="ascii")
            path.chmod(0o600)
        return path.read_text(encoding="ascii")


def read_environment() -> Environment:
    """Read the environment or stop the process with one sentence per bad value."""
    try:
        return Environment()  # type: ignore[call-arg]  # pydantic fills the fields from the environment
    except ValidationError as error:
        lines = [f"{_name(item['loc'])}: {item['msg']}" for item in error.errors(include_input=False, include_url=False)]
        sys.exit("KIP cannot start. " + " ".join(lines))


def _name(location: tuple[int | str, ...]) -> str:
    if not location:
        return "Settings"
    name = str(location[0])
    return name if name.isupper() else f"KIP_{name.upper()}"
