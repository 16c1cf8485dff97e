"""Celery's settings, chosen by kill tests (docs/adr/0003-jobs.md)."""

from celery.schedules import crontab

from kip.settings.portal import CELERY_BROKER_URL

broker_url = CELERY_BROKER_URL
task_ignore_result = True
task_acks_late = True
task_reject_on_worker_lost = True
task_time_limit = 1200
task_soft_time_limit = 1140
worker_prefetch_multiplier = 1
broker_transport_options = {"visibility_timeout": 3600, "unacked_restore_interval": 10, "unacked_restore_throttle": 1}
broker_connection_retry_on_startup = True
timezone = "Europe/Copenhagen"
# Everything periodic stands here and means "make everything due".
beat_schedule = {
    "publish jobs that are due": {"task": "kip.publish_due", "schedule": 10.0},
    "say that beat and worker live": {"task": "kip.heartbeat", "schedule": 10.0},
    "close purposes and clear waiting files": {"task": "kip.nightly", "schedule": crontab(hour=2, minute=10)},
}
