"""Scores of questionnaires: answers in, figures out, without a database. Rules: design notes of surveys, section 2.

coding (answers as arrays), items, dimensions, comparing (flags), casemix, weights, planning (how many answers), batches
(what may be seen when), breaks (from sector to sector).
"""
