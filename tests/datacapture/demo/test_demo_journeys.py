"""People on their way between practices: the same person everywhere, and no figure of the destination moved."""

from collections.abc import Mapping

import numpy as np

from datacapture.demo import codes
from datacapture.demo.country import Country, generate
from datacapture.demo.journeys import ROOM, destination, receives, sends_on
from datacapture.demo.records import PracticeData

PERSONS = 20_000_000


def shared(data: PracticeData) -> np.ndarray:
    return data.patients[data.patients["person"] >= PERSONS]


def test_who_arrives_is_known_where_they_set_out_with_the_same_sex_and_birth(
    country: Country, everything: Mapping[str, PracticeData]
) -> None:
    arrived = 0
    for data in everything.values():
        if not receives(data.practice):
            continue
        for person in shared(data)[["person", "sex", "birth"]].tolist():
            place = country.practices[(person[0] - PERSONS) // ROOM]
            home = everything[place.id].patients
            row = home[home["person"] == person[0]]
            assert len(row) == 1
            assert (int(row["sex"][0]), int(row["birth"][0])) == person[1:]
            assert sends_on(place)
            kind = destination(data.practice)
            near = {item.region for item in country.practices if receives(item) and destination(item) == kind}
            assert place.region == data.practice.region or place.region not in near
            arrived += 1
    assert arrived > 100


def test_practices_with_a_story_send_patients_on_too(country: Country, everything: Mapping[str, PracticeData]) -> None:
    """The demo's first sign-in stands at one of them."""
    planted = [item for item in country.practices if item.stories and sends_on(item)]
    assert planted
    known = {person for data in everything.values() if receives(data.practice) for person in shared(data)["person"].tolist()}
    for practice in planted:
        assert known & set(shared(everything[practice.id])["person"].tolist()), practice.id


def test_to_set_out_moves_no_figure_of_the_practice(country: Country, everything: Mapping[str, PracticeData]) -> None:
    for practice in country.practices:
        if sends_on(practice):
            before, after = country.unlinked(practice), everything[practice.id]
            assert before.events.tobytes() == after.events.tobytes()
            known = before.patients["person"] > 0
            assert (before.patients["person"][known] == after.patients["person"][known]).all()


def test_a_destination_alone_is_as_in_the_whole_country(everything: Mapping[str, PracticeData]) -> None:
    fresh = generate("lille")
    place = next(item for item in fresh.practices if receives(item) and item.profession == "podiatry")
    alone = fresh.data(place)
    for name in ("patient", "code", "start", "serial", "received_at"):
        assert np.array_equal(alone.events[name], everything[place.id].events[name])
    assert (alone.patients == everything[place.id].patients).all()


def test_arrivals_are_noted_without_what_a_measure_counts(country: Country, everything: Mapping[str, PracticeData]) -> None:
    for data in everything.values():
        if receives(data.practice) and destination(data.practice) == "eye":
            before = country.unlinked(data.practice)
            more = np.bincount(data.events["code"], minlength=len(codes.CODES)) - np.bincount(
                before.events["code"], minlength=len(codes.CODES)
            )
            assert set(np.flatnonzero(more)) <= {codes.EYE_EXAM}
