"""Specialist practices of all specialities, with the eye clinic's own events (SPEC-01 to SPEC-05, X-01)."""

import numpy as np

from datacapture.demo import codes
from datacapture.demo.clinic import Clinic, add_incidents, add_patient_answers, chance, monthly_chance, pick
from datacapture.demo.courses import Courses, add_frame, draw_courses
from datacapture.demo.facts import FIRST, LAST
from datacapture.demo.schedule import visits
from datacapture.demo.stories import story_plant

# Of an eye clinic's patients: seen in courses, then diabetic examinations, then cataract surgery.
EYE_COURSES, _CATARACT = 0.60, 0.18
_ACUITY_UNKNOWN = 0.10
_OTHER_EYE_DISEASE = 0.12


def add_specialist(c: Clinic) -> None:
    """Fill the event log of a specialist practice; story S02 plants closings and letters a month."""
    story = "S02" in c.practice.stories
    planned = story_plant("S02")["denominators"] if story else None
    eye = c.practice.speciality == "eye"
    k = draw_courses(c, planned, by_close=True, keep_back=5 if story else 0, pool=EYE_COURSES if eye else 1.0)
    add_frame(c, k)
    _contacts(c, k)
    if eye:
        _eyes(c)
    seen = (k.start >= FIRST) & (k.start <= LAST)
    add_patient_answers(c, k.patient[seen], k.start[seen])
    add_incidents(c)


def _contacts(c: Clinic, k: Courses) -> None:
    rng = c.rng("contacts")
    patient, day, course = k.patient, k.start, k.course
    c.log.add(codes.CONTACT, patient, day, course=course)
    options = codes.SPECIALITY_DX[c.practice.speciality or ""]
    coded = monthly_chance(c, rng, "X-01", day)
    disease = pick(rng, options, len(c.people))
    c.log.add(disease[patient[coded]], patient[coded], day[coded], course=course[coded])


def _eyes(c: Clinic) -> None:
    """Add yearly diabetic eye examinations with letters (SPEC-04) and cataract surgery (SPEC-05).

    Both have patients of their own: a discharge letter or a glaucoma code of another course would
    otherwise count for them.
    """
    rng, n = c.rng("eyes"), len(c.people)
    diabetic = np.arange(int(n * EYE_COURSES), int(n * (1 - _CATARACT)))
    if "S11.eye" in c.practice.stories:
        diabetic = diabetic[:0]  # this clinic's patients with diabetes are those of the pathway
    c.log.add(codes.RETINOPATHY, diabetic, np.full(len(diabetic), FIRST - 200), active=True)
    patient, day = visits(rng, diabetic, np.zeros(len(diabetic)), 1.0, (300, 360))
    c.log.add(codes.EYE_EXAM, patient, day)
    c.log.add(codes.CONTACT, patient, day)
    coded = monthly_chance(c, rng, "X-01", day)
    c.log.add(codes.RETINOPATHY, patient[coded], day[coded])
    sent = monthly_chance(c, rng, "SPEC-04", day)
    c.log.add(codes.DISCHARGE_LETTER, patient[sent], (day + rng.integers(0, 29, len(day)))[sent])
    _cataracts(c, rng, np.arange(int(n * (1 - _CATARACT)), n))


def _cataracts(c: Clinic, rng: np.random.Generator, who: np.ndarray) -> None:
    """Operate one eye of everyone and the other eye of half, half a year apart."""
    first = rng.integers(FIRST, LAST + 1, len(who))
    both = chance(rng, 0.5, len(who))
    patient, day = np.concatenate([who, who[both]]), np.concatenate([first, first[both] + 180])
    c.log.add(pick(rng, codes.CATARACT, len(patient)), patient, day)
    limited = chance(rng, _OTHER_EYE_DISEASE, len(who))
    c.log.add(codes.GLAUCOMA, who[limited], first[limited] - 100, active=True)
    known = ~chance(rng, _ACUITY_UNKNOWN, len(patient))
    good = monthly_chance(c, rng, "SPEC-05", day)
    value = np.round(np.where(good, rng.uniform(0.5, 1.2, len(day)), rng.uniform(0.05, 0.44, len(day))), 2)
    c.log.add(codes.VISUAL_ACUITY, patient[known], (day + rng.integers(7, 85, len(day)))[known], value=value[known])
