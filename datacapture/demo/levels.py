"""True practice values per indicator, and their small month-to-month movement.

Source: `variation` in demo_country.yaml. Values on the same theme correlate 0.5 and across themes 0.15,
all turned so that a good practice tends to be good at everything.
"""

import numpy as np

from datacapture.demo.facts import MONTHS, Facts
from datacapture.demo.streams import stream

# Lower is better: a good practice draws low values here (direction in the indicator catalogue).
LOWER_IS_BETTER = frozenset({
    "DM-03", "DM-09", "DM-10", "DM-11", "KOL-06", "AST-01", "AST-02", "AB-02", "AB-03", "MED-02", "MED-03", "MED-04",
    "INDL-01", "SPEC-02", "KIR-02", "TAND-01", "PSY-02", "X-04", "X-05",
})  # fmt: skip
# Dentists use far more penicillin V than doctors (note on AB-01 in the catalogue); the level is our choice.
DENTIST_PENICILLIN_V = (0.70, 0.06)


class Levels:
    """True values of one practice; `fixed` overrides the draw (planted stories)."""

    def __init__(self, facts: Facts, seed: int, practice: str, profession: str, fixed: dict[str, float]) -> None:
        self._variation = facts["variation"]
        self._seed, self._practice = seed, practice
        self._profession = profession
        self._fixed = fixed
        self.used: dict[str, float] = {}

    def _score(self, indicator: str) -> float:
        """Return the practice's standard score on an indicator, higher = better."""
        rho = self._variation["correlation_within_practice"]
        theme, other = rho["same_theme"], rho["other_theme"]
        parts = ("all", indicator.split("-")[0], indicator)
        draws = [float(stream(self._seed, self._practice, f"level|{p}").standard_normal()) for p in parts]
        weights = np.sqrt([other, theme - other, 1 - theme])
        return float(np.dot(weights, draws))

    def _draw(self, indicator: str) -> float:
        table = self._variation["true_value"]
        z = self._score(indicator) * (-1 if indicator in LOWER_IS_BETTER else 1)
        if indicator in table["proportions"]:
            mean, sd = table["proportions"][indicator]
            if indicator == "AB-01" and self._profession == "dentistry":
                mean, sd = DENTIST_PENICILLIN_V
            low, high = mean * 0.15, 1 - (1 - mean) * 0.15
            return float(np.clip(mean + sd * z, low, high))
        if indicator in table["rates_per_1000"] or indicator in table["median_days"]:
            mean, sd = {**table["rates_per_1000"], **table["median_days"]}[indicator]
            return float(mean * np.exp(sd * z - sd * sd / 2))
        mean, sd = table["mean_change"][indicator]
        return float(mean + sd * z)

    def __getitem__(self, indicator: str) -> float:
        """Return the true value: share 0-1, rate per 1,000, days or points of change."""
        if indicator not in self.used:
            self.used[indicator] = self._fixed.get(indicator, self._draw(indicator))
        return self.used[indicator]

    def __setitem__(self, indicator: str, value: float) -> None:
        """Record a true value that follows from another one."""
        self.used[indicator] = value

    def monthly(self, indicator: str) -> np.ndarray:
        """Return 36 monthly shares: the true value plus autocorrelated noise, kept inside 0-1."""
        rule = self._variation["month_to_month"]
        phi, sd = rule["autocorrelation"], rule["extra_sd"]
        noise = stream(self._seed, self._practice, f"months|{indicator}").standard_normal(len(MONTHS)) * sd
        for i in range(1, len(noise)):
            noise[i] = phi * noise[i - 1] + np.sqrt(1 - phi * phi) * noise[i]
        return np.clip(self[indicator] + noise, 0.0, 1.0)
