"""The tables the engine reads and writes, as plain DDL without the parts it does not touch."""

DDL = """
create table practices_region(id bigint primary key, code text unique);
create table practices_practice(id bigint primary key, number text, profession text not null, region_id bigint not null);
create table datacapture_patient(id bigint primary key, practice_id bigint not null, sex smallint not null,
  birth date not null, death date, listed_from date, listed_to date, quintile smallint);
create table datacapture_eventcode(id int primary key, kind text not null, system text not null, code text not null,
  unique(kind, system, code));
create table datacapture_codesetmember(id bigint generated always as identity, set_name text not null, code_id int not null);
create index on datacapture_codesetmember(set_name);
create table datacapture_event(id bigint primary key, practice_id bigint not null, patient_id bigint not null,
  code_id int not null, day date, ended date, ongoing bool not null default false, value float8,
  comparator text not null default '', unit text not null default '', value_code_id int,
  status text not null default '', category text[], verified bool, authored date, course text not null default '',
  referral text not null default '', doses float8, ddd float8, qty float8);
create index on datacapture_event(practice_id, patient_id);
create index on datacapture_event(code_id, day);
create table datacapture_objection(id bigint generated always as identity, practice_id bigint not null,
  patient_id bigint not null, purpose_id bigint not null, since date not null);
create table datacapture_indicatorcount(id bigint generated always as identity, version_id bigint, practice_id bigint,
  region_id bigint, month_end date, sex smallint, age_band smallint, numerator int, denominator_only int, excluded int,
  unknown int, exception int);
create table datacapture_casestate(id bigint generated always as identity, version_id bigint, practice_id bigint,
  patient_id bigint, month_end date, bin smallint, index_event_id bigint, deciding_event_id bigint, deciding_day date);
create index on datacapture_indicatorcount(version_id, practice_id, month_end);
create index on datacapture_casestate(version_id, practice_id);
"""

TABLES = {
    "practices_region": ("id", "code"),
    "practices_practice": ("id", "number", "profession", "region_id"),
    "datacapture_patient": (
        "id", "practice_id", "sex", "birth", "death", "listed_from", "listed_to",
    ),
    "datacapture_eventcode": ("id", "kind", "system", "code"),
    "datacapture_codesetmember": ("set_name", "code_id"),
    "datacapture_event": (
        "id", "practice_id", "patient_id", "code_id", "day", "ended", "ongoing", "value", "comparator", "unit",
        "value_code_id", "status", "category", "verified", "authored", "course", "referral", "doses", "ddd", "qty",
    ),
    "datacapture_objection": ("practice_id", "patient_id", "purpose_id", "since"),
}  # fmt: skip
