"""The interface's JSON, written so that no reader can take it for a page."""

from typing import Any

from rest_framework.renderers import JSONRenderer

# A refusal repeats what was asked for; as escapes the same text is JSON and can never be markup.
MARKUP = {b"<": b"\\u003c", b">": b"\\u003e", b"&": b"\\u0026"}


class PlainJSONRenderer(JSONRenderer):
    """JSON whose strings hold no angle bracket or ampersand as such."""

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        written: bytes = super().render(data, accepted_media_type, renderer_context)
        for sign, escape in MARKUP.items():
            written = written.replace(sign, escape)
        return written
