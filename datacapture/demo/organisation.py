"""Regions, municipalities, clusters and practices of the demo country."""

from dataclasses import replace
from typing import Any

import numpy as np

from datacapture.demo.facts import Facts
from datacapture.demo.naming import practice_name
from datacapture.demo.records import Cluster, Municipality, Practice, Region
from datacapture.demo.stories import story_plant, story_slots
from datacapture.demo.streams import spread, stream
from practices.denmark import denmark

LETTERS = {
    "general_practice": "AP", "specialist_practice": "SP", "physiotherapy": "FY", "chiropractic": "KI",
    "psychology": "PS", "dentistry": "TA", "podiatry": "FO", "dental_hygiene": "TP",
}  # fmt: skip
# Share of a list with diabetes, of a year's courses with coded low back pain, and of a year's psychology
# patients who finish: give these stories about their number of patients.
_COUNTED_SHARE = {"S01.low": 0.0595, "S01.high": 0.42, "S09": 0.9}
# Story S01 compares ten physiotherapy clinics, each with twenty people with low back pain.
_FEWEST = {("mellem", "physiotherapy"): 95}
# Practices of a profession that a region keeps as long as another has more.
_KEPT = {"lille": 1}
_KEPT_ELSEWHERE = 2
# Eight professions at full activity would drown the demo: only general practice runs at full scale there.
_SCALE = {
    "lille": {"specialist_practice": 0.05, "dentistry": 0.04, "dental_hygiene": 0.12, "physiotherapy": 0.08,
              "psychology": 0.6, "other": 0.2},
    "mellem": {"specialist_practice": 0.08, "dentistry": 0.06, "dental_hygiene": 0.2, "psychology": 1.0,
               "physiotherapy": 0.3, "other": 0.15},
    "demo": {"specialist_practice": 0.12, "dentistry": 0.15, "dental_hygiene": 0.2, "psychology": 1.0, "other": 0.25},
    "nutid": {"other": 1.0},
    "fuld_2012": {"other": 1.0},
}  # fmt: skip


def build_regions() -> list[Region]:
    """Return the five regions and their successors (Region Østdanmark from 2027, code unknown)."""
    return [Region(r.key, r.code, r.da, r.en, r.valid_from, r.valid_to, r.successor) for r in denmark().regions]


def build_municipalities(facts: Facts) -> list[Municipality]:
    """Return the 98 municipalities, populations scaled to the regional totals."""
    people_k = {i["code"]: i["population_k"] for i in facts["municipalities"]["items"]}
    towns = denmark().municipalities
    scaled: dict[str, int] = {}
    for region in facts["regions"]["items"]:
        mine = [town.code for town in towns if town.region == region["code"]]
        people = largest_remainders([people_k[code] for code in mine], region["population"])
        scaled.update(zip(mine, people, strict=True))
    return [Municipality(town.code, town.name, town.region, scaled[town.code]) for town in towns]


def largest_remainders(shares: list[float], total: int) -> list[int]:
    """Share out `total` in proportion to `shares` (any positive scale) in whole numbers."""
    exact = np.asarray(shares, dtype=float) / sum(shares) * total
    counts = np.floor(exact).astype(int)
    for i in np.argsort(counts - exact, kind="stable")[: total - counts.sum()]:
        counts[i] += 1
    return [int(c) for c in counts]


def practice_counts(facts: Facts, size: str) -> dict[tuple[str, str], int]:
    """Return practices per (profession, region); every planted story gets its practice."""
    rule = next(s for s in facts["generator"]["sizes"] if s["id"] == size)
    split = {p: facts["practices"][rule["split"]][p] for p in LETTERS}
    national = largest_remainders(list(split.values()), rule["practices"])
    slots = story_slots(facts, size)
    counts: dict[tuple[str, str], int] = {}
    for profession, total in zip(LETTERS, national, strict=True):
        shares = facts["practices"]["region_shares"][profession]
        columns = facts["practices"]["region_shares"]["columns"]
        row = largest_remainders(shares, total)
        needed = [max(len(slots.get((profession, code), ())), _least(size, profession, code)) for code in columns]
        while any(n < need for n, need in zip(row, needed, strict=True)):
            short = next(i for i, need in enumerate(needed) if row[i] < need)
            able = [i for i in range(len(row)) if row[i] > needed[i]]
            spare = max(able, key=lambda i: (row[i] > _KEPT.get(size, _KEPT_ELSEWHERE), row[i] - shares[i] * total))
            row[short], row[spare] = row[short] + 1, row[spare] - 1
        counts.update({(profession, code): n for code, n in zip(columns, row, strict=True)})
    return counts


