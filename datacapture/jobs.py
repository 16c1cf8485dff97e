"""The app's jobs, registered when Django starts (kip.core.apps)."""

from datacapture import feedback_jobs, intake_jobs

__all__ = ["feedback_jobs", "intake_jobs"]
