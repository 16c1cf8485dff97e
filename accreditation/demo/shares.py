"""How many surveys end how: the published shares, or the demo country's own where none are published."""

from collections.abc import Sequence
from dataclasses import dataclass

from datacapture.demo.facts import load_facts


@dataclass(frozen=True)
class Outcome:
    """How one survey ends. first: passed at the first survey; status: the final one."""

    first: bool
    status: str


def apportioned(shares: Sequence[float], total: int) -> list[int]:
    """`total` shared out in whole numbers by largest remainders; the first of equal remainders comes first."""
    exact = [share / sum(shares) * total for share in shares]
    counts = [int(one) for one in exact]
    order = sorted(range(len(exact)), key=lambda place: (counts[place] - exact[place], place))
    for place in order[: total - sum(counts)]:
        counts[place] += 1
    return counts


def final_shares(profession: str) -> tuple[float, float, float]:
    """Accredited, with remarks, not accredited."""
    facts = _of(profession)
    if "decided" in facts:
        return facts["accredited"], facts["with_remarks"], facts["not_accredited"]
    return facts["final_accredited"], facts["final_with_remarks"], facts.get("not_accredited", 0.0)


def first_share(profession: str) -> float:
    """Share that passes at the first survey; where it is not published it is the demo country's."""
    return float(
        _of(profession).get("passed_at_first_survey") or load_facts()["accreditation"]["others"]["passed_at_first_survey"]
    )


def outcomes(profession: str, count: int) -> list[Outcome]:
    """The ends of `count` surveys of a profession; those that end worst come first."""
    accredited, remarks, refused = apportioned(final_shares(profession), count)
    passed = min(accredited, round(first_share(profession) * count))
    ends = ["not_accredited"] * refused + ["accredited_with_remarks"] * remarks
    ends += ["accredited"] * (accredited - passed)
    return [Outcome(False, end) for end in ends] + [Outcome(True, "accredited")] * passed


def _of(profession: str) -> dict[str, float]:
    facts: dict[str, dict[str, float]] = load_facts()["accreditation"]
    return facts.get(profession, facts["others"])
