"""`manage.py indicator sql|explain|patient|timing CODE`: what a definition means, on paper and on data.

It speaks of the published version that runs in the database, which may have been written in the portal; `--source files`
takes the definition files instead, and `--version` an earlier version. The first line says which.
"""

from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.utils import timezone

from datacapture.actions.computing import MONTHS, NotReady, feedback_purpose, last_quarter_end, month_ends
from datacapture.actions.library import definitions
from datacapture.engine.catalogue import Library
from datacapture.engine.compiler import RunPlan, compile_run
from datacapture.engine.criteria import explained_run
from datacapture.engine.library import restore
from datacapture.engine.prose import explain
from datacapture.engine.run import TimeBoxExceeded, execute
from datacapture.engine.trace import TracedCase, TracedEvent
from datacapture.models import IndicatorVersion
from datacapture.queries.explaining import NoSuchPatient, explain_case
from kip.core.scope import WORKER, Persona, Scope, activate
from practices.models import Practice, Region

VERBS = ("sql", "explain", "patient", "timing")
SOURCES = ("published", "files")


@dataclass(frozen=True)
class Read:
    """A definition and where it was found; version: None where it stands in the files only."""

    code: str
    library: Library
    said: str
    version: IndicatorVersion | None


class Command(BaseCommand):
    help = "Print an indicator's SQL, its words, why a patient is in or out, or the time and rows of each criterion."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("verb", choices=VERBS)
        parser.add_argument("code", help="for example DM-02")
        parser.add_argument(
            "--source", choices=SOURCES, help="default: what runs in the database, and the files where nothing does"
        )
        parser.add_argument("--version-number", type=int, help="an earlier published version")
        parser.add_argument("--language", choices=("da", "en"), default="da")
        parser.add_argument("--month-end", type=date.fromisoformat, default=None, help="default: the last quarter's end")
        parser.add_argument("--practice", help="patient: the practice's number")
        parser.add_argument("--patient", type=int, help="patient: the patient's number in KIP")
        parser.add_argument("--region", help="timing: one region's code, default all")
        parser.add_argument("--months", type=int, default=MONTHS, help="timing: how many month ends")
        parser.add_argument("--time-box", type=float, default=None, help="timing: stop after so many seconds")

    def handle(self, *args: Any, **options: Any) -> None:
        found = read(options["code"], options["source"], options["version_number"])
        options["month_end"] = options["month_end"] or last_quarter_end(timezone.localdate())
        self.stdout.write(f"-- {found.said}")
        for line in getattr(self, f"_{options['verb']}")(found, options):
            self.stdout.write(line)

    def _sql(self, found: Read, options: dict[str, Any]) -> Iterator[str]:
        yield from plan_text(compile_run(found.library, [found.code]))

    def _explain(self, found: Read, options: dict[str, Any]) -> Iterator[str]:
        for line in explain(found.library, found.code, options["language"]):
            yield f"{'  ' * (line.depth - 1)}- {line.text}" if line.depth else line.text

    def _patient(self, found: Read, options: dict[str, Any]) -> Iterator[str]:
        with activate(WORKER):
            practice = Practice.objects.filter(number=options["practice"]).order_by("-valid_from").first()
        if practice is None or options["patient"] is None:
            raise CommandError("Name an existing practice (--practice) and a patient (--patient).")
        if found.version is None:
            raise CommandError(f"{found.code} has no running version. Run load_library first.")
        try:
            with activate(Scope(Persona.PRACTICE, practice_id=practice.pk)):
                cases = explain_case(found.version, options["patient"], options["month_end"], language=options["language"])
        except NoSuchPatient as error:
            raise CommandError(f"The practice has no patient {error}.") from error
        yield from case_text(cases)

    def _timing(self, found: Read, options: dict[str, Any]) -> Iterator[str]:
        explained, language = explained_run(found.library, found.code), options["language"]
        with activate(WORKER):
            purpose = _purpose()
            named = {"code": options["region"]} if options["region"] else {}
            regions = list(Region.objects.filter(**named))
            if not regions:
                raise CommandError(f"There is no region {options['region']}." if named else "There is no region.")
            for region in regions:
                connection.ensure_connection()
                try:
                    report = execute(
                        connection.connection, explained.plan, region_id=region.pk, purpose_id=purpose,
                        months=month_ends(options["month_end"], options["months"]), time_box=options["time_box"],
                    )  # fmt: skip
                except TimeBoxExceeded as error:
                    slow = explained.of(error.step, language)
                    raise CommandError(f"Stopped after {error.seconds:.1f} s while it was working on: {slow}") from error
                yield f"{region.code}: {sum(report.seconds.values()):.3f} s"
                for step, seconds in report.seconds.items():
                    yield f"{seconds:9.3f} s {report.found[step]:>10} rows  {explained.of(step, language)}"


def read(code: str, source: str | None, number: int | None) -> Read:
    """The definition asked for. Raises CommandError when it is not there."""
    version = _published(code, number) if source != "files" else None
    if version is not None:
        library, said = restore(version.definition), f"{code}, published version {version.number} by {version.author}"
        return Read(code, library, f"{said}{', retired' if version.retired_at else ''}.", version)
    if source == "published" or number is not None:
        wanted = f"version {number}" if number is not None else "published version that runs"
        raise CommandError(f"{code} has no {wanted}.")
    library = definitions()[0]
    if code not in library.indicators:
        raise CommandError(f"There is no indicator {code}, neither published nor in the files.")
    return Read(code, library, f"{code} as the definition files have it.", None)


def _published(code: str, number: int | None) -> IndicatorVersion | None:
    """The version that runs, or the one of that number; None too where there is no database yet."""
    try:
        with activate(WORKER):
            wanted = {"number": number} if number is not None else {"retired_at": None}
            versions = IndicatorVersion.objects.filter(indicator__code=code, **wanted)
            return versions.select_related("indicator").first()
    except DatabaseError:
        return None


def _purpose() -> int:
    try:
        return feedback_purpose().pk
    except NotReady as error:
        raise CommandError(str(error)) from error


def plan_text(plan: RunPlan) -> Iterator[str]:
    """The statements of a plan in the order of a run, with the parameters' names and values first."""
    for name, value in plan.params.values.items():
        yield f"-- %({name})s = {value}"
    for name, (bound, period) in plan.params.arrays.items():
        yield f"-- %({name})s = {bound}" + (f", period of {period} months" if period else "")
    for step in plan.setup:
        yield f"\n-- {step.name}\n{step.sql};"
    for item in plan.indicators.values():
        yield f"\n-- {item.code}: cases\n{item.cases.sql};"
        yield f"\n-- {item.code}: counts\n{item.counts_sql};"
        yield f"\n-- {item.code}: states\n{item.states_sql};"


def case_text(found: list[TracedCase]) -> Iterator[str]:
    """The cases of a patient as lines: + holds, - does not hold."""
    if not found:
        yield "No case: no event that is counted."
    for case in found:
        at = f" {_event(case.index)}" if case.index else ""
        amount = f" ({case.amount:g})" if case.amount is not None else ""
        yield f"{case.code}{at}: {case.bin or 'not counted'}{amount}"
        for line in case.lines:
            event = f"  <- {_event(line.event)}" if line.event else ""
            yield f"  {'+' if line.holds else '-'} {line.role:<12}{'  ' * line.depth}{line.text}{event}"


def _event(event: TracedEvent) -> str:
    return f"{event.day} {event.what}"
