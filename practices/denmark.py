"""The country's regions and municipalities: reference/denmark.yaml, read once and written where they are missing."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

import yaml
from django.db import transaction

from kip.core import audit
from practices.models import Municipality, Region


@dataclass(frozen=True)
class RegionFact:
    """A region; `code` is None while the official code is unknown, then `key` stands in its place. Dates are ISO days."""

    key: str
    code: str | None
    da: str
    en: str
    valid_from: str
    valid_to: str | None
    successor: str | None


@dataclass(frozen=True)
class MunicipalityFact:
    """A municipality with the key of its region."""

    code: str
    name: str
    region: str


@dataclass(frozen=True)
class Denmark:
    regions: tuple[RegionFact, ...]
    municipalities: tuple[MunicipalityFact, ...]


@cache
def denmark() -> Denmark:
    """The reference file."""
    data = yaml.safe_load((files("practices") / "reference" / "denmark.yaml").read_text("utf-8"))
    regions = tuple(RegionFact(**item) for item in data["regions"])
    return Denmark(regions, tuple(MunicipalityFact(**item) for item in data["municipalities"]))


@transaction.atomic
def load_denmark() -> tuple[int, int]:
    """Write what is missing and set names, dates and successors; returns how many regions and municipalities are new.

    A municipality that is stored keeps its region: it moves by a decision, not by a file. Call in the worker's scope.
    """
    facts = denmark()
    made_regions = [_region(item) for item in facts.regions]
    stored = {region.code: region for region in Region.objects.all()}
    by_key = {item.key: stored[item.code or item.key] for item in facts.regions}
    for item in facts.regions:
        if item.successor:
            Region.objects.filter(pk=by_key[item.key].pk).update(successor=by_key[item.successor])
    known = set(Municipality.objects.values_list("code", flat=True))
    fresh = [item for item in facts.municipalities if item.code not in known]
    Municipality.objects.bulk_create(Municipality(code=item.code, name=item.name, region=by_key[item.region]) for item in fresh)
    if any(made_regions) or fresh:
        audit.record("loaded_regions", kind="region", object_id=len(facts.regions))
    return sum(made_regions), len(fresh)


def _region(item: RegionFact) -> bool:
    names = {"name_da": item.da, "name_en": item.en}
    dates = {"valid_from": date.fromisoformat(item.valid_from), "valid_to": item.valid_to and date.fromisoformat(item.valid_to)}
    _stored, made = Region.objects.update_or_create(code=item.code or item.key, defaults={**names, **dates})
    return made
