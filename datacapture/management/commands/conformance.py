"""`manage.py conformance FOLDER`: run measures and cases of the conformance form through the engine."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from datacapture.engine.conformance import Miss, read_suite, run_suite
from kip.core.yaml_source import DefinitionError


class Command(BaseCommand):
    help = "Run the cases of a folder (measures.yaml, cases.jsonl). Needs a database but no data; nothing is stored."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        if not folder.is_dir():
            raise CommandError(f"{folder} is not a folder.")
        try:
            suite = read_suite(folder)
            with transaction.atomic():
                scores = run_suite(connection.connection, suite)
                transaction.set_rollback(True)
        except DefinitionError as error:
            raise CommandError(str(error)) from error
        for key, times in suite.ignored.items():
            self.stderr.write(f"Note: the key {key} is not part of the form and was not looked at ({times} times).")
        for name, score in scores.items():
            self.stdout.write(f"{name} {score.passed}/{score.total}")
            for miss in score.misses:
                self.stdout.write(f"  {_told(miss)}")
        missed = sum(len(score.misses) for score in scores.values())
        if missed:
            raise CommandError(f"{missed} of {len(suite.cases)} cases do not agree.")


def _told(miss: Miss) -> str:
    names = list(miss.case.expected)
    wanted = ", ".join(f"{name} {miss.case.expected[name]}" for name in names)
    found = ", ".join(f"{name} {miss.found[name]}" for name in names)
    return f"case {miss.case.name} (line {miss.case.line}): expected {wanted}; found {found}"
