"""What templates write into addresses and forms is never a number with a full stop every three digits."""

import re

from tests.test_budget import ROOT, tracked

# A key of the database, written as it is: from 1,000 on the portal's numbers carry a full stop, and no address holds one.
BARE_KEY = re.compile(r"\{\{ (?:[a-z_.]*\.)?(?:pk|[a-z_]+_id) \}\}")
# The browser reads these attributes as numbers.
BARE_NUMBER = re.compile(r"\b(?:maxlength|minlength|max|min|step|rows|cols|colspan|rowspan)=\"\{\{ [a-z_.]+ \}\}\"")
TEXTS = ("auto_id }}", "choice_id }}", "button_id }}", 'attrs.rows }}"')


def test_keys_and_numeric_attributes_are_written_plainly() -> None:
    found = [
        (str(path.relative_to(ROOT)), bare)
        for path in tracked("templates/*.html", "templates/**/*.html")
        for pattern in (BARE_KEY, BARE_NUMBER)
        for bare in pattern.findall(path.read_text(encoding="utf-8"))
        if not bare.endswith(TEXTS)
    ]
    assert found == [], found
