"""What all rule sets share: the scale, completeness (R0), the displayed rating of a standard (R1), carrying forward (R4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Annotated

from pydantic import BeforeValidator, Field

from accreditation.library.edition import digest_of
from accreditation.library.words import Codes, Words, as_tuple
from accreditation.rules.shapes import Case, Decision, Rated, RuleError, Step
from kip.core.yaml_source import Strict


class Named(Strict):
    """A code with its words."""

    code: str
    da: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]


NamedCodes = Annotated[tuple[Named, ...], BeforeValidator(as_tuple), Field(min_length=1)]


class Scale(Strict):
    """Base of the rule sets: read from rule_sets.yaml, immutable."""

    code: str
    version: Annotated[int, Field(ge=1)]
    family: str
    title: Words
    rating_words: Annotated[NamedCodes, Field(alias="ratings")]
    outside_words: Annotated[Named | None, Field(alias="outside")] = None
    status_words: Annotated[NamedCodes, Field(alias="statuses")]
    pass_codes: Annotated[Codes, Field(alias="passes", min_length=1)]

    @property
    def ratings(self) -> tuple[str, ...]:
        """Codes of the scale, best first."""
        return tuple(named.code for named in self.rating_words)

    @property
    def outside(self) -> str | None:
        """The code of what does not count, or None when everything counts."""
        return self.outside_words.code if self.outside_words else None

    @property
    def statuses(self) -> tuple[str, ...]:
        """Codes of the statuses, best first."""
        return tuple(named.code for named in self.status_words)

    @property
    def passes(self) -> frozenset[str]:
        """Ratings that leave nothing open."""
        return frozenset(self.pass_codes)

    @cached_property
    def words(self) -> Mapping[str, Words]:
        """Words of all ratings and statuses by code."""
        outside = (self.outside_words,) if self.outside_words else ()
        return {named.code: Words(da=named.da, en=named.en) for named in (*self.rating_words, *outside, *self.status_words)}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the rule set's data; a version in use never changes it."""
        return digest_of(self.model_dump(mode="json", by_alias=True))

    def rank(self, rating: str) -> int:
        """Place on the scale, 0 is the poorest."""
        return len(self.ratings) - 1 - self.ratings.index(rating)

    def standard_rating(self, ratings: Iterable[str]) -> str | None:
        """R1: the poorest relevant rating; all outside the scale gives that code. Never fed into a status."""
        relevant = [rating for rating in ratings if rating != self.outside]
        return min(relevant, key=self.rank) if relevant else self.outside

    def complete(self, rated: Iterable[Rated]) -> None:
        """R0: every indicator rated once on the scale, and something relevant; raises RuleError."""
        rated = tuple(rated)
        _once(rated)
        _refuse("unrated", [one.number for one in rated if one.rating is None])
        _refuse("unknown_rating", [one.number for one in rated if one.rating not in (*self.ratings, self.outside)])
        if not any(self.counts(one) for one in rated):
            raise RuleError("nothing_relevant")

    def counts(self, one: Rated) -> bool:
        """True when the indicator is relevant."""
        return one.rating != self.outside

    def is_open(self, one: Rated) -> bool:
        """True when a relevant indicator is below the passing ratings."""
        return self.counts(one) and one.rating not in self.passes

    def again(self, case: Case, allowed: Iterable[str]) -> tuple[Rated, ...]:
        """R4: the new ratings put in place of the old, everything else unchanged; raises RuleError."""
        new = {one.number: one for one in case.again or ()}
        _once(case.again or ())
        _refuse("unknown_indicator", [number for number in new if number not in {one.number for one in case.rated}])
        allowed = set(allowed)
        _refuse("not_open", [number for number in new if number not in allowed])
        return tuple(
            replace(one, rating=new[one.number].rating, reason=new[one.number].reason) if one.number in new else one
            for one in case.rated
        )

    def standards(self, rated: Iterable[Rated]) -> dict[str, str]:
        """Displayed rating by standard, in the order of the ratings; indicators without a standard are left out."""
        by_standard: dict[str, list[str]] = {}
        for one in rated:
            if one.standard and one.rating is not None:
                by_standard.setdefault(one.standard, []).append(one.rating)
        return {name: str(self.standard_rating(ratings)) for name, ratings in by_standard.items()}

    def result(
        self, rated: tuple[Rated, ...], *, status: str, route: str, recommendation: str | None,
        steps: Iterable[Step], follow_up: str = "",
    ) -> Decision:  # fmt: skip
        """The decision with all that follows from the ratings."""
        return Decision(
            rule_set=self.code,
            version=self.version,
            status=status,
            route=route,
            recommendation=recommendation,
            open=tuple(one.number for one in rated if self.is_open(one)),
            follow_up=follow_up,
            standards=self.standards(rated),
            rated=rated,
            relevant=sum(self.counts(one) for one in rated),
            steps=tuple(steps),
        )


def _once(rated: Iterable[Rated]) -> None:
    _refuse("twice", [number for number, count in Counter(one.number for one in rated).items() if count > 1])


def _refuse(code: str, numbers: list[str]) -> None:
    if numbers:
        raise RuleError(code, numbers)
