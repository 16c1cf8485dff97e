"""Brings the library's files into the database: editions, rule sets and programmes. Call in the worker's scope.

What is stored is never edited: a new version makes new rows and a mapping, and running surveys keep what they began with.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction

from accreditation import timeline
from accreditation.enums import MappingKind
from accreditation.library import Edition, Library
from accreditation.library import EditionMapping as Mapped
from accreditation.models import EditionMapping, Programme, RuleSet, Standard, StandardIndicator, StandardsEdition
from accreditation.programmes import Kind, kinds
from accreditation.rules import RULE_SETS
from kip.core import audit
from practices.enums import Profession


class ChangedWithoutVersion(Exception):
    """A version that is stored says something else by now: it needs a higher number."""


@dataclass
class Stored:
    """What a run has made; empty when everything was there."""

    editions: list[str] = field(default_factory=list)
    rule_sets: list[str] = field(default_factory=list)
    programmes: list[str] = field(default_factory=list)


@transaction.atomic
def store(library: Library, *, professions: Iterable[str] = tuple(Profession)) -> Stored:
    """Store a library's editions, all rule sets, and one open programme for each kind and profession; idempotent."""
    made = Stored()
    for code, version in RULE_SETS:
        store_rule_set(code, version, made)
    for profession in professions:
        edition = store_edition(library.edition_for(profession), made)
        for kind in kinds().values():
            open_programme(kind, edition, made)
    if made.editions or made.rule_sets or made.programmes:
        audit.record("stored_standards", kind="standards", object_id=f"{library.head.id} {library.head.version}")
    return made


def store_edition(edition: Edition, made: Stored) -> StandardsEdition:
    """Raises ChangedWithoutVersion."""
    found = StandardsEdition.objects.filter(
        library=edition.library, profession=edition.profession, version=edition.version
    ).first()
    if found is not None:
        if found.digest != edition.digest:
            raise ChangedWithoutVersion(str(found))
        return found
    stored = StandardsEdition.objects.create(
        library=edition.library, version=edition.version, edition=edition.edition, profession=edition.profession,
        issued_on=edition.issued, content=edition.content(), digest=edition.digest,
    )  # fmt: skip
    place = 0
    for position, standard in enumerate(edition.standards, 1):
        row = Standard.objects.create(
            edition=stored, number=standard.number, position=position, theme=standard.theme, title_da=standard.title.da,
            title_en=standard.title.en, purpose_da=standard.purpose.da, purpose_en=standard.purpose.en,
        )  # fmt: skip
        rows = []
        for indicator in standard.indicators:
            place += 1
            rows.append(
                StandardIndicator(
                    edition=stored, standard=row, number=indicator.number, position=place, summary_da=indicator.summary.da,
                    summary_en=indicator.summary.en, critical=indicator.critical, assessed_by=list(indicator.assessed_by),
                    may_be_not_relevant=indicator.may_be_not_relevant, written_requirement=indicator.written_requirement or "",
                    minutes=indicator.minutes,
                )
            )  # fmt: skip
        StandardIndicator.objects.bulk_create(rows)
    made.editions.append(str(stored))
    return stored


def store_rule_set(code: str, version: int, made: Stored) -> RuleSet:
    """Raises ChangedWithoutVersion."""
    rules = RULE_SETS[code, version]
    found, fresh = RuleSet.objects.get_or_create(code=code, version=version, defaults={"digest": rules.digest})
    if found.digest != rules.digest:
        raise ChangedWithoutVersion(str(found))
    if fresh:
        made.rule_sets.append(str(found))
    return found


def open_programme(kind: Kind, edition: StandardsEdition, made: Stored) -> Programme:
    """The open programme of a kind and a profession; a former one, with another edition or other rules, is retired."""
    rules = RuleSet.objects.get(code=kind.rule_set, version=kind.rule_set_version)
    wanted = {
        "kind": kind.code,
        "profession": edition.profession,
        "edition": edition,
        "rule_set": rules,
        "kind_digest": kind.digest,
    }
    found = Programme.objects.filter(**wanted).first()
    if found is not None:
        return found
    Programme.objects.filter(kind=kind.code, profession=edition.profession, retired_at=None).update(retired_at=timeline.now())
    opened = Programme.objects.create(**wanted, kind_content=kind.content())
    made.programmes.append(str(opened))
    return opened


@transaction.atomic
def store_mapping(mapped: Mapped, profession: str) -> int:
    """What became of each indicator of one profession's edition; returns how many rows are new."""
    old, new = (
        StandardsEdition.objects.get(library=mapped.library, profession=profession, version=version)
        for version in (mapped.from_version, mapped.to_version)
    )
    olds, news = ({row.number: row for row in edition.indicators.all()} for edition in (old, new))
    rows = [
        EditionMapping(
            old_edition=old, new_edition=new, old=olds[outcome.old], new=news[number] if number else None, kind=outcome.outcome,
            why_da=outcome.why.da if outcome.why else "", why_en=outcome.why.en if outcome.why else "",
        )
        for outcome in mapped.outcomes
        if outcome.old in olds
        for number in (outcome.new or (None,))
        if number is None or number in news
    ]  # fmt: skip
    rows += [
        EditionMapping(old_edition=old, new_edition=new, new=news[number], kind=MappingKind.ADDED)
        for number in mapped.added
        if number in news
    ]
    known = EditionMapping.objects.filter(old_edition=old, new_edition=new).count()
    if not known:
        EditionMapping.objects.bulk_create(rows)
    return 0 if known else len(rows)
