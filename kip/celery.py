"""The Celery application. Its tasks only wake the portal's own jobs (kip.core.jobs); PostgreSQL is the truth."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kip.settings.portal")
os.environ.setdefault("KIP_PROCESS", "task")

app = Celery("kip")
app.config_from_object("kip.settings.queue")
app.autodiscover_tasks(["kip.core"])
