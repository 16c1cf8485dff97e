"""An address that only a button uses answers a person with a page and a way back."""

from collections.abc import Callable

import pytest
from django.test import Client


@pytest.mark.django_db
def test_the_address_of_a_button_opens_a_page_with_a_way_back(signed_in: Callable[..., Client]) -> None:
    client = signed_in("practice_manager", "north_1")
    answer = client.get("/data/7/gem/", headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    page = answer.content.decode()
    assert "This address belongs to a button" in page
    assert 'class="button button-primary" href="/data/7/"' in page
    assert "aria-label" in page, "the frame of the portal stands around it"
    assert client.delete("/data/7/gem/").content == b"", "a program gets no page"
