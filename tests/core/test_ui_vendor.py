"""Files of others are exactly those described in docs/vendor.md, and our own ask for nothing from elsewhere."""

import hashlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VENDORED = ROOT / "static" / "dkfds"
OTHERS = ROOT / "static" / "vendor"
OWN = ROOT / "static" / "kip"
LINE = re.compile(r"^\| `(static/(?:dkfds|vendor)/[^`]+)` \| `([0-9a-f]{64})` \|$", re.M)
LISTED = dict(LINE.findall((ROOT / "docs/vendor.md").read_text()))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def test_vendored_files_have_the_listed_checksums():
    found = {
        str(path.relative_to(ROOT)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in [*VENDORED.rglob("*"), *OTHERS.rglob("*")]
        if path.is_file()
    }
    assert found == LISTED


@pytest.mark.parametrize("sheet", [*OWN.glob("*.css"), VENDORED / "css" / "dkfds.css"], ids=lambda path: path.name)
def test_every_file_a_style_sheet_points_to_exists(sheet):
    wanted = re.findall(r"""url\(["']?([^"')]+)""", sheet.read_text("utf-8"))
    assert [url for url in wanted if not (sheet.parent / url).is_file()] == []


OWN_FILES = [path for path in OWN.rglob("*") if path.is_file()]


@pytest.mark.parametrize("path", [*OWN_FILES, *TEMPLATES], ids=lambda path: path.name)
def test_own_files_need_no_exception_from_the_content_security_policy(path):
    content = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
    forbidden = re.compile(
        r"""<style|\sstyle=|\son[a-z]+=|hx-on|javascript:|<script(?![^>]*(?:\ssrc=|"application/json"))|https?://(?!["'])"""
    )
    assert forbidden.findall(re.sub(r'\[href\^="http"\]', "", content)) == []


def test_every_icon_and_drawing_named_in_a_template_exists():
    symbols = set(re.findall(r'<symbol[^>]*id="([^"]+)"', (VENDORED / "img" / "icons.svg").read_text()))
    marks = set(re.findall(r'<symbol[^>]*id="([^"]+)"', (OWN / "marks.svg").read_text()))
    whole = "".join(path.read_text("utf-8") for path in TEMPLATES)
    icons = set(re.findall(r'{% icon "([^"]+)"', whole))
    pictures = {f"drawing-{name}" for name in re.findall(r'picture="([^"]+)"', whole)}
    states = {f"drawing-{name}" for name in ("no_data", "too_few", "suppressed", "not_applicable", "not_shared", "no_hits")}
    tiers = {"insufficient", "as_expected", "information"}
    shapes = {f"mark-{tier}-{side}" for tier in ("attention", "signal") for side in ("better", "worse", "neutral")}
    assert icons - symbols == set()
    assert (pictures | states | shapes | {f"mark-{tier}" for tier in tiers} | {"sign"}) - marks == set()


def test_the_interactive_chart_may_send_nothing_anywhere():
    script = (OWN / "explore.js").read_text("utf-8")
    for locked in ("displayModeBar: false", "showSendToCloud: false", "showEditInChartStudio: false", 'plotlyServerURL: ""'):
        assert locked in script
    assert script.count("newPlot(") == 1
    assert "eval" not in script
    assert "@import" not in (OTHERS / "plotly" / "plotly.css").read_text("utf-8")
