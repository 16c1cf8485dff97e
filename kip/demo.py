"""`make demo`: servers, data, worker and web server under one roof; Ctrl-C takes all of it down again."""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from kip.embedded import running_servers
from kip.embedded.servers import HOME
from kip.settings.environment import read_environment

ROOT = Path(__file__).resolve().parents[1]
READY_SECONDS = 90
STOP_SECONDS = 15


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    if options.reset:
        return _reset()
    env = read_environment()
    port = _free_port(options.port)
    own = env.database_url is None or env.redis_url is None
    step(1, "starting PostgreSQL and Redis" if own else "using the servers of DATABASE_URL and REDIS_URL")
    if own:
        running_servers()
    step(2, "compiling texts and bringing the tables up to date")
    _command("scripts/compile_messages.py")
    _command("manage.py", "migrate", "--verbosity", "0")
    step(3, "loading the reference libraries and the demo country (only the first time)")
    _command("manage.py", "load_demo", "--size", options.size)
    _command("manage.py", "load_standards")
    _command("manage.py", "load_questionnaires")
    _command("manage.py", "load_demo_surveys")
    step(4, "starting the worker and the web server")
    return _serve(port)


def step(number: int, text: str) -> None:
    sys.stdout.write(f"[{number}/4] {text}\n")
    sys.stdout.flush()


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--size", default="mellem")
    parser.add_argument("--reset", action="store_true", help="delete the demo's data")
    return parser.parse_args(arguments)


def _reset() -> int:
    if (HOME / "postgres" / "postmaster.pid").exists():
        sys.stderr.write("The demo is running. Stop it with Ctrl-C first, then run make demo-reset again.\n")
        return 1
    shutil.rmtree(HOME, ignore_errors=True)
    sys.stdout.write("The demo's data are deleted. `make demo` makes them anew.\n")
    return 0


def _free_port(wanted: int) -> int:
    """The wanted port, or the next free one: a port that is taken belongs to somebody else."""
    for port in range(wanted, wanted + 50):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            if port != wanted:
                sys.stdout.write(f"Port {wanted} is taken; using {port}.\n")
            return port
    sys.exit(f"No free port between {wanted} and {wanted + 49}. Name another: make demo PORT=9000")


def _command(*words: str) -> None:
    subprocess.run([sys.executable, *words], cwd=ROOT, check=True, env={**os.environ, "KIP_PROCESS": "task"})


def _serve(port: int) -> int:
    children = [
        _start(
            "task",
            "-W",
            "ignore:You're running the worker",
            "-m",
            "celery",
            "-q",
            "-A",
            "kip.celery",
            "worker",
            "--concurrency",
            "2",
            "--loglevel",
            "warning",
            *_beat(),
        )
    ]
    children.append(
        _start(
            "web",
            "-m",
            "granian",
            "--interface",
            "wsgi",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            *_web(),
            "kip.wsgi:application",
        )
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        _wait_until_ready(port, children)
        _welcome(port)
        while all(child.poll() is None for child in children):
            time.sleep(0.5)
        sys.stderr.write("A part of the demo ended by itself; see the lines above.\n")
        return 1
    except KeyboardInterrupt:
        sys.stdout.write("\nStopping.\n")
        return 0
    finally:
        _stop(children)


def _beat() -> list[str]:
    return ["--beat", "--schedule", str(HOME / "beat-schedule"), "--without-gossip", "--without-mingle"]


def _web() -> list[str]:
    return ["--workers", "2", "--log-level", "warning", "--no-access-log", "--blocking-threads", "2"]


def _start(process: str, *words: str) -> subprocess.Popen[bytes]:
    """A child in a group of its own, so that Ctrl-C reaches it through us, once."""
    return subprocess.Popen(
        [sys.executable, *words], cwd=ROOT, env={**os.environ, "KIP_PROCESS": process}, start_new_session=True
    )


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _wait_until_ready(port: int, children: Sequence[subprocess.Popen[bytes]]) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and all(child.poll() is None for child in children):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise SystemExit("KIP did not become ready; see the lines above.")


def _welcome(port: int) -> None:
    sys.stdout.write(f"\nKIP is ready at http://127.0.0.1:{port}\n\n")
    sys.stdout.flush()
    _command("manage.py", "demo_people")
    sys.stdout.write(f"\nPasskeys need a name instead of a number: http://localhost:{port}\n")
    sys.stdout.write(f"Mail, such as invitations, is written to {HOME / 'mail'}\n")
    sys.stdout.write("\nStop with Ctrl-C. Delete the demo's data with: make demo-reset\n")
    sys.stdout.flush()


def _stop(children: Sequence[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        with suppress(ProcessLookupError):  # whatever the child left behind in its own group
            os.killpg(child.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
