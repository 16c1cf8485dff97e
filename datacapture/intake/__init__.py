"""Ways in for clinical data: reads event files and FHIR documents without touching the database.

The package is pure Python and streams. `check.examine` validates a whole file; `Examination.rows` then gives
the rows that may be stored. `vault` keeps a waiting upload encrypted and `pseudonym` turns patient
identifiers into keyed digests.
"""
