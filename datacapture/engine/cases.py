"""SQL of the shared tables and of the case, count and state statements of one indicator."""

from __future__ import annotations

from collections.abc import Iterator

from datacapture.engine.bounds import Bound
from datacapture.engine.masks import ALL, Params, months_until, reached
from datacapture.engine.relation import KEY_DAY_BITS, KEY_EPOCH

BAND_STARTS = (6, 18, 40, 65, 75, 85)
BINS = ("numerator", "denominator_only", "excluded", "unknown", "exception")
_DAY_MASK = (1 << (62 - KEY_DAY_BITS)) - 1
_ID_MASK = (1 << KEY_DAY_BITS) - 1


def patient_setup(params: Params, sets: list[str], open_kinds: list[str]) -> Iterator[tuple[str, str]]:
    """Statements (name, SQL) that make kip_month, kip_patient, kip_code and kip_event."""
    yield (
        "months",
        (
            "create temporary table kip_month as select (1::bigint << (n - 1)::int) as bit, month_end"
            " from unnest(%(months)s::date[]) with ordinality as t(month_end, n)"
        ),
    )
    month_ends = params.days(Bound("end"), 12)
    bands = ", ".join(reached("p.birth", years, "y") for years in BAND_STARTS)
    yield (
        "patients",
        (
            "create temporary table kip_patient as select patient_id, practice_id, profession, sex, birth, death,"
            " listed_from, listed_to, visible, b.band, coalesce("
            f"{months_until(month_ends, 'bands[b.band + 1]')}, 0) as older from (select p.id as patient_id, p.practice_id,"
            f" pr.profession, p.sex, p.birth, p.death, p.listed_from, p.listed_to, array[{bands}] as bands,"
            f" case when o.since is null then {ALL} else {ALL} & ~{months_until(month_ends, 'o.since')} end as visible"
            " from datacapture_patient p join practices_practice pr on pr.id = p.practice_id"
            " left join (select patient_id, min(since) as since from datacapture_objection"
            " where purpose_id = %(purpose_id)s group by patient_id) o on o.patient_id = p.id"
            " where pr.region_id = %(region_id)s and (%(practice_ids)s::bigint[] is null"
            " or p.practice_id = any(%(practice_ids)s::bigint[]))) q cross join lateral"
            " (select width_bucket((%(months)s::date[])[1], q.bands)::smallint as band) b where visible <> 0"
        ),
    )
    yield "patient index", "create unique index on kip_patient (patient_id)"
    yield "patient statistics", "analyze kip_patient"
    yield (
        "codes",
        (
            "create temporary table kip_code as select c.id as code_id, c.kind, c.code from datacapture_eventcode c"
            f" where c.kind = any({params.add(open_kinds, 'text[]')}) or c.id in (select s.code_id"
            f" from datacapture_codesetmember s where s.set_name = any({params.add(sets, 'text[]')}))"
        ),
    )
    yield "code statistics", "analyze kip_code"
    yield (
        "events",
        (
            "create temporary table kip_event as select e.id as event_id, e.patient_id, e.code_id, e.day, e.ended,"
            " e.ongoing, e.authored, e.value, e.comparator, e.unit, e.value_code_id, e.status, e.category, e.verified,"
            " e.course, e.referral, e.doses, e.ddd, e.qty from datacapture_event e"
            " join kip_patient p on p.patient_id = e.patient_id where e.code_id in (select code_id from kip_code)"
            " order by e.code_id, e.patient_id"
        ),
    )
    yield "event index", "create index on kip_event (code_id)"
    yield "event statistics", "analyze kip_event"


