"""The tables the engine reads and writes, as plain DDL without the parts it does not touch."""

from datacapture.engine.scratch import READ_TABLES

_READ = "".join(
    f"create table {table}({', '.join(f'{name} {kind}' for name, kind in columns.items())});\n"
    for table, columns in READ_TABLES.items()
)
DDL = (
    _READ
    + """
create index on datacapture_codesetmember(set_name);
create unique index on datacapture_event(id);
create index on datacapture_event(practice_id, patient_id);
create index on datacapture_event(code_id, day);
create unique index on datacapture_patient(id);
create table datacapture_indicatorcount(id bigint generated always as identity, version_id bigint, practice_id bigint,
  region_id bigint, month_end date, sex smallint, age_band smallint, quintile smallint, numerator int,
  denominator_only int, excluded int, unknown int, exception int, amounts float8[],
  unique (practice_id, version_id, month_end, sex, age_band, quintile));
create table datacapture_casetally(id bigint generated always as identity, version_id bigint, practice_id bigint,
  patient_id bigint, sex smallint, band smallint, older bigint, quintile smallint, n int, numerator bigint,
  denominator_only bigint, excluded bigint, unknown bigint, exception bigint, amount float8);
create table datacapture_casestate(id bigint generated always as identity, version_id bigint, practice_id bigint,
  patient_id bigint, month_end date, bin smallint, index_event_id bigint, deciding_event_id bigint, deciding_day date);
create table datacapture_countbasis(id bigint generated always as identity, practice_id bigint unique, purpose_id bigint,
  months date[], version_ids bigint[], counted_at timestamptz);
create table datacapture_touchedpatient(id bigint generated always as identity, practice_id bigint, patient_id bigint);
create index on datacapture_indicatorcount(version_id, practice_id, month_end);
create index on datacapture_casetally(practice_id, patient_id);
create index on datacapture_casestate(version_id, practice_id);
"""
)
