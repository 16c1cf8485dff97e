"""Who a practice's patients are, and how they fare, against similar practices (the seed's population perspective).

definitions: what is asked; counting: counts by practice, sex and age band, in SQL; judging: values, adjustment and verdicts.
Similar practices are those of the same profession and size class (datacapture.results.areas).
"""
