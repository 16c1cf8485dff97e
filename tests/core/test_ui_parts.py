"""The portal's parts as rendered: verdicts readable without colour, empty states complete, error pages never fail."""

import datetime as dt

import pytest
from django.core.paginator import Paginator
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

from kip.core.templatetags.kip_ui import first_sentence, other_sentences

LOAD = "{% load kip_ui kip_texts kip_numbers %}"


urlpatterns: list[object] = []  # the parts and the error pages need no address of the portal


@pytest.fixture(autouse=True)
def danish(settings):
    settings.ROOT_URLCONF = __name__
    with translation.override("da"):
        yield


def rendered(source: str, **values: object) -> str:
    return Template(LOAD + source).render(Context(values))


@pytest.mark.parametrize(
    ("arguments", "shape", "word"),
    [
        ('"signal" "worse" "higher"', "signal-worse", "Tydeligt signal"),
        ('"signal" "better" "lower"', "signal-better", "Tydeligt signal"),
        ('"signal" "better" "neutral"', "signal-neutral", "Tydeligt signal"),
        ('"attention" "worse" "higher"', "attention-worse", "Værd at se på"),
        ('"information" "worse" "higher"', "information", "Til orientering"),
        ('"as_expected"', "as_expected", "Som ventet"),
        ('"insufficient"', "insufficient", "For få patienter"),
    ],
)
def test_a_mark_has_shape_and_word(arguments, shape, word):
    page = rendered("{% verdict_mark " + arguments + " %}")
    assert f"#mark-{shape}" in page
    assert f">{word}<" in page


def test_a_verdict_card_holds_sentence_figure_and_actions_in_that_order():
    card = {
        "tier": "signal", "position": "worse", "direction": "higher", "title": "HbA1c", "url": "/m/1",
        "sentence": "Jeres tal ligger lavere. Her kan I gøre noget.", "value": "64\u00a0%", "fraction": "51 af 80",
        "interval": "sandsynligvis 53-74\u00a0%", "gain": "16 flere", "actions": [("Lav en plan", "/p")],
    }  # fmt: skip
    page = render_to_string("components/verdict_card.html", {"card": card})
    parts = [
        "HbA1c",
        "Tydeligt signal",
        "Jeres tal ligger lavere.",
        "64\u00a0%",
        "51 af 80",
        "sandsynligvis",
        "16 flere",
        "Lav en plan",
    ]
    assert [page.index(part) for part in parts] == sorted(page.index(part) for part in parts)
    assert "verdict-card--signal verdict-card--worse" in page


def test_sentences_are_split_without_loss():
    whole = "Jeres tal ligger som ventet. Over tid svinger tallet tilfældigt."
    assert f"{first_sentence(whole)} {other_sentences(whole)}" == whole
    assert (first_sentence("Én sætning."), other_sentences("Én sætning.")) == ("Én sætning.", "")


def test_an_empty_state_leaves_out_advice_it_cannot_fill():
    full = rendered('{% empty_state "too_few" n=12 min_n=30 date=day button_url="/x" %}', day=dt.date(2027, 2, 15))
    bare = rendered('{% empty_state "too_few" n=12 min_n=30 button_url="/x" %}')
    assert "vend tilbage omkring 15. februar 2027" in full
    assert "vend tilbage" not in bare
    assert "Patienter i perioden: 12. Der skal mindst 30 til" in bare


@pytest.mark.parametrize("source", ['{% empty_state "nothing" %}', '{% empty_state "too_few" n=3 %}'])
def test_an_empty_state_without_its_explanation_fails(source):
    with pytest.raises(KeyError):
        rendered(source)


def test_a_table_heads_each_row_and_labels_each_cell():
    columns = [{"label": "Måned"}, {"label": "Andel", "numeric": True}]
    page = rendered("{% data_table columns rows caption='Tal' %}", columns=columns, rows=[["marts", "64 %"]])
    assert '<th scope="row" data-label="Måned">marts</th><td data-label="Andel" class="is-number">64 %</td>' in page
    assert '<caption class="sr-only">Tal</caption>' in page


def test_a_sortable_column_turns_round():
    request = RequestFactory().get("/", {"sort": "name", "page": "3"})
    columns = [{"label": "Navn", "key": "name", "sort": "ascending"}]
    page = rendered("{% data_table columns rows %}", columns=columns, rows=[["a"]], request=request)
    assert 'aria-sort="ascending"' in page
    assert 'href="?sort=-name"' in page


def test_pagination_names_page_and_total():
    request = RequestFactory().get("/", {"q": "x"})
    page = Paginator(range(250), 50).page(2)
    html = render_to_string("components/pagination.html", {"page": page, "request": request})
    assert 'rel="prev" href="?q=x&amp;page=1"' in html
    assert 'rel="next" href="?q=x&amp;page=3"' in html


def test_progress_asks_again_with_and_without_script():
    html = render_to_string("components/progress.html", {"url": "/p", "label": "Regner", "done": 3, "total": 9})
    assert 'hx-get="/p" hx-trigger="every 3s"' in html
    assert '<noscript><meta http-equiv="refresh" content="10"></noscript>' in html
    assert 'value="3" max="9"' in html


def test_block_tags_escape_values_but_not_their_content():
    html = rendered("{% card heading=name %}<p>{{ name }}</p>{% endcard %}", name="<b>")
    assert "<b>" not in html
    assert html.count("&lt;b&gt;") == 2
    assert "<p>&lt;b&gt;</p>" in html


@pytest.mark.parametrize("code", ["403", "404", "500", "503"])
@pytest.mark.parametrize("language", ["da", "en"])
def test_error_pages_need_nothing_from_the_request(code, language):
    with translation.override(language):
        html = render_to_string(f"{code}.html")
    assert f'<html lang="{language}">' in html
    assert html.count("<h1>") == 1


def test_the_500_page_gives_number_and_phone_when_known():
    html = render_to_string("500.html", {"reference": "7F3K-22", "phone": "70\u00a012\u00a034\u00a056"})
    assert "Fejlen er noteret med nummer 7F3K-22." in html
    assert "ring til 70\u00a012\u00a034\u00a056 og oplys nummeret" in html


def test_the_frame_locks_htmx_down():
    html = render_to_string("404.html")
    for setting in ('"allowEval":false', '"includeIndicatorStyles":false', '"selfRequestsOnly":true', '"historyCacheSize":0'):
        assert setting in html
