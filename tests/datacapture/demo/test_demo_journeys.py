"""People on their way between practices: the same person everywhere, and no figure of the destination moved."""

from collections.abc import Mapping

import numpy as np

from datacapture.demo import codes
from datacapture.demo.country import Country, generate
from datacapture.demo.journeys import ROOM, destination, takes_part
from datacapture.demo.records import PracticeData

PERSONS = 20_000_000


def shared(data: PracticeData) -> np.ndarray:
    return data.patients[data.patients["person"] >= PERSONS]


def test_who_arrives_is_known_where_they_set_out_with_the_same_sex_and_birth(
    country: Country, everything: Mapping[str, PracticeData]
) -> None:
    arrived = 0
    for data in everything.values():
        if not takes_part(data.practice) or not destination(data.practice):
            continue
        for person in shared(data)[["person", "sex", "birth"]].tolist():
            place = country.practices[(person[0] - PERSONS) // ROOM]
            home = everything[place.id].patients
            row = home[home["person"] == person[0]]
            assert len(row) == 1
            assert (int(row["sex"][0]), int(row["birth"][0])) == person[1:]
            assert place.region == data.practice.region
            arrived += 1
    assert arrived > 100


def test_a_destination_alone_is_as_in_the_whole_country(everything: Mapping[str, PracticeData]) -> None:
    fresh = generate("lille")
    place = next(item for item in fresh.practices if takes_part(item) and item.profession == "podiatry")
    alone = fresh.data(place)
    for name in ("patient", "code", "start", "serial", "received_at"):
        assert np.array_equal(alone.events[name], everything[place.id].events[name])
    assert (alone.patients == everything[place.id].patients).all()


def test_arrivals_are_noted_without_what_a_measure_counts(country: Country, everything: Mapping[str, PracticeData]) -> None:
    for data in everything.values():
        if takes_part(data.practice) and destination(data.practice) == "eye":
            before = country.unlinked(data.practice)
            more = np.bincount(data.events["code"], minlength=len(codes.CODES)) - np.bincount(
                before.events["code"], minlength=len(codes.CODES)
            )
            assert set(np.flatnonzero(more)) <= {codes.EYE_EXAM}
