"""The privacy page: the sections whose facts this installation knows."""

from kip.core.texts import library, text, text_or_none


def privacy_sections(**known: str) -> list[tuple[str, str]]:
    """Heading and text of each section; one that needs a fact not in `known` is left out, never half filled."""
    found = []
    for place in range(len(library()["page"]["privacy"]["sections"])):
        key = f"page.privacy.sections.{place}"
        words = text_or_none(f"{key}.text", **known)
        if words:
            found.append((text(f"{key}.heading"), words))
    return found
