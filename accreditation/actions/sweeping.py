"""Stored files that no row knows of: an upload that was broken off, or a removal that was."""

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from accreditation.evidence import FOLDER, delete
from accreditation.models import EvidenceFile, VisitNote

PATIENCE = timedelta(days=1)  # a file younger than this may belong to a transaction that is under way


def sweep(now: datetime) -> int:
    """Delete them; returns how many. Call in the worker's scope."""
    folder = Path(settings.KIP_HOME) / FOLDER
    if not folder.exists():
        return 0
    known = {*EvidenceFile.objects.values_list("vault_name", flat=True), *VisitNote.objects.values_list("vault_name", flat=True)}
    old = (now - PATIENCE).timestamp()
    forgotten = [path for path in folder.iterdir() if path.name not in known and path.stat().st_mtime < old]
    for path in forgotten:
        delete(path.name)
    return len(forgotten)
