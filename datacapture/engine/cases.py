"""SQL of the shared tables and of the case, count, tally and state statements of one indicator."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from datacapture.engine.bounds import Bound
from datacapture.engine.masks import ALL, Params, months_until
from datacapture.engine.relation import KEY_DAY_BITS, KEY_EPOCH

BAND_STARTS = (6, 18, 40, 65, 75, 85)
BINS = ("numerator", "denominator_only", "excluded", "unknown", "exception")
TALLY = ("practice_id", "patient_id", "sex", "band", "older", "quintile", "n", *BINS, "amount")
_PERSON = "practice_id, patient_id, sex, band, older, quintile"
_DAY_MASK = (1 << (62 - KEY_DAY_BITS)) - 1
_ID_MASK = (1 << KEY_DAY_BITS) - 1


@dataclass(frozen=True)
class CaseSource:
    """Tables of one indicator: its cases; index events or None; counted events (owner, bit, n); amounts (owner, amount, mask)."""

    cases: str
    index: str | None = None
    counted: str | None = None
    amounts: str | None = None


def patient_setup(params: Params, sets: list[str], open_kinds: list[str], professions: list[str]) -> Iterator[tuple[str, str]]:
    """Statements (name, SQL) that make kip_month, kip_patient (of the professions), kip_code and kip_event."""
    yield (
        "months",
        (
            "create temporary table kip_month as select (1::bigint << (n - 1)::int) as bit, month_end"
            " from unnest(%(months)s::date[]) with ordinality as t(month_end, n)"
        ),
    )
    yield "month statistics", "analyze kip_month"
    month_ends = params.days(Bound("end"), 12)
    reached = [(f"m{years}", months_until(params.births_of("end", years, "y", 12), "p.birth")) for years in BAND_STARTS]
    band = " + ".join(f"({name} & 1)" for name, _ in reached)
    # The one limit that is passed within the months: every other mask holds all of them or none.
    older = " | ".join(f"({name} & (({name} & 1) - 1))" for name, _ in reached)
    yield (
        "patients",
        (
            "create temporary table kip_patient as select patient_id, practice_id, profession, sex, birth, death,"
            f" listed_from, listed_to, quintile, visible, ({band})::smallint as band, {older} as older"
            f" from (select p.id as patient_id, p.practice_id,"
            " pr.profession, p.sex, p.birth, p.death, p.listed_from, p.listed_to,"
            f" coalesce(p.quintile, 0)::smallint as quintile, {', '.join(f'{mask} as {name}' for name, mask in reached)},"
            f" case when o.since is null then {ALL} else {ALL} & ~{months_until(month_ends, 'o.since')} end as visible"
            " from datacapture_patient p join practices_practice pr on pr.id = p.practice_id"
            " left join (select patient_id, min(since) as since from datacapture_objection"
            " where purpose_id = %(purpose_id)s group by patient_id) o on o.patient_id = p.id"
            f" where pr.region_id = %(region_id)s and pr.profession = any({params.add(professions, 'text[]')})"
            " and (%(practice_ids)s::bigint[] is null"
            " or p.practice_id = any(%(practice_ids)s::bigint[])) and (%(patient_ids)s::bigint[] is null"
            " or p.id = any(%(patient_ids)s::bigint[]))) q where visible <> 0"
        ),
    )
    yield "patient index", "create unique index on kip_patient (patient_id)"
    yield "patient statistics", "analyze kip_patient (patient_id, profession)"
    yield "codes", f"create temporary table kip_code as {read_codes(params, sets, open_kinds)}"
    yield "code statistics", "analyze kip_code"
    yield (
        "events",
        (
            "create temporary table kip_event as select e.id as event_id, e.patient_id, e.code_id, e.day, e.ended,"
            " e.ongoing, e.authored, e.value, e.comparator, e.unit, e.value_code_id, e.status, e.category, e.verified,"
            " e.course, e.referral, e.doses, e.ddd, e.qty from datacapture_event e"
            " join kip_patient p on p.patient_id = e.patient_id and p.practice_id = e.practice_id"
            " where e.code_id in (select code_id from kip_code)"
            " order by e.code_id, e.patient_id"
        ),
    )
    yield "event index", "create index on kip_event (code_id)"
    yield "event statistics", "analyze kip_event (code_id, patient_id)"


def read_codes(params: Params, sets: list[str], open_kinds: list[str]) -> str:
    """SELECT (code_id, kind, code) of the codes that the plan reads."""
    return (
        "select c.id as code_id, c.kind, c.code from datacapture_eventcode c"
        f" where c.kind = any({params.add(open_kinds, 'text[]')}) or c.id in (select s.code_id"
        f" from datacapture_codesetmember s where s.set_name = any({params.add(sets, 'text[]')}))"
    )


def edge_patients(params: Params, sets: list[str], open_kinds: list[str]) -> str:
    """SELECT (practice, patient) for whom a window or an age limit passes something between two month ends.

    %(edges)s and %(births)s: the days that the bounds and the limits of age pass. Everybody else is in the new month what
    they were in the last one.
    """
    days = [("p.death", "edges"), ("p.listed_from", "edges"), ("p.listed_to", "edges"), ("p.birth", "births")]
    passed = " or ".join(f"{day} <@ %({spans})s::datemultirange" for day, spans in days)
    mine = "p.practice_id = any(%(practice_ids)s::bigint[])"
    return (
        f"select p.practice_id, p.id from datacapture_patient p where {mine} and ({passed})"
        f" union select p.practice_id, p.patient_id from datacapture_objection p where {mine}"
        " and p.since <@ %(edges)s::datemultirange"
        f" union select p.practice_id, p.patient_id from datacapture_event p where {mine}"
        f" and p.code_id in (select code_id from ({read_codes(params, sets, open_kinds)}) c)"
        " and (p.day <@ %(edges)s::datemultirange or p.ended <@ %(edges)s::datemultirange"
        " or p.authored <@ %(edges)s::datemultirange)"
    )


def case_table(source: CaseSource, joins: str, masks: dict[str, str], keys: dict[str, list[str]], professions: str) -> str:
    """SELECT of one row per case with five month masks; masks by field name, missing ones mean never (or always)."""
    table = f"{source.index} i join kip_patient p on p.patient_id = i.patient_id" if source.index else "kip_patient p"
    case_id, base = ("i.case_id", "i.mask & p.visible") if source.index else ("null::bigint", "p.visible")
    amount = "null::float8"
    if source.amounts:
        table += f" join {source.amounts} v on v.owner = i.case_id"
        amount, base = "v.amount", f"{base} & v.mask"
    den = " & ".join([base, *(masks[name] for name in ("population", "denominator") if name in masks)])
    flow = {name: masks.get(name, "0::bigint") for name in ("exclusions", "unknown", "numerator", "exceptions")}
    columns = ", ".join(f"{sql} as {name}" for name, sql in flow.items())
    deciding = ", ".join(f"{_latest(keys.get(name, []))} as {name}_key" for name in _KEYED)
    return (
        f"with a as materialized (select p.patient_id, p.practice_id, p.sex, p.band, p.older, p.quintile, {case_id} as case_id,"
        f" {amount} as amount, {den} as den, {columns}, {deciding} from {table}{joins}"
        f" where p.profession = any({professions})),"
        " b as materialized (select *, den & ~exclusions as kept from a where den <> 0),"
        " d as materialized (select *, kept & ~unknown as rest from b)"
        f" select {_PERSON}, case_id, amount, den as cases, rest & numerator as numerator,"
        " rest & ~numerator & ~exceptions as denominator_only, den & exclusions as excluded,"
        " kept & unknown as unknown, rest & ~numerator & exceptions as exception,"
        " numerator_key, exclusions_key, exceptions_key from d"
    )


_KEYED = ("numerator", "exclusions", "exceptions")


def _latest(keys: list[str]) -> str:
    unique = list(dict.fromkeys(keys))
    return f"greatest({', '.join(unique)})" if unique else "null::bigint"


def composite_table(parts: list[str]) -> str:
    """SELECT of the case rows of an all-or-none indicator: met when every component that applies is met."""
    rows = " union all ".join(f"select * from {part}" for part in parts)
    return (
        f"with u as ({rows}), a as (select {_PERSON},"
        " bit_or(numerator | denominator_only) as den,"
        " bit_or(denominator_only) as fail, bit_or(excluded) as excl, bit_or(unknown) as unk, bit_or(exception) as exc,"
        " min(numerator_key) as numerator_key, max(exclusions_key) as exclusions_key,"
        f" max(exceptions_key) as exceptions_key from u group by {_PERSON})"
        f" select {_PERSON}, null::bigint as case_id, null::float8 as amount, den | excl | unk | exc as cases,"
        " den & ~fail as numerator, den & fail as denominator_only, excl & ~den as excluded,"
        " unk & ~den & ~excl as unknown, exc & ~den & ~excl & ~unk as exception,"
        " numerator_key, exclusions_key, exceptions_key from a"
    )


def tallies(source: CaseSource) -> str:
    """SELECT of TALLY: how many cases (or counted events) of a patient are in which bin in which months.

    The counts are the sum of these rows, so that a changed patient can be taken out and put back alone.
    """
    if source.counted:
        in_rate = "i.numerator | i.denominator_only"
        person = ", ".join(f"i.{name}" for name in _PERSON.split(", "))
        return (
            f"select {person}, 1 as n, 0::bigint as numerator, {in_rate} as denominator_only, i.excluded, i.unknown,"
            f" i.exception, null::float8 as amount from {source.cases} i union all"
            f" select {person}, r.n, bit_or(r.bit) & ({in_rate}), 0, 0, 0, 0, null from {source.counted} r"
            f" join {source.cases} i on i.patient_id = r.owner where r.bit & ({in_rate}) <> 0 group by {person}, r.n, {in_rate}"
        )
    masks = ", ".join(BINS)
    if source.index is None:
        return f"select {_PERSON}, 1 as n, {masks}, amount from {source.cases}"
    return f"select {_PERSON}, count(*)::int as n, {masks}, amount from {source.cases} group by {_PERSON}, {masks}, amount"


def counts(rows: str, amounts: bool) -> str:
    """SELECT (practice_id, month_end, sex, age_band, quintile, five bins, amounts) of TALLY rows.

    Rows with equal masks are added up before they are spread over the months: most of a list never changes.
    """
    if amounts:
        grouped = f"select {_ALIKE}, 1 as n, amount from ({rows}) s cross join lateral generate_series(1, s.n)"
        listed = f"array_agg(g.amount order by g.amount) filter (where {_LISTED})"
    else:
        grouped = f"select {_ALIKE}, sum(n)::int as n from ({rows}) s group by {_ALIKE}"
        listed = "null::float8[]"
    return _by_month(grouped, f"{listed} as amounts")


def changes(rows: str) -> str:
    """SELECT (version_id, the columns of `counts`, times) of what TALLY rows of versions change; n is negative for what goes.

    `amounts` are the single values that come or go, each as often as `times` says. What goes and comes back alike is left
    out before it is spread over the months: little of what a changed patient is counted for changes.
    """
    alike = f"version_id, {_ALIKE}, amount"
    grouped = f"select {alike}, sum(n)::int as n from ({rows}) s group by {alike} having sum(n) <> 0"
    listed = ", ".join(
        f"array_agg({name}) filter (where {_LISTED}) as {to}" for name, to in (("g.amount", "amounts"), ("g.n", "times"))
    )
    return _by_month(grouped, listed, "version_id, ")


_ALIKE = f"practice_id, sex, band, older, quintile, {', '.join(BINS)}"
_LISTED = "g.amount is not null and (g.numerator | g.denominator_only) & t.bit <> 0"


def _by_month(grouped: str, listed: str, lead: str = "") -> str:
    sums = ", ".join(f"coalesce(sum(g.n) filter (where g.{name} & t.bit <> 0), 0)::int as {name}" for name in BINS)
    any_bin = " | ".join(f"g.{name}" for name in BINS)
    return (
        f"with g as ({grouped}) select {lead}g.practice_id, t.month_end, g.sex,"
        # Nobody passes two age limits within the months of one run.
        " (g.band + (g.older & t.bit <> 0)::int)::smallint as age_band,"
        f" g.quintile, {sums}, {listed} from g join kip_month t on ({any_bin}) & t.bit <> 0"
        f" group by {', '.join(str(place + 1) for place in range(5 + lead.count(',')))}"
    )


def case_rows(source: CaseSource) -> str:
    """TALLY rows for `counts` alone: not added up by patient first when every case is a row of its own."""
    if source.counted:
        return tallies(source)
    return f"select {_PERSON}, 1 as n, {', '.join(BINS)}, amount from {source.cases}"


def states(source: CaseSource) -> str:
    """SELECT of the latest month's cases: practice, patient, month, bin 1-5, index event, deciding event and day."""
    table, counted = source.cases, source.counted
    met, join = "i.numerator & %(last_bit)s <> 0", ""
    if counted:
        met, join = (
            "r.n is not null",
            f" left join {counted} r on r.owner = i.patient_id and r.bit = %(last_bit)s",
        )
    return (
        "select q.practice_id, q.patient_id, %(last_month)s::date as month_end, q.bin, q.case_id as index_event_id,"
        f" (q.key & {_ID_MASK}) as deciding_event_id,"
        f" ({KEY_EPOCH} + ((q.key >> {KEY_DAY_BITS}) & {_DAY_MASK})::int) as deciding_day"
        " from (select i.practice_id, i.patient_id, i.case_id, b.bin, case b.bin when 3 then i.exclusions_key"
        " when 4 then null when 5 then i.exceptions_key else i.numerator_key end as key"
        f" from {table} i{join} cross join lateral (select (case when i.excluded & %(last_bit)s <> 0 then 3"
        f" when i.unknown & %(last_bit)s <> 0 then 4 when {met} then 1"
        " when i.exception & %(last_bit)s <> 0 then 5 else 2 end)::smallint as bin) b"
        " where i.cases & %(last_bit)s <> 0) q"
    )
