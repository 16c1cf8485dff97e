"""The app's jobs, registered when Django starts (kip.core.apps)."""

from datacapture import definition_jobs, engine_jobs, feedback_jobs, intake_jobs, upkeep_jobs

__all__ = ["definition_jobs", "engine_jobs", "feedback_jobs", "intake_jobs", "upkeep_jobs"]
