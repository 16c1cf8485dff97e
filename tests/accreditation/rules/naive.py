"""The rules written a second time, as plainly as possible, to compare with."""

from __future__ import annotations

from accreditation.rules import Case

ORDER = {"met": 3, "largely_met": 2, "partially_met": 1, "not_met": 0}
PAPER = {"document", "certificate", "data", "survey_report"}


def kip(case: Case) -> tuple[str, str | None, list[str], str]:
    """Status, recommendation, open numbers and follow-up of a complete case."""
    ratings = {}
    for one in case.rated:
        ratings[one.number] = one.rating
    for one in case.again or ():
        ratings[one.number] = one.rating
    still_open = []
    relevant = 0
    for one in case.rated:
        if ratings[one.number] != "not_relevant":
            relevant += 1
            if ORDER[str(ratings[one.number])] < 2:
                still_open.append(one)
    numbers = [one.number for one in still_open]
    if case.again is None:
        if not numbers:
            return "accredited", None, [], ""
        kind = "material"
        for one in still_open:
            if kind == "material" and not (one.assessed_by and set(one.assessed_by).issubset(PAPER)):
                kind = "dialogue"
        for one in still_open:
            if one.critical:
                kind = "visit"
        return "provisional", "provisional", numbers, kind
    if not numbers:
        return "accredited", "accredited", [], ""
    for one in still_open:
        if one.critical and ratings[one.number] == "not_met":
            return "provisional", "not_accredited", numbers, ""
    if len(numbers) * 4 > relevant:
        return "provisional", "not_accredited", numbers, ""
    return "provisional", "accredited_with_remarks", numbers, ""


CQC = {"outstanding": 4, "good": 3, "requires_improvement": 2, "inadequate": 1}


def cqc(case: Case) -> str:
    """The whole rating of five key questions."""
    marks = {one.number: CQC[str(one.rating)] for one in case.rated}
    for one in case.again or ():
        marks[one.number] = CQC[str(one.rating)]
    for limit in case.limits:
        if limit.kind == "requirement_notice":
            marks[limit.number] = min(marks[limit.number], 2)
    for limit in case.limits:
        if limit.kind == "warning_notice":
            marks[limit.number] = 1
    five = sorted(marks.values())
    if five[1] == 1:  # two inadequate
        whole = 1
    elif five.count(2) >= 2 or five[0] == 1:
        whole = 2
    elif five[0] >= 3 and five[3] == 4:  # two outstanding, nothing below good
        whole = 4
    else:
        whole = 3
    if any(limit.kind == "breach" for limit in case.limits):
        whole = min(whole, 2)
    return next(name for name, mark in CQC.items() if mark == whole)
