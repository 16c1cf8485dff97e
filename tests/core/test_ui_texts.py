"""The portal's words and figures: both languages complete, verdict sentences exactly as the library's examples."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import translation

from kip.core import numbers, texts

EXAMPLES = texts.library()["verdict"]["examples"]


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: "-".join(map(str, example["input"].values()))[:40])
def test_verdict_examples(example, language):
    given = {**example["input"], "since": example["input"]["since"][language]}
    with translation.override(language):
        assert texts.verdict_sentence(**given) == example["expect"][language]


def test_there_are_twelve_examples():
    assert len(EXAMPLES) == 12


def test_since_may_be_a_date_and_direction_the_indicators_word():
    given = {"audience": "own", "tier": "as_expected", "direction": "higher", "position": "", "trend": "worsening"}
    with translation.override("da"):
        sentence = texts.verdict_sentence(**given, since=dt.date(2026, 5, 31), n=120, min_n=30)
    assert sentence == "Jeres tal ligger som ventet. Der er en reel forværring siden maj 2026. Hold øje med udviklingen."


def test_neutral_never_praises_or_blames():
    given = {"audience": "region", "tier": "signal", "direction": "neutral", "position": "worse", "trend": "worsening"}
    with translation.override("en"):
        sentence = texts.verdict_sentence(**given, since=dt.date(2026, 3, 1), n=300, min_n=30)
    assert sentence == (
        "The practice's figure is clearly lower than expected, and this is unlikely to be chance. The difference is"
        " neither good nor bad in itself. The figure has really fallen since March 2026."
    )


def test_placeholders_are_the_same_in_both_languages_and_explained():
    known = set(texts.library()["placeholders"])
    differing, unknown = [], set()
    for key, entry in texts.texts().items():
        sets = {language: texts._placeholders(entry.forms[language]) for language in texts.LANGUAGES}
        if sets["da"] != sets["en"]:
            differing.append(key)
        unknown |= sets["da"] - known
    assert (differing, unknown) == ([], set())
    assert len(texts.texts()) == 566


def test_every_plural_text_is_chosen_by_n():
    plural = [key for key, entry in texts.texts().items() if isinstance(entry.forms["da"], dict)]
    assert [key for key in plural if "n" not in texts.placeholders(key)] == []
    assert {frozenset(texts.texts()[key].forms[lang]) for key in plural for lang in texts.LANGUAGES} == {
        frozenset({"one", "other"})
    }


def test_text_follows_language_and_number():
    with translation.override("da"):
        assert texts.text("form.summary", n=1) == "Der er 1 ting, du skal rette"
        assert texts.text("uncertainty.unknown_count", n=1234) == (
            "Hos 1.234 patienter mangler oplysningen. De indgår ikke i tallet."
        )
        assert texts.text("patients_to_gain.home_nothing", date=dt.date(2027, 2, 15)) == (
            "Ingen målinger skiller sig ud. Næste tal kommer 15. februar 2027."
        )
    with translation.override("en"):
        assert texts.text("form.summary", n=2) == "There are 2 things to correct"


def test_lists_are_reached_by_id_or_place():
    with translation.override("da"):
        assert texts.text("access_purpose.choices.other.label") == "Andet"
        assert texts.text("page.privacy.sections.8.heading") == "Cookies"


@pytest.mark.parametrize(
    ("key", "values", "error"),
    [
        ("verdict.head.own.nothing", {}, KeyError),
        ("verdict.head.own.signal", {}, KeyError),
        ("verdict.head.own.signal", {"side": "højere", "n": 3}, KeyError),
        ("uncertainty.mdd", {"n": 10, "difference": 12.5}, TypeError),
        ("form.summary", {"n": "2"}, TypeError),
    ],
)
def test_wrong_use_fails_loudly(key, values, error):
    with pytest.raises(error):
        texts.text(key, **values)


def test_text_or_none_is_quiet_about_missing_values():
    with translation.override("da"):
        assert texts.text_or_none("empty.too_few.next", n=3) is None
        assert texts.text_or_none("empty.too_few.nothing", n=3) is None
        assert texts.text_or_none("empty.too_few.title", n=3) == "For få patienter"


def test_interval_in_words():
    with translation.override("da"):
        assert texts.interval_words(0.7, 0.874, 80) == "Tallet ligger sandsynligvis mellem 70\u00a0% og 87\u00a0%."
        assert texts.interval_short(0.7, 0.874, 80) == "sandsynligvis 70-87\u00a0%"
        assert texts.interval_short(0.7, 0.874, 200) == "sandsynligvis 70,0-87,4\u00a0%"
    with translation.override("en"):
        assert texts.interval_short(0.7, 0.874, 200) == "probably 70.0-87.4%"


@pytest.mark.parametrize(
    ("call", "danish", "english"),
    [
        (lambda: numbers.percent(0.8, 80), "80\u00a0%", "80%"),
        (lambda: numbers.percent(0.8, 200), "80,0\u00a0%", "80.0%"),
        (lambda: numbers.percent(0.145, 199), "15\u00a0%", "15%"),
        (lambda: numbers.percent(0.005), "1\u00a0%", "1%"),
        (lambda: numbers.integer(1234567), "1.234.567", "1,234,567"),
        (lambda: numbers.integer(999), "999", "999"),
        (lambda: numbers.decimal(-1234.55), "\u22121.234,6", "\u22121,234.6"),
        (lambda: numbers.decimal(Decimal("12.5")), "12,5", "12.5"),
        (lambda: numbers.decimal(-0.04), "0,0", "0.0"),
        (lambda: numbers.points(0.125, 80), "13", "13"),
        (lambda: numbers.figure(352.4, "rate"), "352", "352"),
        (lambda: numbers.figure(3.26, "rate"), "3,3", "3.3"),
        (lambda: numbers.figure(0.8, "proportion", 80), "80\u00a0%", "80%"),
        (lambda: numbers.figure(12.0, "median_days"), "12", "12"),
        (lambda: numbers.figure(12.5, "median_days"), "12,5", "12.5"),
        (lambda: numbers.figure(0.4, "mean_change", 80), "40\u00a0%", "40%"),
        (lambda: numbers.long_date(dt.date(2026, 11, 2)), "2. november 2026", "2 November 2026"),
        (lambda: numbers.short_date(dt.date(2026, 11, 2)), "2.11.2026", "2/11/2026"),
        (lambda: numbers.month(dt.date(2026, 3, 1)), "marts 2026", "March 2026"),
        (lambda: numbers.clock(dt.time(8, 5)), "08.05", "08:05"),
    ],
)
def test_figures_in_both_languages(call, danish, english):
    with translation.override("da"):
        assert call() == danish
    with translation.override("en"):
        assert call() == english
