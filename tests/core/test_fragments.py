"""Kept parts of pages: nobody gets another's, and nothing is lost when Redis is."""

from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from kip.core import fragments
from kip.core.fragments import kept
from kip.core.scope import Persona, Scope

ONE = Scope(Persona.PRACTICE, user_id=1, practice_id=11, membership_id=1)
NUMBERS = st.none() | st.integers(1, 99)
Place = tuple[int | None, int | None]


def ask(scope: Scope, words: str, *made_of: str) -> Any:
    return kept(scope, "page", made_of, lambda: {"main": words})


@pytest.fixture
def stamp(request: pytest.FixtureRequest, tmp_path: Any) -> str:
    """What a part of this very test is made of: the tests of others use the same Redis."""
    return str(tmp_path)


def test_a_part_is_made_once_for_everybody_in_the_same_scope(stamp: str) -> None:
    colleague = replace(ONE, user_id=2, membership_id=7)
    assert [ask(ONE, "first", stamp), ask(colleague, "second", stamp)] == [{"main": "first"}] * 2


def test_another_scope_language_name_or_make_up_gets_its_own(stamp: str) -> None:
    assert ask(ONE, "one", stamp) == {"main": "one"}
    assert ask(replace(ONE, practice_id=12), "two", stamp) == {"main": "two"}
    assert ask(replace(ONE, persona=Persona.REGION, region_id=11), "three", stamp) == {"main": "three"}
    assert ask(ONE, "four", stamp, "") == {"main": "four"}
    assert kept(ONE, "other page", [stamp], lambda: {"main": "five"}) == {"main": "five"}
    with translation.override("en"):
        assert ask(ONE, "six", stamp) == {"main": "six"}
    assert ask(ONE, "seven", stamp) == {"main": "one"}


@given(st.tuples(NUMBERS, NUMBERS), st.tuples(NUMBERS, NUMBERS), st.lists(st.text(max_size=3), max_size=3))
def test_no_two_scopes_share_a_key(
    one: tuple[int | None, int | None], two: tuple[int | None, int | None], parts: list[str]
) -> None:
    scopes = {
        Scope(persona, practice_id=practice, region_id=region)
        for persona in (Persona.PRACTICE, Persona.REGION)
        for practice, region in (one, two)
        if (practice if persona is Persona.PRACTICE else region) is not None
    }
    keys = {scope: fragments._key(scope, "page", parts) for scope in scopes}
    assert [pair for pair in combinations(scopes, 2) if keys[pair[0]] == keys[pair[1]]] == []


@pytest.mark.parametrize("persona", [persona for persona in Persona if persona not in (Persona.PRACTICE, Persona.REGION)])
def test_other_personas_have_nothing_to_keep(persona: Persona) -> None:
    with pytest.raises(ValueError, match="no pages to keep"):
        ask(Scope(persona, practice_id=11, region_id=1), "x")


@pytest.mark.parametrize("scope", [replace(ONE, practice_id=None), Scope(Persona.REGION, practice_id=11)])
def test_a_scope_without_its_place_is_refused(scope: Scope) -> None:
    with pytest.raises(ValueError, match="no pages to keep"):
        ask(scope, "x")


def test_nothing_made_is_nothing_kept(stamp: str) -> None:
    assert kept(ONE, "page", [stamp], lambda: None) is None
    assert ask(ONE, "now", stamp) == {"main": "now"}


def test_an_emptied_redis_and_none_at_all_make_the_part_anew(stamp: str, settings: Any, tmp_path: Any) -> None:
    ask(ONE, "old", stamp)
    cache.delete(fragments._key(ONE, "page", [stamp]))
    assert ask(ONE, "new", stamp) == {"main": "new"}
    settings.CACHES = {**settings.CACHES, "default": {**settings.CACHES["default"], "LOCATION": f"unix://{tmp_path}/none"}}
    assert [ask(ONE, "third", stamp), ask(ONE, "fourth", stamp)] == [{"main": "third"}, {"main": "fourth"}]
