"""The statements behind `quality`: each reads many practices at once and gives one row per practice and what it is about.

Parameters: practices (ids), as_of (the last day), year, before and quarter (the days 12, 24 and 3 months before it).
"""

# Only practices with a patient list can tell who is missing; a year earlier the same question is asked of that year's list.
COVERAGE = """
WITH windows(label, first, last) AS (
    VALUES ('now', %(year)s::date, %(as_of)s::date), ('before', %(before)s::date, %(year)s::date)),
seen AS (
    SELECT DISTINCT w.label, e.practice_id, e.patient_id FROM windows w
    JOIN datacapture_event e ON e.practice_id = ANY (%(practices)s) AND e.day > w.first AND e.day <= w.last)
SELECT p.practice_id, w.label, count(*), count(s.patient_id)
FROM datacapture_patient p CROSS JOIN windows w
LEFT JOIN seen s ON s.label = w.label AND s.practice_id = p.practice_id AND s.patient_id = p.id
WHERE p.practice_id = ANY (%(practices)s) AND p.listed_from <= w.last
  AND (p.listed_to IS NULL OR p.listed_to >= w.last) AND (p.death IS NULL OR p.death > w.last)
GROUP BY p.practice_id, w.label"""

# Events of each whole month of the last year; months that hold nothing are rows of 0.
MONTHS = """
SELECT q.id, m.first::date, count(e.id)
FROM unnest(%(practices)s::int8[]) AS q(id)
CROSS JOIN generate_series(date_trunc('month', %(year)s::date) + interval '1 month', date_trunc('month', %(as_of)s::date)
                           - interval '1 month', interval '1 month') AS m(first)
LEFT JOIN datacapture_event e ON e.practice_id = q.id AND e.day >= m.first AND e.day < m.first + interval '1 month'
GROUP BY q.id, m.first ORDER BY q.id, m.first"""

SETS_SEEN = """
SELECT e.practice_id, s.set_name
FROM (SELECT DISTINCT practice_id, code_id FROM datacapture_event
      WHERE practice_id = ANY (%(practices)s) AND day > %(before)s AND day <= %(as_of)s) e
JOIN datacapture_codesetmember s ON s.code_id = e.code_id
GROUP BY e.practice_id, s.set_name"""

# A contact is coded when the patient has a diagnosis that starts the same day or belongs to the same course.
CODING = """
WITH visits AS (
    SELECT DISTINCT e.practice_id, e.patient_id, e.day, e.course, e.day > %(quarter)s AS now
    FROM datacapture_event e JOIN datacapture_eventcode c ON c.id = e.code_id AND c.kind = 'contact'
    WHERE e.practice_id = ANY (%(practices)s) AND e.day > %(year)s AND e.day <= %(as_of)s),
coded AS (
    SELECT DISTINCT e.practice_id, e.patient_id, e.day, e.course
    FROM datacapture_event e JOIN datacapture_eventcode c ON c.id = e.code_id AND c.kind = 'dx'
    WHERE e.practice_id = ANY (%(practices)s) AND e.day IS NOT NULL)
SELECT v.practice_id, v.now, count(*), count(*) FILTER (WHERE
    (v.practice_id, v.patient_id, v.day) IN (SELECT practice_id, patient_id, day FROM coded)
    OR v.course <> '' AND (v.practice_id, v.course) IN (SELECT practice_id, course FROM coded))
FROM visits v GROUP BY v.practice_id, v.now"""

# The latest counted month of each running measure of patients; events behind a rate are never unknown.
UNKNOWN = """
SELECT n.practice_id, i.code, sum(n.numerator + n.denominator_only + n.unknown), sum(n.unknown)
FROM datacapture_indicatorcount n
JOIN datacapture_indicatorversion v ON v.id = n.version_id AND v.retired_at IS NULL
JOIN datacapture_indicator i ON i.id = v.indicator_id
WHERE n.practice_id = ANY (%(practices)s)
  AND n.month_end = (SELECT max(l.month_end) FROM datacapture_indicatorcount l
                     WHERE l.practice_id = n.practice_id AND l.version_id = n.version_id)
GROUP BY n.practice_id, i.code HAVING sum(n.unknown) > 0"""

