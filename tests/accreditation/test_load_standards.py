"""`manage.py load_standards` stores what the portal ships, once."""

from io import StringIO

import pytest
from django.core.management import call_command

from accreditation.enums import ProgrammeKind
from accreditation.models import Programme, StandardIndicator, StandardsEdition
from kip.core.scope import WORKER, activate
from practices.enums import Profession


@pytest.mark.django_db
def test_the_shipped_standards_are_stored_once() -> None:
    said = []
    for _time in range(2):
        out = StringIO()
        call_command("load_standards", stdout=out)
        said.append(out.getvalue().strip())
    assert said == ["kip-core 1: 8 new editions", "kip-core 1: 0 new editions"]
    with activate(WORKER):
        assert StandardsEdition.objects.count() == len(Profession)
        assert Programme.objects.filter(retired_at=None).count() == len(Profession) * len(ProgrammeKind)
        assert StandardIndicator.objects.values("number").distinct().count() == 107
