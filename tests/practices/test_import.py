"""The CSV file with practices: preview, row errors, and storing once."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from kip.core.models import AuditRecord
from kip.core.scope import WORKER, activate
from practices.imports import Problem
from practices.models import Practice

pytestmark = pytest.mark.django_db
HEADER = "number;name;profession;municipality;cluster;sor;cvr;clinicians;valid_from;valid_to"
GOOD = "091034;Ny klinik;general_practice;81;Klynge north;325421000016001;29190623;4;1.2.2026;"


@pytest.fixture
def client(signed_in) -> Client:
    """Reads English, so that the reasons do not depend on the translation."""
    client = signed_in("regional_administrator", "north")
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def send(client: Client, *rows: str, header: str = HEADER, encoding: str = "utf-8"):
    data = "\n".join([header, *rows]).encode(encoding)
    return client.post("/register/indlaes/", {"file": SimpleUploadedFile("liste.csv", data, "text/csv")})


def preview(client: Client, *rows: str, **options: str):
    answer = send(client, *rows, **options)
    assert answer.status_code == 302
    return client.get(answer.headers["location"]), answer.headers["location"]


def counts(page) -> tuple[int, int, int, int]:
    checked = page.context["checked"]
    return len(checked.new), len(checked.changed), checked.same, checked.refused


def test_a_preview_stores_nothing(client) -> None:
    page, _path = preview(client, GOOD)
    assert (counts(page), page.context["checked"].problems) == ((1, 0, 0, 0), [])
    assert Practice.objects.filter(number="091034").exists() is False


def test_storing_makes_the_practice_once(client, country) -> None:
    _page, path = preview(client, GOOD)
    assert [client.post(path).status_code for _ in range(2)] == [302, 404]
    made = Practice.objects.get(number="091034")
    expected = (country["north"].pk, "Klynge north", "general_practice", "325421000016001", "29190623", 4, date(2026, 2, 1), None)
    assert expected == (
        made.region_id, made.cluster.name, made.profession, made.sor, made.cvr, made.clinicians, made.valid_from, made.valid_to,
    )  # fmt: skip
    with activate(WORKER):
        record = AuditRecord.objects.get(act="imported_practices")
        assert (record.region_id, record.detail) == (country["north"].pk, {"created": 1, "changed": 0, "refused": 0})


def test_a_stored_practice_is_changed_or_left_alone(client, country) -> None:
    same = "D10811;Lægehuset north 1 (demo);almen praksis;0081;Klynge north;;;1;2020-01-01;"
    changed = "D10812;Nyt navn;general_practice;0081;Klynge north;;;2;2020-01-01;31.12.2026"
    page, path = preview(client, same.replace("almen praksis", "general practice"), changed)
    assert counts(page) == (0, 1, 1, 0)
    client.post(path)
    stored = Practice.objects.get(pk=country["north_2"].pk)
    assert (stored.name, stored.clinicians, stored.valid_to) == ("Nyt navn", 2, date(2026, 12, 31))


def test_the_download_reads_back_unchanged(client) -> None:
    download = client.get("/register/csv").content
    answer = client.post("/register/indlaes/", {"file": SimpleUploadedFile("r.csv", download)})
    assert counts(client.get(answer.headers["location"])) == (0, 0, 3, 0)


def test_a_number_can_be_used_again_after_the_former_practice_closed(client) -> None:
    closed = "D10812;Lægehuset north 2 (demo);general_practice;0081;Klynge north;;;1;2020-01-01;2025-12-31"
    again = "D10812;Ny på nummeret;general_practice;0081;;;;1;2026-01-01;"
    page, path = preview(client, again, closed)
    assert counts(page) == (1, 1, 0, 0)
    client.post(path)
    assert list(Practice.objects.filter(number="D10812").order_by("valid_from").values_list("name", flat=True)) == [
        "Lægehuset north 2 (demo)", "Ny på nummeret",
    ]  # fmt: skip


CPR_SAID = "The text looks like a civil registration number. Remove it before you send."
CVR_SAID = "A CVR number has eight digits, and the last one must fit the others."
BAD_ROWS = [
    (GOOD.replace("091034", "91034"), ("number", "91034", "A provider number has six digits.")),
    (GOOD.replace("Ny klinik", ""), ("name", "", "Fill in the field name.")),
    (
        GOOD.replace("Ny klinik", "Kim 010190-1234"),
        ("name", "Kim 010190-1234", CPR_SAID),
    ),
    (
        GOOD.replace("general_practice;81;Klynge north", "kirurgi;81;"),
        ("profession", "kirurgi", "This is not one of the professions."),
    ),
    (GOOD.replace(";81;", ";83;"), ("municipality", "83", "No municipality in your region has this code.")),
    (
        GOOD.replace("Klynge north", "Klynge south"),
        ("cluster", "Klynge south", "Your region has no cluster of that name in this profession."),
    ),
    (GOOD.replace("325421000016001", "32542X"), ("sor", "32542X", "A SOR id has digits only.")),
    (
        GOOD.replace("29190623", "29190624"),
        ("cvr", "29190624", CVR_SAID),
    ),
    (GOOD.replace(";4;", ";mange;"), ("clinicians", "mange", "The number must be between 1 and 500.")),
    (
        GOOD.replace("1.2.2026;", "31.2.2026;"),
        ("valid_from", "31.2.2026", "Write the date as 2026-11-02 or 2.11.2026."),
    ),
    (GOOD + "1.1.2026", ("valid_to", "1.1.2026", "The last day is before the first day.")),
    (
        "D10811;Andet;general_practice;81;;;;1;2026-01-01;",
        ("number", "D10811", "The number belongs to another practice in the same period. Close that one first."),
    ),
    (
        "D10831;Andet;general_practice;81;;;;1;2020-01-01;",
        ("number", "D10831", "Another region has a practice with this number and first day."),
    ),
    (
        "D10811;Andet;dentistry;81;;;;1;2020-01-01;",
        ("number", "D10811", "The practice is stored with another profession, which cannot be changed by a file."),
    ),
]


@pytest.mark.parametrize(("row", "problem"), BAD_ROWS, ids=[f"{column}-{value}" for _row, (column, value, _m) in BAD_ROWS])
def test_a_bad_row_is_named_by_row_column_value_and_reason(client, row, problem) -> None:
    page, path = preview(client, "", row)
    checked = page.context["checked"]
    assert (counts(page), checked.problems) == ((0, 0, 0, 1), [Problem(3, *problem)])
    assert client.post(path).status_code == 200
    assert Practice.objects.count() == 5


def test_good_rows_are_stored_and_bad_ones_left_out(client) -> None:
    page, path = preview(client, GOOD, GOOD.replace("091034", "1"), GOOD)
    assert counts(page) == (1, 0, 0, 2)
    assert [(problem.row, problem.column) for problem in page.context["checked"].problems] == [(3, "number"), (4, "number")]
    client.post(path)
    assert Practice.objects.filter(number="091034").count() == 1


def test_a_sor_id_with_a_wrong_check_digit_is_a_remark(client) -> None:
    page, _path = preview(client, GOOD.replace("325421000016001", "325421000016002"))
    checked = page.context["checked"]
    assert counts(page) == (1, 0, 0, 0)
    assert [(problem.row, problem.column, problem.refused) for problem in checked.problems] == [(2, "sor", False)]


@pytest.mark.parametrize(
    ("options", "rows", "said"),
    [
        ({"header": HEADER.replace("number;", "nr;")}, [GOOD], "A column is missing. The column number is not in liste.csv."),
        ({"header": HEADER + ";navn"}, [GOOD], "Two columns have the same name. name is both number 2 and number 11."),
        ({}, [], "The file is empty. liste.csv contains no lines with information."),
        (
            {"encoding": "latin-1"},
            [GOOD.replace("Ny", "Læge")],
            "The characters of the file cannot be read, so æ, ø and å come out wrong. "
            "The first unreadable character is in line 2. "
            "Save the file in UTF-8 and send again.",
        ),
        ({}, ['091034;"Ny'], "The file is damaged or incomplete. Reading stopped after line 2 of liste.csv."),
    ],
)
def test_files_that_are_refused_whole(client, options, rows, said) -> None:
    answer = send(client, *rows, **options)
    assert (answer.status_code, answer.context["form"].errors["file"]) == (422, [said])


def test_comma_and_danish_column_names_are_read(client) -> None:
    header = "Ydernummer,Navn,Faggruppe,Kommunekode,Gyldig fra"
    page, _path = preview(client, '091034,"Ny, klinik",dentistry,0081,2026-02-01', header=header)
    assert (counts(page), page.context["checked"].new[0]["name"]) == ((1, 0, 0, 0), "Ny, klinik")


def test_a_file_waits_for_its_own_person_only(client, signed_in) -> None:
    _page, path = preview(client, GOOD)
    assert signed_in("regional_administrator", "south").get(path).status_code == 404
    assert client.get(path.replace(":", ":x")).status_code == 404
    assert client.get(path).status_code == 200


def test_a_row_with_more_cells_than_the_header_refuses_the_file(client: Client) -> None:
    """Its cells stand in wrong columns, so nothing of the file can be trusted."""
    answer = send(client, GOOD, GOOD.replace("091034", "091035") + ";x;y")
    assert answer.status_code == 422
    assert "The line has more or fewer fields than the header. Line 3." in answer.content.decode()
    assert preview(client, GOOD + ";;")[0].status_code == 200  # a spreadsheet's empty cells at the end


def test_the_reasons_name_columns_as_danish_files_do(signed_in) -> None:
    page, _address = preview(signed_in("regional_administrator", "north"), GOOD.replace(";81;", ";;"))
    assert "Udfyld feltet kommune." in page.content.decode()
