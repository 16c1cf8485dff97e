"""A definition that has been replaced is counted beside its successor for two releases, so that the step can be seen.

The rule: a version runs on through the quarter in which it was retired. That is the release that is being counted then,
which holds the new version for the first time, and the one after it. Only the version before the running one, only where
a published quarter has shown it, and only while both measure on the same scale. Call in the worker's scope.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone

from datacapture.engine.catalogue import CodeSet
from datacapture.engine.library import Library, restore
from datacapture.enums import AreaLevel, ReleaseKind
from datacapture.models import AreaResult, CodeSetMember, EventCode, IndicatorVersion
from kip.core.workdays import add_months

SCALE = ("type", "per", "period")  # a figure before and after must be told in the same unit


def quarter_of(day: date) -> tuple[date, date]:
    """First and last day of the quarter that a day lies in."""
    first = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
    return first, add_months(first, 3) - timedelta(days=1)


def former_versions(running: Mapping[str, IndicatorVersion], month_end: date) -> dict[str, IndicatorVersion]:
    """By the name under which it is counted: what still runs beside its successor in a calculation up to month_end."""
    seen = AreaResult.objects.filter(
        version=OuterRef("pk"), level=AreaLevel.NATION, release__kind=ReleaseKind.QUARTER, release__published_at__isnull=False
    )
    retired = IndicatorVersion.objects.filter(
        indicator__in=[version.indicator_id for version in running.values()], retired_at__isnull=False
    )
    newest: dict[str, IndicatorVersion] = {}
    for version in retired.select_related("indicator").order_by("number"):
        newest[version.indicator.code] = version
    wanted = {code: version for code, version in newest.items() if _beside(version, running[code], month_end)}
    read = set(retired.filter(Exists(seen), pk__in=[version.pk for version in wanted.values()]).values_list("pk", flat=True))
    return {f"{code}-V{version.number}": version for code, version in wanted.items() if version.pk in read}


def _beside(former: IndicatorVersion, running: IndicatorVersion, month_end: date) -> bool:
    if former.retired_at is None or quarter_of(timezone.localdate(former.retired_at))[1] < month_end:
        return False
    old, new = former.definition.get("indicator", {}), running.definition.get("indicator", {})
    return bool(old) and all(old.get(name) == new.get(name) for name in SCALE)


def laid_beside(library: Library, former: Mapping[str, IndicatorVersion]) -> Library:
    """The library with former versions under names of their own, each with the clauses and code sets of its time.

    What can no longer be read is left out; the names in the library tell which could.
    """
    defines, indicators, sets = dict(library.defines), dict(library.indicators), dict(library.sets)
    for name, version in former.items():
        try:
            found = _read(version.definition, name, library)
        except (KeyError, ValueError):
            continue
        defines, indicators = {**found.defines, **defines}, {**found.indicators, **indicators}
        sets = {**found.sets, **sets}
    return Library(defines, indicators, sets)


def _read(content: Mapping[str, Any], name: str, library: Library) -> Library:
    """A stored version whose indicator, clauses and parts stand under the new name, and whose sets do where they differ."""
    changed = {key: _old_name(key, raw) for key, raw in content["sets"].items() if not _same(library.sets.get(key), raw)}
    own = restore({
        "indicator": _walked(content["indicator"], name, changed),
        "clauses": {f"{name}:{key}": _walked(raw, name, changed) for key, raw in content["clauses"].items()},
        "sets": {changed.get(key, key): raw for key, raw in content["sets"].items()},
        "components": {},
    })  # fmt: skip
    (indicator,) = own.indicators.values()
    update: dict[str, Any] = {"id": name}
    if indicator.components is not None:
        update["components"] = [f"{name}-{code}" for code in indicator.components]
    if indicator.of is not None:
        update["of"] = f"{name}-{indicator.of}"
    defines, indicators, sets = dict(own.defines), {name: indicator.model_copy(update=update)}, dict(own.sets)
    for code, inner in content["components"].items():
        part = _read(inner, f"{name}-{code}", library)
        defines, indicators, sets = {**defines, **part.defines}, {**indicators, **part.indicators}, {**sets, **part.sets}
    return Library(defines, indicators, sets)


def _walked(node: Any, name: str, changed: Mapping[str, str]) -> Any:
    """Plain data with other names for clauses (`ref`) and sets (`codes`)."""
    if isinstance(node, Mapping):
        found = {key: _walked(value, name, changed) for key, value in node.items()}
        if isinstance(node.get("ref"), str):
            found["ref"] = f"{name}:{node['ref']}"
        if "codes" in node:
            codes = [node["codes"]] if isinstance(node["codes"], str) else node["codes"]
            found["codes"] = [changed.get(code, code) for code in codes]
        return found
    return [_walked(value, name, changed) for value in node] if isinstance(node, list) else node


def _same(known: CodeSet | None, stored: Mapping[str, Any]) -> bool:
    return known is not None and _rules(known.rules) == _rules(stored["rules"])


def _rules(rules: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    return {system: sorted(codes) for system, codes in rules.items()}


def _old_name(key: str, raw: Mapping[str, Any]) -> str:
    digest = sha256(json.dumps(_rules(raw["rules"]), sort_keys=True).encode()).hexdigest()
    return f"{key[:30]}@{digest[:8]}"


def keep_members(library: Library) -> None:
    """The codes of sets that only former versions use: deliveries and new editions of the files know nothing of them."""
    old = {name: entry for name, entry in library.sets.items() if "@" in name}
    stored = set(CodeSetMember.objects.filter(set_name__contains="@").values_list("set_name", "code_id"))
    wanted = {
        (name, pk)
        for pk, system, code in (EventCode.objects.values_list("pk", "system", "code") if old else ())
        for name, entry in old.items()
        if entry.holds(system, code)
    }
    CodeSetMember.objects.bulk_create(
        (CodeSetMember(set_name=name, code_id=pk) for name, pk in sorted(wanted - stored)), batch_size=2000, ignore_conflicts=True
    )