def _least(size: str, profession: str, region: str) -> int:
    """Return the practices story S10 needs in its region, beside those with stories of their own."""
    plant = story_plant("S10")
    here = (plant["profession"], plant["region"]) == (profession, region)
    return plant["practices_at_least"] if here and size != "lille" else 0


def build_clusters(facts: Facts, counts: dict[tuple[str, str], int]) -> list[Cluster]:
    """Return the clusters of doctors and chiropractors, as many as the size calls for (at least one a region)."""
    label = facts["names"]["cluster_label"]
    names = {r.key: {"da": r.da, "en": r.en} for r in denmark().regions}
    present = facts["practices"]["present_estimate"]
    chiropractic = facts["clusters"]["chiropractic_2025"]["count"]
    national = dict(facts["clusters"]["by_region"])
    clusters = []
    for (profession, region), practices in counts.items():
        if profession == "general_practice":
            wanted = national[region] * sum(
                n for (p, _), n in counts.items() if p == profession
            ) / present[profession]  # fmt: skip
        elif profession == "chiropractic":
            wanted = chiropractic * practices / present[profession]
        else:
            continue
        for number in range(1, max(1, round(wanted)) + 1):
            texts = [label[k].format(region=names[region][k], number=number, nummer=number) for k in ("da", "en")]
            clusters.append(Cluster(f"K{region}{LETTERS[profession]}{number:02d}", profession, region, texts[0], texts[1]))
    return clusters


def _cluster_of(
    seed: int,
    practice: str,
    municipality: Municipality,
    ordered: list[Municipality],
    clusters: list[Cluster],
    cut: set[str],
) -> str | None:
    """Return the cluster that covers the municipality; the five largest cities are cut into parts."""
    rng = stream(seed, practice, "cluster")
    outside, place = rng.random(2)
    if not clusters or outside < 0.02:
        return None
    total = sum(m.population for m in ordered)
    before = sum(m.population for m in ordered if m.code < municipality.code)
    position = before + municipality.population * (place if municipality.code in cut else 0.5)
    return clusters[min(int(position / total * len(clusters)), len(clusters) - 1)].id


def _band(table: dict[str, Any], u: float) -> tuple[str, float]:
    """Return the key of a {key: share} table at cumulative position u, and the position inside it (0-1)."""
    shares = {k: v for k, v in table.items() if isinstance(v, int | float)}
    u *= sum(shares.values())
    for key, share in shares.items():
        if u < share or key == list(shares)[-1]:
            return key, min(max(u / share, 0.0), 0.999)
        u -= share
    raise ValueError("empty share table")


def _clinicians(facts: Facts, size: str, profession: str, region: str, u: float) -> int:
    key = "general_practice_2012" if size == "fuld_2012" and profession == "general_practice" else profession
    table = {k: v for k, v in facts["practices"]["clinicians_per_practice"][key].items() if k[0].isdigit()}
    if key == "general_practice":
        solo = facts["practices"]["solo_share_general_practice_by_region"][region]
        rest = 1 - table["1"]
        table = {k: solo if k == "1" else v * (1 - solo) / rest for k, v in table.items()}
    band, inside = _band(table, u)
    low, _, high = band.partition("-")
    return int(low) + int(inside * (int(high or low) - int(low) + 1))


def _patients(facts: Facts, size: str, practice: Practice, rng: np.random.Generator) -> int:
    """Return list size, or unique patients a year at the activity scale of the size."""
    profession, clinicians, z = practice.profession, practice.clinicians, float(rng.standard_normal())
    if profession == "general_practice":
        rule, use = facts["practices"]["list_size"]["per_full_time_gp"], facts["practices"]["list_size"]["use"]
        per_gp = np.clip(use[practice.region] + rule["sd"] / np.sqrt(clinicians) * z, rule["min"], rule["max"])
        return round(float(per_gp) * clinicians)
    rule = facts["practices"]["patients_per_year"][profession]
    scale = _SCALE[size].get(profession, _SCALE[size]["other"])
    if "per_clinic" in rule:
        yearly = rule["per_clinic"] * np.exp(0.3 * z)
    else:
        yearly = rule["per_clinician_median"] * clinicians * np.exp(rule.get("log_sd", 0.3) * z)
    return max(_FEWEST.get((size, profession), 12), round(float(yearly) * scale))


