"""The Celery application, configured by name so that every process that asks for work can wake a worker."""

from celery import Celery

app = Celery("kip")
app.config_from_object("kip.settings.queue")
