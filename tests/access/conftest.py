"""Objects of the country that URLs name, own and foreign."""

import pytest

from practices.models import Practice, Region


@pytest.fixture
def objects(country: dict[str, Region | Practice]) -> dict[str, str]:
    """URL arguments by key; `own_` and `foreign_` are seen from the practice and region of the north."""
    return {
        "own_practice": str(country["north_1"].pk),
        "foreign_practice": str(country["south_1"].pk),
        "measure": "DM-02",
    }