def _speciality(facts: Facts, seed: int, practice: Practice, plant: dict[str, Any]) -> str | None:
    if practice.profession != "specialist_practice":
        return None
    if "speciality" in plant:
        return str(plant["speciality"])
    # Region 1083 always has an eye clinic: the eye pathway (story S11) lives there.
    if practice.region == "1083" and practice.ordinal == 1:
        return "eye"
    u = spread(seed, practice.region, "speciality", practice.ordinal)
    return _band(facts["practices"]["specialities"], u)[0]


def _practice(facts: Facts, size: str, seed: int, profession: str, region: str, ordinal: int) -> Practice:
    """Return a practice without municipality, cluster and name."""
    slots = story_slots(facts, size).get((profession, region), [])
    stories = tuple(slots[ordinal - 1 : ordinal])
    plant = story_plant(stories[0]) if stories else {}
    pid = f"D{region}{LETTERS[profession]}{ordinal:04d}"
    u = spread(seed, f"{region}|{profession}", "clinicians", ordinal)
    sending = spread(seed, f"{region}|{profession}", "sends", ordinal)
    quality = facts["data_quality"]
    late = quality["arrival_delay_days"]["late_practices"]["share"]
    draft = Practice(
        pid, profession, region, ordinal, "", "", None,
        plant.get("clinicians") or _clinicians(facts, size, profession, region, u), 0, None,
        # The first practice of a region and profession always sends, so that no indicator is without data.
        ordinal == 1 or bool(stories) or sending < quality["practices_sending_data"][profession],
        not stories and float(stream(seed, pid, "late").random()) < late, stories,
    )  # fmt: skip
    patients = _patients(facts, size, draft, stream(seed, pid, "patients"))
    share = _COUNTED_SHARE.get(stories[0]) if stories else None
    if share is not None:
        patients = round(plant["denominator"] / share)
    return replace(
        draft, patients=plant.get("list", patients), speciality=_speciality(facts, seed, draft, plant), **_lifetime(plant)
    )


def _lifetime(plant: dict[str, Any]) -> dict[str, str]:
    """Return when a practice of a closing or merging story begins or ends; nothing for the others."""
    if "ends_before" in plant:
        return {"valid_to": str(np.datetime64(plant["ends_before"]) - 1)}
    return {name: plant[name] for name in ("valid_from", "valid_to") if name in plant}


def build_practices(
    facts: Facts,
    size: str,
    seed: int,
    counts: dict[tuple[str, str], int],
    municipalities: list[Municipality],
    clusters: list[Cluster],
) -> list[Practice]:
    """Return all practices, ordered by profession, region and number."""
    by_region = {
        r: sorted((m for m in municipalities if m.region == r), key=lambda m: m.code) for r in {m.region for m in municipalities}
    }
    cut = {m.code for m in sorted(municipalities, key=lambda m: -m.population)[:5]}
    taken: dict[str, set[str]] = {}
    practices = []
    for (profession, region), count in counts.items():
        mine = by_region[region]
        near = [c for c in clusters if c.profession == profession and c.region == region]
        weights = np.array([m.population for m in mine]) / sum(m.population for m in mine)
        for ordinal in range(1, count + 1):
            draft = _practice(facts, size, seed, profession, region, ordinal)
            home = mine[stream(seed, draft.id, "municipality").choice(len(mine), p=weights)]
            cluster = _cluster_of(seed, draft.id, home, mine, near, cut)
            # Heads differ between professions, so names are kept apart per municipality and profession.
            used = taken.setdefault(f"{home.code}|{profession}", set())
            name = practice_name(facts, seed, draft.id, profession, draft.speciality, draft.clinicians, used)
            practices.append(replace(draft, name=name, municipality=home.code, cluster=cluster))
    return practices
