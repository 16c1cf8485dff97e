"""Is the process alive, and are the parts it needs?"""

import time
from collections.abc import Callable

import structlog
from django.core.cache import cache
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from kip.core.checks import login_problems
from kip.core.tasks import HEARTBEAT

HEARTBEAT_SECONDS = 60
log = structlog.get_logger("kip.health")


def _database() -> bool:
    return not login_problems()


def _redis() -> bool:
    cache.set("readyz", 1, 5)
    return bool(cache.get("readyz") == 1)


def _migrations() -> bool:
    executor = MigrationExecutor(connections["default"])
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _worker() -> bool:
    beat = cache.get(HEARTBEAT)
    return beat is not None and time.time() - beat < HEARTBEAT_SECONDS


PARTS: dict[str, Callable[[], bool]] = {"database": _database, "redis": _redis, "migrations": _migrations, "worker": _worker}


def readiness() -> dict[str, bool]:
    """Each part the portal needs and whether it answers. A part that raises does not answer."""
    return {name: _answers(name, ask) for name, ask in PARTS.items()}


def _answers(name: str, ask: Callable[[], bool]) -> bool:
    try:
        return ask()
    except Exception as error:  # whatever a driver raises, the answer is: not ready
        log.warning("not ready", part=name, error=type(error).__name__)
        return False
