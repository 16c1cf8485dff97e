"""`manage.py deliver_folder FOLDER`: take in the files of a drop folder, one sub-folder per practice number."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from datacapture import keys
from datacapture.actions import deliveries
from datacapture.enums import Channel, DeliveryState
from datacapture.intake.cpr import contains_cpr
from datacapture.models import Delivery
from kip.core.keyring import KeyRingError
from kip.core.scope import Persona, Scope, activate
from kip.core.vault import TooLarge
from practices.models import Practice

CHUNK_BYTES = 256 * 1024
RECEIPT, ROWS = ".kvittering.json", ".linjer.csv"


class Command(BaseCommand):
    help = "Store every file under FOLDER/<practice number>/, write the receipt beside it, and delete the file."

    left: list[str]

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        if not folder.is_dir():
            raise CommandError(f"There is no folder {folder}.")
        try:
            keys.vault()
        except KeyRingError as error:
            raise CommandError(f"{error}. Make the key files with make_keys.") from None
        self.left = [f"{_shown(path)} lies beside the folders of the practices" for path in _files(folder)]
        for place in sorted(path for path in folder.iterdir() if path.is_dir()):
            practice = self._practice(place.name)
            if practice is None:
                self.left += [f"{_shown(path)}: no practice has the number {place.name}" for path in _files(place)]
                continue
            for path in _files(place):
                self._deliver(practice, path)
        if self.left:
            raise CommandError("\n".join(["These files are left where they are:", *self.left]))

    def _practice(self, number: str) -> Practice | None:
        with activate(Scope(Persona.WORKER)):
            return Practice.objects.filter(number=number, valid_to=None).order_by("-valid_from").first()

    def _deliver(self, practice: Practice, path: Path) -> None:
        scope = Scope(Persona.WORKER, practice_id=practice.pk)
        try:
            with path.open("rb") as file:
                stored = keys.vault().store(iter(lambda: file.read(CHUNK_BYTES), b""), limit=settings.UPLOAD_LIMIT_BYTES)
        except TooLarge:
            self.left.append(f"{_shown(path)}: larger than {settings.UPLOAD_LIMIT_BYTES // 1_000_000} MB")
            return
        with activate(scope):
            delivery = deliveries.register(deliveries.Sender(scope, Channel.FOLDER), stored, path.name)
        if delivery.state == DeliveryState.WAITING:
            try:
                deliveries.process(delivery.pk, practice.pk, mode=deliveries.STORE, progress=lambda *_: None)
            except deliveries.IntakeFailed as error:
                with activate(scope):
                    deliveries.give_up(delivery.pk)
                self.left.append(f"{_shown(path)}: {error}")
                return
        self._answer(scope, delivery.pk, path)

    def _answer(self, scope: Scope, delivery_id: int, path: Path) -> None:
        """The receipt stands beside the file before the file goes; a name that holds a CPR is not written again."""
        with activate(scope):
            delivery = Delivery.objects.get(pk=delivery_id)
        name = str(delivery.pk) if delivery.file_name == deliveries.HIDDEN_NAME else path.name
        told = {"state": delivery.state, **delivery.receipt}
        path.with_name(name + RECEIPT).write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
        if delivery.row_list:
            path.with_name(name + ROWS).write_text(delivery.row_list, encoding="utf-8", newline="")
        path.unlink()
        counts = " ".join(f"{key}={told[key]}" for key in ("new", "changed", "same"))
        self.stdout.write(f"{delivery.pk} {delivery.state} {counts}")


def _files(folder: Path) -> list[Path]:
    """The files to deliver: not hidden, and no answer of ours."""
    return [
        path
        for path in sorted(folder.iterdir())
        if path.is_file() and not path.name.startswith(".") and not path.name.endswith((RECEIPT, ROWS))
    ]


def _shown(path: Path) -> str:
    """A file's name for the log, unless a CPR may stand in it."""
    return "a file whose name holds a CPR number" if contains_cpr(path.name) else path.name
