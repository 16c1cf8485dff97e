"""What a standards library may not say: unknown references, numbers given twice, requirements that cannot be met."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from accreditation.library.schema import (
    METHODS,
    OWN_EVIDENCE,
    PROFESSIONS,
    WRITTEN,
    Indicator,
    Standard,
    Vocabulary,
)
from kip.core.yaml_source import Loc, Source

EDITORIAL = frozenset({"how_to_show", "frequent_findings", "minutes"})
_VOCABULARY = {"assessed_by": METHODS, "written_requirement": WRITTEN, "own_evidence": OWN_EVIDENCE}


class Check:
    """Checks entries in the order of the file; the first fault is raised as DefinitionError with its line."""

    def __init__(self, source: Source, vocabulary: Vocabulary, sources: Collection[str]) -> None:
        self.source, self.vocabulary, self.sources = source, vocabulary, sources
        self.themes = [theme.code for theme in vocabulary.themes]
        self.numbers: set[str] = set()

    def vocabulary_is_known(self) -> None:
        """The file gives words to exactly the codes KIP's code relies on, and each theme once."""
        for name, codes in _VOCABULARY.items():
            given = getattr(self.vocabulary, name)
            for code in given:
                if code not in codes:
                    raise self.source.error(("vocab", name, code), f"{code} is not a code KIP knows under {name}")
            for code in codes:
                if code not in given:
                    raise self.source.error(("vocab", name), f"{name} lacks the words for {code}")
        for place, code in enumerate(self.themes):
            if code in self.themes[:place]:
                raise self.source.error(("vocab", "themes", place), f"the theme {code} is given twice")

    def standard(self, standard: Standard, loc: Loc, *, generic: bool) -> None:
        """One standard and its indicators."""
        who = f"the standard {standard.number}"
        self._once(standard.number, (*loc, "number"), "standard")
        self._known((standard.theme,), self.themes, (*loc, "theme"), who, "theme")
        self._known(standard.applies_to, PROFESSIONS, (*loc, "applies_to"), who, "profession")
        everyone = set(standard.applies_to) == set(PROFESSIONS)
        if generic and not everyone:
            raise self.source.error((*loc, "applies_to"), f"{who} is in the generic core and must apply to every profession")
        if not generic and (everyone or not standard.applies_to):
            raise self.source.error((*loc, "applies_to"), f"{who} is in a module and must apply to some professions but not all")
        self._known(standard.editorial_fields, EDITORIAL, (*loc, "editorial_fields"), who, "editorial field")
        for name in ("sources", "frequent_findings_sources"):
            self._known(getattr(standard, name), self.sources, (*loc, name), who, "source")
        if not standard.indicators:
            raise self.source.error((*loc, "indicators"), f"{who} has no indicators")
        for place, indicator in enumerate(standard.indicators):
            self._indicator(indicator, standard, (*loc, "indicators", place))

    def _indicator(self, indicator: Indicator, standard: Standard, loc: Loc) -> None:
        who = f"the indicator {indicator.number}"
        self._once(indicator.number, (*loc, "number"), "indicator")
        if not indicator.number.startswith(f"{standard.number}."):
            raise self.source.error((*loc, "number"), f"{who} stands under {standard.number}, so its number must begin with it")
        self._known(indicator.assessed_by, METHODS, (*loc, "assessed_by"), who, "way of assessing")
        self._known(indicator.own_evidence, OWN_EVIDENCE, (*loc, "own_evidence"), who, "evidence of our own")
        self._known(indicator.sources, self.sources, (*loc, "sources"), who, "source")
        self._written(indicator, loc, who)
        self._groups(indicator, loc, who)
        place = (*loc, "normally_not_relevant_for")
        self._known(indicator.normally_not_relevant_for, PROFESSIONS, place, who, "profession")
        for profession in indicator.normally_not_relevant_for:
            if profession not in standard.applies_to:
                raise self.source.error(place, f"{who} names {profession}, but {standard.number} does not apply to it")
        if indicator.normally_not_relevant_for and not indicator.may_be_not_relevant:
            raise self.source.error(place, f"{who} is normally not relevant for some, so may_be_not_relevant must be true")

    def _written(self, indicator: Indicator, loc: Loc, who: str) -> None:
        if indicator.written_requirement is None:
            return
        place = (*loc, "written_requirement")
        self._known((indicator.written_requirement,), WRITTEN, place, who, "written requirement")
        if "document" not in indicator.assessed_by:
            raise self.source.error(place, f"{who} demands something written, so it must also be assessed by document")

    def _groups(self, indicator: Indicator, loc: Loc, who: str) -> None:
        most = len(self.vocabulary.staff_groups)
        if indicator.least_staff_groups > most:
            raise self.source.error((*loc, "least_staff_groups"), f"{who} asks for more staff groups than the {most} there are")

    def _once(self, number: str, loc: Loc, kind: str) -> None:
        if number in self.numbers:
            raise self.source.error(loc, f"the {kind} number {number} is given twice")
        self.numbers.add(number)

    def _known(self, names: Iterable[str], known: Collection[str], loc: Loc, who: str, kind: str) -> None:
        seen: set[str] = set()
        for name in names:
            if name not in known:
                raise self.source.error(loc, f"{who} names an unknown {kind} {name}")
            if name in seen:
                raise self.source.error(loc, f"{who} names the {kind} {name} twice")
            seen.add(name)
