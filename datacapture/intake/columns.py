"""The columns of the plain event file in one table, shared by CSV and JSON Lines and filled by the FHIR
reader."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from datacapture.intake import cells


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `parse` reads its text; `required` says the file must have it (a cell may still be empty).

    `names` are Danish names taken as the same column. `numeric` cells may hold long decimals, which are no
    CPR.
    """

    name: str
    parse: Callable[[str], object]
    required: bool = False
    names: tuple[str, ...] = ()
    numeric: bool = False
    dated: bool = False


PATIENT = "patient"
COLUMNS = (
    Column("practice", cells.read_repeated_token, required=True, names=("praksis", "ydernummer")),
    Column(PATIENT, str, required=True, names=("cpr", "cprnr", "cprnummer", "personnummer")),
    Column("patient_no", cells.read_token, names=("journalnummer",)),
    Column("kind", cells.read_kind, required=True, names=("slags",)),
    Column("system", cells.read_system, required=True, names=("kodesystem",)),
    Column("code", str, required=True, names=("kode",)),
    Column("start", cells.read_day, required=True, names=("dato",), dated=True),
    Column("end", cells.read_day, names=("slut",), dated=True),
    Column("ongoing", cells.read_flag, names=("aktuel",)),
    Column("value", cells.read_number, names=("værdi",), numeric=True),
    Column("comparator", cells.read_comparator, names=("tegn",)),
    Column("unit", cells.read_unit, names=("enhed",)),
    Column("value_code", cells.read_value_code, names=("svarkode",)),
    Column("status", cells.read_status),
    Column("category", cells.read_categories, names=("kategori",)),
    Column("verified", cells.read_flag, names=("bekræftet",)),
    Column("authored", cells.read_day, names=("udstedt",), dated=True),
    Column("producer", cells.read_repeated_token, names=("producent",)),
    Column("local_id", cells.read_token, required=True, names=("lokal_id",)),
    Column("course", cells.read_token, names=("case_id", "forløb")),
    Column("referral", cells.read_token, names=("henvisning",)),
    Column("doses", cells.read_number, names=("doser",), numeric=True),
    Column("ddd", cells.read_number, numeric=True),
    Column("quantity", cells.read_number, names=("antal",), numeric=True),
    Column("sampled_at", cells.read_moment, names=("prøvetaget",), dated=True),
    Column("received_at", cells.read_moment, names=("modtaget",)),
    Column("sex", cells.read_sex, names=("køn",)),
    Column("birth", cells.read_day, names=("født",), dated=True),
    Column("deceased", cells.read_day, names=("død",), dated=True),
    Column("listed_from", cells.read_day, names=("tilmeldt",)),
    Column("listed_to", cells.read_day, names=("afmeldt",)),
)
PARSERS: Mapping[str, Callable[[str], object]] = {column.name: column.parse for column in COLUMNS}
REQUIRED = tuple(column.name for column in COLUMNS if column.required)
NUMERIC = frozenset(column.name for column in COLUMNS if column.numeric)
_CANONICAL = {name: column.name for column in COLUMNS for name in (column.name, *column.names)}


def canonical(header: str) -> str | None:
    """The column name that a header cell stands for, or None when the file names a column KIP does not
    use."""
    return _CANONICAL.get(header.strip().lower())
