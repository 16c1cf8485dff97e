"""Entry of worker and beat (`celery -A kip.celery`). Its tasks only wake the portal's own jobs (kip.core.jobs)."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kip.settings.portal")
os.environ.setdefault("KIP_PROCESS", "task")
django.setup()

from kip.core import tasks  # noqa: E402  (tasks need Django's models)
from kip.core.queue import app  # noqa: E402

__all__ = ["app", "tasks"]
