"""Regions, municipalities, clusters and practices: the checks listed at the end of demo_country.yaml."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from datacapture.demo.country import SIZES, Country, generate, load_facts
from datacapture.demo.naming import clinician_labels
from datacapture.demo.organisation import (
    LETTERS,
    build_clusters,
    build_municipalities,
    build_practices,
    build_regions,
    largest_remainders,
    practice_counts,
)


def test_ninety_eight_municipalities_fall_on_the_five_regions() -> None:
    municipalities = build_municipalities(load_facts())
    assert len({m.code for m in municipalities}) == 98
    assert Counter(m.region for m in municipalities) == {"1081": 11, "1082": 19, "1083": 22, "1084": 29, "1085": 17}


def test_municipal_populations_add_up_to_the_regional_totals() -> None:
    facts = load_facts()
    municipalities = build_municipalities(facts)
    for region in facts["regions"]["items"]:
        total = sum(m.population for m in municipalities if m.region == region["code"])
        assert total == region["population"]


def test_region_oestdanmark_follows_1084_and_1085_and_has_no_invented_code() -> None:
    regions = {r.key: r for r in build_regions()}
    assert regions["OEST27"].code is None
    assert regions["OEST27"].valid_from == "2027-01-01"
    assert [r.key for r in regions.values() if r.successor == "OEST27"] == ["1084", "1085"]
    assert {regions[k].valid_to for k in ("1084", "1085")} == {"2026-12-31"}


@pytest.mark.parametrize(("size", "total"), [("lille", 40), ("demo", 400), ("nutid", 6700), ("fuld_2012", 9300)])
def test_practice_counts_add_up(size: str, total: int) -> None:
    assert sum(practice_counts(load_facts(), size).values()) == total


def test_full_counts_are_those_of_the_facts() -> None:
    facts = load_facts()
    for size, split in (("nutid", "present_estimate"), ("fuld_2012", "full_2012")):
        counts = practice_counts(facts, size)
        for profession in LETTERS:
            assert sum(n for (p, _), n in counts.items() if p == profession) == facts["practices"][split][profession]


def test_every_share_row_sums_to_one() -> None:
    practices = load_facts()["practices"]
    for profession in LETTERS:
        assert sum(practices["region_shares"][profession]) == pytest.approx(1)
        shares = [v for k, v in practices["clinicians_per_practice"][profession].items() if k[0].isdigit()]
        assert sum(shares) == pytest.approx(1)


def test_largest_remainders_shares_out_everything() -> None:
    assert largest_remainders([0.5, 0.3, 0.2], 7) == [4, 2, 1]
    assert sum(largest_remainders([1, 1, 1], 10)) == 10


def test_names_are_unique_in_a_municipality_and_marked_as_demo() -> None:
    practices = generate("demo").practices
    assert len({(p.municipality, p.profession, p.name) for p in practices}) == len(practices) == 400
    assert all(p.name.endswith(" (demo)") for p in practices)


def test_identifiers_follow_the_rule_of_the_facts(country: Country) -> None:
    for p in country.practices:
        assert re.fullmatch(rf"D{p.region}{LETTERS[p.profession]}\d{{4}}", p.id)
    assert len({p.id for p in country.practices}) == 40


def test_every_profession_is_there_and_sends_data(country: Country) -> None:
    assert {p.profession for p in country.practices if p.sends_data} == set(LETTERS)


def test_clusters_lie_in_the_region_and_profession_of_their_practices(country: Country) -> None:
    clusters = {c.id: c for c in country.clusters}
    for p in country.practices:
        if p.cluster is not None:
            assert (clusters[p.cluster].region, clusters[p.cluster].profession) == (p.region, p.profession)
    assert {p.profession for p in country.practices if p.cluster} == {"general_practice", "chiropractic"}


def test_the_present_country_has_the_known_number_of_doctors_clusters() -> None:
    facts = load_facts()
    clusters = build_clusters(facts, practice_counts(facts, "nutid"))
    by_region = Counter(c.region for c in clusters if c.profession == "general_practice")
    assert by_region == {r: facts["clusters"]["by_region"][r] for r in by_region}
    assert sum(by_region.values()) == facts["clusters"]["general_practice_2019"]["count"]


def test_one_practice_more_changes_no_other() -> None:
    facts = load_facts()
    counts = practice_counts(facts, "lille")
    municipalities, clusters = build_municipalities(facts), build_clusters(facts, counts)
    before = build_practices(facts, "lille", 1, counts, municipalities, clusters)
    counts[("general_practice", "1082")] += 1
    after = build_practices(facts, "lille", 1, counts, municipalities, clusters)
    assert [p for p in after if p.id != "D1082AP0003"] == before


def test_clinicians_are_shown_by_role_and_number() -> None:
    assert clinician_labels(load_facts(), "physiotherapy", 2) == ["Fysioterapeut 1", "Fysioterapeut 2"]
    assert clinician_labels(load_facts(), "general_practice", 1, "en") == ["GP 1"]


def test_sizes_are_those_of_the_facts_and_others_are_refused() -> None:
    assert {s["id"] for s in load_facts()["generator"]["sizes"]} == set(SIZES)
    with pytest.raises(ValueError, match="unknown size 'stor'"):
        generate("stor")


def test_every_planted_indicator_has_a_true_value_in_the_facts() -> None:
    facts = load_facts()
    table = facts["variation"]["true_value"]
    known = {k for part in ("proportions", "rates_per_1000", "median_days", "mean_change", "gaps") for k in table[part]}
    for item in facts["stories"]["items"]:
        plants = [item["plant"], *(v for v in item["plant"].values() if isinstance(v, dict))]
        assert {p["indicator"] for p in plants if "indicator" in p} <= known