def case_table(index_table: str | None, joins: str, masks: dict[str, str], keys: dict[str, list[str]], professions: str) -> str:
    """SELECT of one row per case with five month masks; masks by field name, missing ones mean never (or always)."""
    if index_table:
        source = f"{index_table} i join kip_patient p on p.patient_id = i.patient_id"
        case_id, base = "i.case_id", "i.mask & p.visible"
    else:
        source, case_id, base = "kip_patient p", "null::bigint", "p.visible"
    den = " & ".join([base, *(masks[name] for name in ("population", "denominator") if name in masks)])
    flow = {name: masks.get(name, "0::bigint") for name in ("exclusions", "unknown", "numerator", "exceptions")}
    columns = ", ".join(f"{sql} as {name}" for name, sql in flow.items())
    deciding = ", ".join(f"{_latest(keys.get(name, []))} as {name}_key" for name in _KEYED)
    return (
        f"with a as materialized (select p.patient_id, p.practice_id, p.sex, p.band, p.older, {case_id} as case_id,"
        f" {den} as den, {columns}, {deciding} from {source}{joins}"
        f" where p.profession = any({professions})),"
        " b as materialized (select *, den & ~exclusions as kept from a where den <> 0),"
        " d as materialized (select *, kept & ~unknown as rest from b)"
        " select patient_id, practice_id, sex, band, older, case_id, den as cases, rest & numerator as numerator,"
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
        f"with u as ({rows}), a as (select patient_id, practice_id, sex, band, older,"
        " bit_or(numerator | denominator_only) as den,"
        " bit_or(denominator_only) as fail, bit_or(excluded) as excl, bit_or(unknown) as unk, bit_or(exception) as exc,"
        " min(numerator_key) as numerator_key, max(exclusions_key) as exclusions_key,"
        " max(exceptions_key) as exceptions_key from u group by patient_id, practice_id, sex, band, older)"
        " select patient_id, practice_id, sex, band, older, null::bigint as case_id, den | excl | unk | exc as cases,"
        " den & ~fail as numerator, den & fail as denominator_only, excl & ~den as excluded,"
        " unk & ~den & ~excl as unknown, exc & ~den & ~excl & ~unk as exception,"
        " numerator_key, exclusions_key, exceptions_key from a"
    )


def counts(table: str, counted: str | None) -> str:
    """SELECT (practice_id, month_end, sex, age_band, five bins); with `counted` the numerator counts its events.

    Cases with equal masks are added up before they are spread over the months: most of a list never changes.
    """
    masks = ", ".join(("cases", *BINS))
    grouped = (
        f"with g as (select practice_id, sex, band, older, {masks}, count(*)::int as n from {table}"
        f" group by practice_id, sex, band, older, {masks})"
    )
    sums = [f"coalesce(sum(g.n) filter (where g.{name} & t.bit <> 0), 0)::int as {name}" for name in BINS]
    source = "from g join kip_month t on g.cases & t.bit <> 0"
    if counted is None:
        return f"{grouped} select {_group('g')}, {', '.join(sums)} {source} group by 1, 2, 3, 4"
    in_rate = "(numerator | denominator_only) & t.bit <> 0"
    sums[0] = "0 as numerator"
    sums[1] = f"coalesce(sum(g.n) filter (where {in_rate}), 0)::int as denominator_only"
    events = (
        f"select {_group('i')}, sum(r.n)::int, 0, 0, 0, 0 from {counted} r join {table} i on i.patient_id = r.owner"
        f" join kip_month t on t.bit = r.bit where {in_rate} group by 1, 2, 3, 4"
    )
    totals = ", ".join(f"sum(u.{name})::int as {name}" for name in BINS)
    return (
        f"{grouped} select u.practice_id, u.month_end, u.sex, u.age_band, {totals} from (select {_group('g')},"
        f" {', '.join(sums)} {source} group by 1, 2, 3, 4 union all {events}) u group by 1, 2, 3, 4"
    )


def _group(row: str) -> str:
    """Grouping columns; nobody passes two age limits within the months of one run."""
    band = f"({row}.band + ({row}.older & t.bit <> 0)::int)::smallint"
    return f"{row}.practice_id, t.month_end, {row}.sex, {band} as age_band"


def states(table: str, counted: str | None) -> str:
    """SELECT of the latest month's cases: practice, patient, month, bin 1-5, index event, deciding event and day."""
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
