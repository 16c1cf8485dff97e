"""A SAML identity provider is a matter of configuration: it shows on the sign-in page and has its metadata."""

import xml.etree.ElementTree as ET

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
IDP = {
    "entity_id": "https://idp.example/metadata",
    "sso_url": "https://idp.example/sso",
    "x509cert": "MIIB",
}
APP = {
    "provider_id": "idp",
    "name": "Fælles login",
    "client_id": "faelles",
    "settings": {"idp": IDP, "attribute_mapping": {"uid": "uuid"}},
}


@pytest.fixture(autouse=True)
def configured(settings) -> None:
    """The same shape that KIP_SAML_PROVIDERS has in operation."""
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": []}, "saml": {"APPS": [APP]}}


def test_the_sign_in_page_offers_it() -> None:
    page = Client(headers={"host": "127.0.0.1"}).get("/konto/login/").content.decode()
    assert (page.count("Fælles login"), page.count('href="/konto/saml/faelles/login/')) == (1, 1)


def test_the_metadata_name_our_addresses() -> None:
    answer = Client(headers={"host": "127.0.0.1"}).get("/konto/saml/faelles/metadata/")
    root = ET.fromstring(answer.content)
    name = {"md": "urn:oasis:names:tc:SAML:2.0:metadata"}
    service = root.find(".//md:AssertionConsumerService", name)
    assert (answer.status_code, service.get("Location")) == (200, "http://127.0.0.1/konto/saml/faelles/acs/")


def test_going_there_asks_the_identity_provider() -> None:
    answer = Client(headers={"host": "127.0.0.1"}).post("/konto/saml/faelles/login/")
    assert (answer.status_code, answer.headers["location"].split("?")[0]) == (302, "https://idp.example/sso")
