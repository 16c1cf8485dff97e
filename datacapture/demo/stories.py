"""The planted stories of demo_country.yaml: which practices carry them, and with which figures."""

from functools import cache
from typing import Any

from datacapture.demo.facts import Facts, load_facts

# A laboratory and a region: these stories touch every practice of their region and need none of their own.
_REGION_WIDE = ("S05", "S10")
_RECEIVERS = ("first", "second", "third")


def story_item(story: str) -> dict[str, Any]:
    """Return the story's whole entry, e.g. of 'S12'."""
    return next(item for item in load_facts()["stories"]["items"] if item["id"] == story)


def _parts(story: str, plant: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return {tag: plant} of one story; a part is a kind of practice, e.g. 'S07.closing'."""
    if story == "S01":
        return {f"S01.{side}": plant[side] for side in ("low", "high")}
    where = {"profession": plant.get("profession"), "region": plant.get("region")}
    if story == "S07":
        closing = {**where, "list": plant["list"], "clinicians": 1, "valid_to": plant["closes"]}
        receivers = {
            f"S07.{name}": {**where, "list": part["list_before"], "gets": part["gets"], "clinicians": part["clinicians"]}
            for name, part in zip(_RECEIVERS, plant["receivers"], strict=True)
        }
        return {"S07.closing": closing, **receivers}
    if story == "S08":
        begins = plant["merged"]["from"]
        former = {f"S08.{name}": {**where, **plant[name], "ends_before": begins} for name in ("a", "b")}
        return {**former, "S08.merged": {**where, **plant["merged"], "valid_from": begins}}
    if story == "S11":
        doctors = {
            "profession": "general_practice",
            "practices": plant["gp_practices"],
            "list": plant["gp_list"],
            "clinicians": 2,
        }
        eyes = {"profession": "specialist_practice", "practices": plant["eye_practices"], "speciality": "eye"}
        return {"S11.gp": {**where, **doctors}, "S11.eye": {**where, **eyes}}
    return {story: plant}


@cache
def story_plants() -> dict[str, dict[str, Any]]:
    """Return what each part of each story plants, in story order."""
    return {tag: plant for item in load_facts()["stories"]["items"] for tag, plant in _parts(item["id"], item["plant"]).items()}


def story_plant(tag: str) -> dict[str, Any]:
    """Return what a part plants, e.g. of 'S12' or 'S01.low'."""
    return story_plants()[tag]


def story_slots(facts: Facts, size: str) -> dict[tuple[str, str], list[str]]:
    """Return the stories planted in each (profession, region), one entry per practice, in story order."""
    small = {item["id"] for item in facts["stories"]["items"] if item.get("small")}
    slots: dict[tuple[str, str], list[str]] = {}
    for tag, plant in story_plants().items():
        if tag not in _REGION_WIDE and (size != "lille" or tag.partition(".")[0] in small):
            slots.setdefault((plant["profession"], plant["region"]), []).extend([tag] * plant.get("practices", 1))
    return slots
