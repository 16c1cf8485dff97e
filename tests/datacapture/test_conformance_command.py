"""`manage.py conformance`: a line per measure, every miss with both results, and a failure that a script can see."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

FOLDER = Path(__file__).parents[1] / "conformance" / "ecqm"

pytestmark = pytest.mark.django_db


def test_all_shared_cases_pass_and_nothing_is_left() -> None:
    out = StringIO()
    call_command("conformance", str(FOLDER), stdout=out)
    assert out.getvalue().splitlines() == [
        "CMS122 42/42", "CMS131 51/51", "CMS124 29/29", "CMS125 58/58", "CMS130 58/58",
        "CMS75 20/20", "CMS68 19/19", "CMS154 30/30",
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_class where relnamespace = pg_my_temp_schema() and relkind = 'r'")
        assert cursor.fetchone() == (0,)


def test_a_miss_is_shown_with_both_results_and_fails(tmp_path: Path) -> None:
    (tmp_path / "measures.yaml").write_text((FOLDER / "measures.yaml").read_text("utf-8"), "utf-8")
    case = json.loads((FOLDER / "cases.jsonl").read_text("utf-8").splitlines()[0])
    wrong = {**case, "expected": {**case["expected"], "numerator": 0}, "comment": "changed"}
    (tmp_path / "cases.jsonl").write_text(json.dumps(case) + "\n" + json.dumps(wrong) + "\n", "utf-8")
    out, err = StringIO(), StringIO()
    with pytest.raises(CommandError) as failed:
        call_command("conformance", str(tmp_path), stdout=out, stderr=err)
    assert str(failed.value) == "1 of 2 cases do not agree."
    assert out.getvalue().splitlines()[:2] == [
        "CMS122 1/2",
        "  case 090ad2fc (line 2): expected population 1, exclusions 0, exceptions 0, numerator 0;"
        " found population 1, exclusions 0, exceptions 0, numerator 1",
    ]
    assert err.getvalue() == "Note: the key comment is not part of the form and was not looked at (1 times).\n"


def test_a_broken_folder_is_told_in_a_sentence(tmp_path: Path) -> None:
    for folder, sentence in [
        (tmp_path / "none", f"{tmp_path / 'none'} is not a folder."),
        (tmp_path, "measures.yaml:1: the file is missing or cannot be read."),
    ]:
        with pytest.raises(CommandError) as failed:
            call_command("conformance", str(folder))
        assert str(failed.value) == sentence
