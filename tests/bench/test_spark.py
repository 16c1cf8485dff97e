"""Spark counts the same as PostgreSQL, indicator by indicator; needs Java 17 and the extra `spark`."""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

import psycopg
import pytest

from datacapture.engine.compiler import compile_run
from datacapture.engine.parquet import export
from datacapture.engine.portable import on_spark, script
from datacapture.engine.run import bind, execute
from tests.bench.conftest import Note
from tests.bench.measuring import timed
from tests.datacapture.engine.conftest import engine_db  # noqa: F401 - a fixture
from tests.datacapture.engine.random_world import ENDS
from tests.datacapture.engine.test_against_naive import LIBRARY
from tests.datacapture.engine.test_portable import CATALOGUE, patients, rows
from tests.datacapture.engine.world import PURPOSE, REGION, fill

# PySpark 4 warns of pandas 3, which is not used here, and leaves its sockets to the garbage collector.
pytestmark = [pytest.mark.bench, pytest.mark.enable_socket, pytest.mark.filterwarnings("ignore")]
GROUPS = 4


@pytest.fixture
def session(tmp_path: Path) -> Any:
    """A session on two threads that interprets small steps instead of compiling each to Java."""
    if shutil.which("java") is None:
        pytest.skip("Java is not here, so Spark cannot be run.")
    spark = pytest.importorskip("pyspark.sql").SparkSession
    settings = {
        "spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.sql.shuffle.partitions": "1",
        "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1", "spark.sql.adaptive.enabled": "false",
        "spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.warehouse.dir": str(tmp_path / "warehouse"),
    }  # fmt: skip
    builder = spark.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    made = builder.getOrCreate()
    made.sparkContext.setLogLevel("ERROR")
    yield made
    made.stop()


def test_spark_counts_the_same(engine_db: psycopg.Connection[Any], session: Any, tmp_path: Path, note: Note) -> None:  # noqa: F811
    fill(engine_db, patients())
    export(engine_db, tmp_path / "rows", 2)
    codes = list(CATALOGUE)
    random.Random(1).shuffle(codes)
    seconds = 0.0
    for group in range(GROUPS):
        plan = compile_run(LIBRARY, codes[group::GROUPS])
        ours = execute(engine_db, plan, region_id=REGION, purpose_id=PURPOSE, months=ENDS).results
        work, theirs = script(plan, bind(plan, REGION, PURPOSE, ENDS), "spark"), {}
        seconds += timed(lambda work=work, theirs=theirs: theirs.update(on_spark(session, work, tmp_path / "rows"))).wall
        assert {code: rows(result) for code, result in theirs.items()} == {code: rows(result) for code, result in ours.items()}
    note(
        "(a) Spark",
        f"Spark local[2] over Parquet / PostgreSQL, {len(codes)} indicators, 6 months",
        "equal",
        f"equal; {seconds:.0f} s",
        True,
    )