# Measured values: the run of two years that each month of the last year is held against, in base-10 logarithms.
_VALUES = """
FROM datacapture_event e
WHERE e.practice_id = ANY (%(practices)s) AND e.code_id = ANY (%(codes)s) AND e.value > 0 AND e.comparator = ''
  AND e.day > {first} AND e.day <= %(as_of)s"""
VALUE_HISTORY = f"""
SELECT e.practice_id, e.code_id, count(*), percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY log(e.value))
{_VALUES.format(first="%(before)s")} GROUP BY e.practice_id, e.code_id"""
VALUE_MONTHS = f"""
SELECT g.*, coalesce(p.name, '') FROM (
    SELECT e.practice_id, e.code_id, e.producer_id, date_trunc('month', e.day)::date AS month, count(*) AS n,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY log(e.value)) AS middle
    {_VALUES.format(first="%(year)s")} GROUP BY e.practice_id, e.code_id, e.producer_id, month) g
LEFT JOIN datacapture_producer p ON p.id = g.producer_id
ORDER BY g.practice_id, g.code_id, g.producer_id, g.month"""

# What was there before the first delivery says nothing of how late data come, and is left out.
LATENESS = """
WITH first AS (
    SELECT practice_id, min(received_at)::date AS day FROM datacapture_event
    WHERE practice_id = ANY (%(practices)s) GROUP BY practice_id),
late AS (
    SELECT e.practice_id, e.producer_id, greatest(e.received_at::date - e.day, 0) AS days
    FROM datacapture_event e JOIN first f ON f.practice_id = e.practice_id AND e.day >= f.day
    WHERE e.practice_id = ANY (%(practices)s) AND e.day > %(year)s AND e.day <= %(as_of)s)
SELECT l.practice_id, CASE WHEN grouping(l.producer_id) = 1 THEN '' ELSE coalesce(max(p.name), '?') END, count(*),
       count(*) FILTER (WHERE l.days > %(late)s), percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY l.days)
FROM late l LEFT JOIN datacapture_producer p ON p.id = l.producer_id
GROUP BY GROUPING SETS ((l.practice_id), (l.practice_id, l.producer_id))"""

CORRECTED = """
SELECT q.id,
       (SELECT count(*) FROM datacapture_event e WHERE e.practice_id = q.id AND e.received_at > %(year)s),
       (SELECT count(DISTINCT h.source) FROM datacapture_eventhistory h
        WHERE h.practice_id = q.id AND h.replaced_at > %(year)s)
FROM unnest(%(practices)s::int8[]) AS q(id)"""
REPEATED = """
SELECT d.practice_id, sum((d.receipt ->> 'read')::int8),
       sum((d.receipt ->> 'same')::int8 + coalesce((d.receipt -> 'refused' ->> 'duplicate_row')::int8, 0))
FROM datacapture_delivery d
WHERE d.practice_id = ANY (%(practices)s) AND d.state = 'stored' AND d.created_at > %(year)s AND d.receipt ? 'read'
GROUP BY d.practice_id"""

# How usual it is to have what a practice lacks: among practices of its profession whose data were looked at.
USUAL = """
UPDATE datacapture_qualityresult r SET before = u.share, effect = r.effect * u.share
FROM (
    SELECT o.profession, m.key, 1 - count(*)::float8 / max(o.practices) AS share
    FROM datacapture_qualityresult m
    JOIN practices_practice p ON p.id = m.practice_id
    JOIN (SELECT p.profession, count(DISTINCT a.practice_id) AS practices FROM datacapture_qualityresult a
          JOIN practices_practice p ON p.id = a.practice_id GROUP BY p.profession) o ON o.profession = p.profession
    WHERE m.measure = 'missing' GROUP BY o.profession, m.key HAVING max(o.practices) >= %(least)s) u, practices_practice p
WHERE r.practice_id = ANY (%(practices)s) AND p.id = r.practice_id AND p.profession = u.profession
  AND r.measure = 'missing' AND r.key = u.key"""
