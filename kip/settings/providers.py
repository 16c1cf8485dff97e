"""The shape of the identity providers that an operator configures as JSON; what allauth reads is the same text."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is no field of a provider",
    "string_type": "must be a text in quotation marks",
    "string_too_short": "is empty",
    "string_pattern_mismatch": "may hold small letters, digits and hyphens only",
    "list_type": "must be a list in [ ]",
    "dict_type": "must be an object in { }",
    "model_type": "must be an object in { }",
    "model_attributes_type": "must be an object in { }",
}


def _safe_address(text: str) -> str:
    if not text.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        raise ValueError("must begin with https://")
    return text


Word = Annotated[str, Field(min_length=1)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
Address = Annotated[str, AfterValidator(_safe_address)]


class _OidcSettings(BaseModel):
    model_config = ConfigDict(extra="allow")
    server_url: Address


class _Idp(BaseModel):
    model_config = ConfigDict(extra="allow")
    entity_id: Word
    sso_url: Address | None = None
    x509cert: Word | None = None
    metadata_url: Address | None = None

    @model_validator(mode="after")
    def _can_be_checked(self) -> "_Idp":
        if self.metadata_url is None and (self.sso_url is None or self.x509cert is None):
            raise ValueError("needs metadata_url, or sso_url and x509cert")
        return self


class _SamlSettings(BaseModel):
    model_config = ConfigDict(extra="allow")
    idp: _Idp


class _Provider(BaseModel):
    model_config = ConfigDict(extra="forbid")
    provider_id: Slug
    name: Word
    client_id: Word
    secret: str = ""
    key: str = ""
    certificate_key: str = ""


class OidcProvider(_Provider):
    settings: _OidcSettings


class SamlProvider(_Provider):
    client_id: Slug
    settings: _SamlSettings


_OIDC: TypeAdapter[list[OidcProvider]] = TypeAdapter(list[OidcProvider])
_SAML: TypeAdapter[list[SamlProvider]] = TypeAdapter(list[SamlProvider])


def checked_oidc(text: str) -> str:
    """The text as it is. Raises ValueError with a sentence that holds none of the values."""
    return _checked(text, _OIDC, "provider_id")


def checked_saml(text: str) -> str:
    """The text as it is. Raises ValueError with a sentence that holds none of the values."""
    return _checked(text, _SAML, "client_id")


def _checked(text: str, shape: TypeAdapter[Any], key: str) -> str:
    try:
        found = shape.validate_json(text)
    except ValidationError as error:
        said = {_sentence(item) for item in error.errors(include_input=False, include_url=False)}
        raise ValueError("; ".join(sorted(said))) from None
    names = [getattr(provider, key) for provider in found]
    if len(set(names)) < len(names):
        raise ValueError(f"two providers have the same {key}")
    return text


def _sentence(item: Any) -> str:
    if item["type"] == "json_invalid":
        return "it is no JSON"
    entry, *path = [*item["loc"]] or [None]
    words = str(item["ctx"]["error"]) if item["type"] == "value_error" else WORDS.get(item["type"], "cannot be read")
    if entry is None:
        return f"it {words}"
    return f"provider {int(entry) + 1}{', ' + '.'.join(map(str, path)) if path else ''} {words}"
