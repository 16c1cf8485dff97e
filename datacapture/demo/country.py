"""The demo country: `generate` builds the organisation; practices' data come one at a time.

Everything follows from the seed: the same size and seed give the same bytes, and a practice's data depend
on its own record only, or on those whose patients it shares in a planted story.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from datacapture.demo.clinic import Clinic
from datacapture.demo.courses import add_musculoskeletal
from datacapture.demo.delivery import deliver, producers
from datacapture.demo.facts import LAST, Facts, age_on, load_facts
from datacapture.demo.feet import add_feet
from datacapture.demo.general_practice import add_general_practice
from datacapture.demo.illness import conditions
from datacapture.demo.journeys import DESTINATIONS, Arrivals, destination, receives, sends_on, set_out, with_arrivals
from datacapture.demo.levels import Levels
from datacapture.demo.organisation import (
    build_clusters,
    build_municipalities,
    build_practices,
    build_regions,
    practice_counts,
)
from datacapture.demo.pathway import with_pathway
from datacapture.demo.people import bounds, listed_patients, seen_patients
from datacapture.demo.psychology import add_psychology, adults_only
from datacapture.demo.records import PATIENT_DTYPE, Cluster, EventLog, Municipality, Practice, PracticeData, Region
from datacapture.demo.specialist import add_specialist
from datacapture.demo.stories import story_plant
from datacapture.demo.streams import stream
from datacapture.demo.succession import with_successions
from datacapture.demo.teeth import add_teeth

__all__ = ["SIZES", "Country", "generate", "load_facts"]

SIZES = ("lille", "mellem", "demo", "nutid", "fuld_2012")

_RECIPES: dict[str, Callable[[Clinic], None]] = {
    "general_practice": add_general_practice,
    "specialist_practice": add_specialist,
    "physiotherapy": add_musculoskeletal,
    "chiropractic": add_musculoskeletal,
    "psychology": add_psychology,
    "dentistry": add_teeth,
    "dental_hygiene": add_teeth,
    "podiatry": add_feet,
}
# People in the patient file for each patient seen in a year: some come in one of the three years only.
_POOL = {
    "specialist_practice": 2.2, "physiotherapy": 2.2, "chiropractic": 1.8, "psychology": 2.6,
    "dentistry": 1.1, "dental_hygiene": 1.1, "podiatry": 1.0,
}  # fmt: skip


@dataclass(frozen=True)
class Country:
    """A synthetic Denmark of the given size; `data` makes one practice's patients and events."""

    size: str
    seed: int
    facts: Facts
    regions: list[Region]
    municipalities: list[Municipality]
    clusters: list[Cluster]
    practices: list[Practice]
    _leaving: dict[str, dict[str, Arrivals]] = field(default_factory=dict, compare=False, repr=False, init=False)
    _routes: dict[str, dict[str, list[Practice]]] = field(default_factory=dict, compare=False, repr=False, init=False)

    def data(self, practice: Practice) -> PracticeData:
        """Return the patients and events of one practice, with people known elsewhere too; both empty without data."""
        data = self.unlinked(practice)
        if sends_on(practice):
            self._leaving[practice.id] = set_out(data, self.practices.index(practice), self.seed)
        if not receives(practice):
            return data
        senders = self._senders(practice)
        for sender in senders:
            if sender.id not in self._leaving:
                self.data(sender)
        return with_arrivals(data, [self._leaving[sender.id][destination(practice)] for sender in senders], self.seed)

    def _senders(self, practice: Practice) -> list[Practice]:
        """The practices that send their patients here: each to one destination of a kind, in its region where there is one."""
        kind = destination(practice)
        if kind not in self._routes:
            self._routes[kind] = self._route(kind)
        return self._routes[kind][practice.id]

    def _route(self, kind: str) -> dict[str, list[Practice]]:
        """By id of each destination of a kind: who sends patients there."""
        places = [item for item in self.practices if receives(item) and destination(item) == kind]
        here: dict[str, list[Practice]] = {}
        for place in places:
            here.setdefault(place.region, []).append(place)
        route: dict[str, list[Practice]] = {place.id: [] for place in places}
        origins = [item for item in self.practices if sends_on(item) and item.profession == DESTINATIONS[kind]]
        for number, origin in enumerate(origins if places else []):
            near = here.get(origin.region, places)
            route[near[number % len(near)].id].append(origin)
        return route

    def unlinked(self, practice: Practice) -> PracticeData:
        """As `data`, without people on their way between practices: enough where nobody has a pseudonym."""
        data = with_successions(practice, self._alone, self.practices, self.seed)
        if "S11.eye" in practice.stories:
            doctors = [self._alone(p) for p in self.practices if "S11.gp" in p.stories]
            return with_pathway(data, doctors, self.seed)
        return data

    def _alone(self, practice: Practice) -> PracticeData:
        return practice_data(self.facts, self.seed, practice)

    def practice_data(self) -> Iterator[PracticeData]:
        """Yield the data of every practice, in the order of `practices`."""
        for practice in self.practices:
            yield self.data(practice)


def generate(size: str = "lille", seed: int = 20261122) -> Country:
    """Return the demo country of a size (one of SIZES). Raises ValueError for an unknown size."""
    if size not in SIZES:
        raise ValueError(f"unknown size {size!r}; choose one of {', '.join(SIZES)}")
    facts = load_facts()
    counts = practice_counts(facts, size)
    municipalities = build_municipalities(facts)
    clusters = build_clusters(facts, counts)
    practices = build_practices(facts, size, seed, counts, municipalities, clusters)
    return Country(size, seed, facts, build_regions(), municipalities, clusters, practices)


def _story_levels(practice: Practice) -> dict[str, float]:
    """Return the levels a planted story fixes outright."""
    fixed = {}
    for tag in practice.stories:
        plant = story_plant(tag)
        fixed.update({name: plant[name] for name in ("DM-01",) if name in plant})
        if "numerator" in plant:
            fixed[plant["indicator"]] = plant["numerator"] / plant["denominator"]
        if "monthly_prescriptions" in plant:
            fixed[plant["indicator"]] = 1000 * sum(plant["monthly_prescriptions"][-12:]) / plant["list"]
    return fixed


def practice_data(facts: Facts, seed: int, practice: Practice) -> PracticeData:
    """Return the patients and events of one practice as if no other existed: by the seed and its record only."""
    if not practice.sends_data:
        nobody, empty = np.zeros(0, PATIENT_DTYPE), np.zeros(0, np.int64)
        return PracticeData(practice, producers(practice), nobody, EventLog(empty, empty, empty).build(), {}, {})
    if practice.profession == "general_practice":
        people = listed_patients(facts, seed, practice)
    else:
        count = max(12, round(practice.patients * _POOL[practice.profession]))
        people = seen_patients(facts, seed, practice, count)
    levels = Levels(facts, seed, practice.id, practice.profession, _story_levels(practice))
    ill = conditions(facts, stream(seed, practice.id, "conditions"), people)
    clinic = Clinic(facts, seed, practice, people, ill, levels, EventLog(*bounds(people)))
    if "S09" in practice.stories:
        adults_only(clinic)
    _RECIPES[practice.profession](clinic)
    events = deliver(facts, seed, practice, clinic.log.build())
    return PracticeData(practice, producers(practice), people, events, dict(levels.used), ill)


def listed_at_end(data: PracticeData) -> np.ndarray:
    """Return which patients (boolean) are alive and on the practice's list on the last day."""
    return (data.patients["listed_to"] < 0) & (age_on(data.patients["birth"], LAST) >= 0)
