"""What is wrong with a single value of the environment. No sentence shows the value: it may be a secret."""

import os
import re
import shlex
import shutil
import stat
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

from pydantic import SecretStr

# Connection options of PostgreSQL's client library that a URL may carry.
DATABASE_OPTIONS = frozenset(
    ("host", "sslmode", "sslrootcert", "sslcert", "sslkey", "connect_timeout", "application_name", "target_session_attrs")
)
HOST = re.compile(r"\.?[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\]|\*", re.I)
FAULTS = {
    "int_parsing": "it is no whole number",
    "int_from_float": "it is no whole number",
    "bool_parsing": "it is neither true nor false",
    "literal_error": "it is none of the words that are known",
}


def fault(item: Any) -> str:
    """What pydantic found, in our words."""
    kind, context = item["type"], item.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "greater_than_equal":
        return f"it is below {context['ge']}"
    if kind == "less_than_equal":
        return f"it is above {context['le']}"
    return FAULTS.get(kind, "it cannot be read")


def secret_key(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if len(text) < 50:
        raise ValueError("it has fewer than 50 characters")
    if len(set(text)) < 10 or text.startswith("django-insecure"):
        raise ValueError("it can be guessed")
    return value


def hosts(text: str) -> str:
    for host in text.split(","):
        if not HOST.fullmatch(host.strip()):
            raise ValueError("one of its parts is no host name (no https://, no port, no path)")
    return text


def database_url(value: SecretStr) -> SecretStr:
    parts = _split(value.get_secret_value())
    if parts.scheme not in ("postgres", "postgresql"):
        raise ValueError("it does not begin with postgresql://")
    if not parts.username:
        raise ValueError("it names no login")
    if not re.fullmatch(r"/[^/]+", parts.path):
        raise ValueError("it names no database after the host")
    strange = sorted(set(parse_qs(parts.query, keep_blank_values=True)) - DATABASE_OPTIONS)
    if strange:
        raise ValueError("an option after the ? is not known; these are: " + ", ".join(sorted(DATABASE_OPTIONS)))
    return value


def redis_url(value: SecretStr) -> SecretStr:
    parts = _split(value.get_secret_value())
    if parts.scheme not in ("redis", "rediss", "unix"):
        raise ValueError("it does not begin with redis://, rediss:// or unix://")
    if not (parts.path if parts.scheme == "unix" else parts.hostname):
        raise ValueError("it names no server")
    return value


def mail_url(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if text == "folder":
        return value
    parts = _split(text)
    if parts.scheme not in ("smtp", "smtp+starttls", "smtps"):
        raise ValueError("it does not begin with smtp://, smtp+starttls:// or smtps://")
    if not parts.hostname:
        raise ValueError("it names no mail server")
    return value


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises where it is no number
    except ValueError:
        raise ValueError("its host or port cannot be read; write @ / : # of a password as %40 %2F %3A %23") from None
    return parts


def https(text: str) -> str:
    parts = _split(text)
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError("it is no address that begins with https://")
    return text


def mail_address(text: str) -> str:
    if not re.fullmatch(r"[^@\s<>,]+@[^@\s<>,]+", text):
        raise ValueError("it is no e-mail address")
    return text


def mail_from(text: str) -> str:
    if "\n" in text or not re.fullmatch(r"[^@\s<>,]+@[^@\s<>,]+", parseaddr(text)[1]):
        raise ValueError("it holds no e-mail address")
    return text


def phone(text: str) -> str:
    if not re.fullmatch(r"\+?[0-9 ]{3,20}", text):
        raise ValueError("it is no telephone number")
    return text


def scan_socket(text: str) -> str:
    if text and not re.fullmatch(r"/.+|[\w.-]+:[0-9]{1,5}", text):
        raise ValueError("it is neither a path nor host:port")
    return text


def program(text: str) -> str:
    try:
        words = shlex.split(text)
    except ValueError:
        raise ValueError("a quotation mark is not closed") from None
    if words and shutil.which(words[0]) is None:
        raise ValueError("its first word is no program that this user can run")
    return text


def folder(path: Path) -> Path:
    """The folder, made where it is missing."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"the folder {path} cannot be made ({error.strerror})") from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise ValueError(f"this user may not write in the folder {path}")
    return path


def key_file_fault(path: Path) -> str:
    """A sentence on a key file that this process could not use, or nothing."""
    try:
        mode = path.stat().st_mode
        with path.open("rb"):
            pass
    except FileNotFoundError:
        return f"there is no file {path}. Make it with `manage.py make_keys`"
    except OSError as error:
        return f"the file {path} cannot be read ({error.strerror}). Give it to the user that runs KIP"
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        return f"others than its owner may read {path}. Run chmod 600 on it"
    return ""
