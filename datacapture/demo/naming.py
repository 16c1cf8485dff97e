"""Names of synthetic practices: head + place + ' (demo)'. Source: `names` in demo_country.yaml."""

from datacapture.demo.facts import Facts
from datacapture.demo.streams import stream


def _heads(facts: Facts, profession: str, speciality: str | None, clinicians: int) -> list[str]:
    heads = facts["names"]["heads"][profession]
    if speciality is not None:
        return [heads[speciality]]
    plural = facts["names"]["plural_heads_need_clinicians"]
    return [h for h in heads if h not in plural["heads"] or clinicians >= plural["min"]]


def practice_name(
    facts: Facts,
    seed: int,
    practice: str,
    profession: str,
    speciality: str | None,
    clinicians: int,
    taken: set[str],
) -> str:
    """Return a name not in `taken` (the names already used in the municipality) and add it there."""
    rng = stream(seed, practice, "name")
    places = [f"{word} {place}" for word, items in facts["names"]["places"].items() for place in items]
    heads = _heads(facts, profession, speciality, clinicians)
    stem = f"{heads[rng.integers(len(heads))]} {places[rng.integers(len(places))]}"
    suffix = facts["names"]["suffix"]["da"]
    name, number = stem + suffix, 2
    while name in taken:
        name, number = f"{stem} {number}{suffix}", number + 1
    taken.add(name)
    return name


def clinician_labels(facts: Facts, profession: str, clinicians: int, language: str = "da") -> list[str]:
    """Return the labels of the clinicians of a practice, e.g. 'Læge 2'; no person names exist."""
    title = facts["names"]["clinician_label"]["titles"][profession][0 if language == "da" else 1]
    return [f"{title} {number}" for number in range(1, clinicians + 1)]
