"""A visit under way, with what the practice has shared, and surveyors who are signed in."""

from io import BytesIO
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accreditation.actions import evidence
from accreditation.models import Survey
from accreditation.queries.relevance import asked
from practices.acting import Acting
from practices.models import User
from tests.accreditation.world import Walk, World


def picture(size: tuple[int, int] = (40, 30)) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "teal").save(out, "JPEG")
    return out.getvalue()


def signed_in_as(who: Acting) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=who.scope.user_id), backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


@pytest.fixture(autouse=True)
def without_second_factor(settings: Any) -> None:
    """Its gate has tests of its own."""
    settings.KIP_REQUIRE_MFA = False


@pytest.fixture
def lead(world: World) -> Client:
    return signed_in_as(world.lead)


@pytest.fixture
def second(world: World) -> Client:
    return signed_in_as(world.second)


@pytest.fixture
def stranger(world: World) -> Client:
    """A surveyor who is on no team."""
    return signed_in_as(world.person("fremmed", "surveyor"))


@pytest.fixture
def visit(world: World) -> Survey:
    return with_evidence(world, "on_site")


def with_evidence(world: World, state: str, **more: Any) -> Survey:
    """A survey of north_1 in that state; two of three pieces of evidence are shared at the first indicator."""
    survey = world.walked("self_assessment", **more)
    with world.as_(world.manager) as by:
        first = asked(survey)[0]
        upload = SimpleUploadedFile("vagtplan.jpg", picture(), "image/jpeg")
        shown = evidence.add_file(by=by, survey=survey, upload=upload, title="Vagtplan", indicators=[first])
        facts = {"title": "HbA1c målt", "sentence": "83 % af patienterne.", "at": "30.9.2026", "source": "KIP"}
        figures = evidence.add_own(by=by, survey=survey, kind="figures", facts=facts, indicators=[first])
        hidden = SimpleUploadedFile("intern.jpg", picture((10, 10)), "image/jpeg")
        evidence.add_file(by=by, survey=survey, upload=hidden, title="Internt referat", indicators=[first])
        for made in (shown, figures):
            evidence.share(by=by, link=made.links.get(), shared=True)
    return walk_on(world, survey, state)


def walk_on(world: World, survey: Survey, state: str) -> Survey:
    """From the self-assessment on, as `World.walked` does it."""
    step = Walk(world, survey, worst="met", again="met")
    for act in (step.share, step.confirm, step.begin, step.rate, step.draft, step.send):
        if survey.state == state:
            break
        act()
    assert survey.state == state
    return survey
