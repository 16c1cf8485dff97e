"""All events of one general practice, with the stories planted there."""

import numpy as np

from datacapture.demo.clinic import Clinic, add_incidents, onsets
from datacapture.demo.facts import LAST, MONTHS, age_on
from datacapture.demo.gp_circulation import add_heart, add_pressure
from datacapture.demo.gp_diabetes import add_diabetes
from datacapture.demo.gp_infections import add_back_pain, add_infections, season
from datacapture.demo.gp_lungs import add_asthma, add_copd
from datacapture.demo.gp_medicines import add_medicines
from datacapture.demo.gp_other import add_depression, add_exclusions, add_gp_contacts, add_old_age, add_smears
from datacapture.demo.pathway import number_people
from datacapture.demo.stories import story_item, story_plant

# Years back over which a disease began; asthma over twelve, so that a twelfth is new each year.
_ONSET_YEARS = 12.0


def add_general_practice(c: Clinic) -> None:
    """Fill the event log of a general practice."""
    forced = _exact_diabetes(c)
    for disease in c.has:
        c.onset[disease] = onsets(c, disease, _ONSET_YEARS)
    add_diabetes(c)
    add_pressure(c, forced)
    add_heart(c)
    add_copd(c)
    add_asthma(c)
    add_infections(c, *_planned_antibiotics(c))
    add_back_pain(c)
    add_medicines(c)
    add_depression(c)
    add_old_age(c)
    add_smears(c)
    add_exclusions(c)
    add_gp_contacts(c)
    add_incidents(c)


def _exact_diabetes(c: Clinic) -> np.ndarray | None:
    """Stories S01 and S11: give the practice exactly the planned number with diabetes.

    S11 numbers its people for the pathway. S01 says who is measured: one draw per patient (0 = always, 1 = never,
    NaN = not in the story) is returned, otherwise None.
    """
    if "S11.gp" in c.practice.stories:
        plant = story_item("S11")["plant"]
        number_people(c, _exactly_ill(c, plant["people_with_diabetes"] // plant["gp_practices"]))
    if "S01.low" not in c.practice.stories:
        return None
    plant, rng = story_plant("S01.low"), c.rng("story|S01 measured")
    ill = _exactly_ill(c, plant["denominator"])
    forced = np.full(len(c.people), np.nan)
    forced[ill] = 1.0
    forced[rng.choice(ill, plant["numerator"], replace=False)] = 0.0
    return forced


def _exactly_ill(c: Clinic, wanted: int) -> np.ndarray:
    """Make `wanted` adults on the list on LAST have diabetes, and return their positions."""
    rng = c.rng("story|diabetes")
    counted = (c.log.leave == LAST) & (age_on(c.people["birth"], LAST) >= 18) & (c.people["listed_to"] < 0)
    ill = counted & (c.has["type1_diabetes"] | c.has["type2_diabetes"])
    surplus = int(ill.sum()) - wanted
    if surplus > 0:
        gone = rng.choice(np.flatnonzero(ill & c.has["type2_diabetes"]), surplus, replace=False)
        c.has["type2_diabetes"][gone] = False
    elif surplus < 0:
        older = np.flatnonzero(counted & ~ill & (age_on(c.people["birth"], LAST) >= 45))
        c.has["type2_diabetes"][rng.choice(older, -surplus, replace=False)] = True
    return np.flatnonzero(counted & (c.has["type1_diabetes"] | c.has["type2_diabetes"]))


def _planned_antibiotics(c: Clinic) -> tuple[list[int] | None, dict[int, int] | None]:
    """Stories S12 and S03: exact prescriptions a month, and exact broad-spectrum ones."""
    if "S12" in c.practice.stories:
        return story_plant("S12")["monthly_prescriptions"], None
    if "S03" in c.practice.stories:
        plant = story_plant("S03")
        series = len(plant["denominators"])
        before = np.round(season(c)[: len(MONTHS) - series] * np.mean(plant["denominators"])).astype(int)
        broad = dict(enumerate(plant["numerators"], start=len(MONTHS) - series))
        return [*before.tolist(), *plant["denominators"]], broad
    return None, None
