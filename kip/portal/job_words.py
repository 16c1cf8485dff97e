"""What background work and the machinery's parts are called on the operator's page."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Every registered job stands here; a test fails when one does not.
JOBS: Mapping[str, Promise] = {
    "surveys.invite": _("Make the links of a survey of patients"),
    "surveys.send": _("Send invitations and reminders to patients"),
    "surveys.mix": _("Let out patients' answers in batches"),
    "surveys.end": _("End surveys of patients that have run out"),
    "accreditation.due": _("Take the steps in accreditation that are due, and remind"),
    "accreditation.send_agenda": _("Send the agenda of a committee meeting"),
    "accreditation.sweep": _("Clear away files that nothing in accreditation uses"),
    "accreditation.tally": _("Count the findings of ended quarters"),
    "accreditation.tell": _("Tell people about a step in accreditation"),
    "accreditation.tell_critical": _("Tell about a critical finding"),
    "accreditation.tell_decision": _("Tell a practice its decision"),
    "datacapture.check_counts": _("Check a region's stored counts"),
    "datacapture.clear_own_releases": _("Clear away a practice's superseded updates"),
    "datacapture.compute_practice": _("Count a practice's figures after a delivery"),
    "datacapture.count_buckets": _("Count a large region's figures in parts"),
    "datacapture.follow_regions": _("Move practices to the region that follows theirs"),
    "datacapture.housekeeping": _("Close ended purposes and clear waiting files"),
    "datacapture.keep_counts": _("Bring the stored counts up to date"),
    "datacapture.prepare_due_release": _("Prepare the release that is due"),
    "datacapture.prepare_release": _("Count and prepare a release"),
    "datacapture.quality": _("Look through the quality of all practices' data"),
    "datacapture.quality_practice": _("Look through the quality of a practice's data"),
    "datacapture.register_objection": _("Register a patient's objection"),
    "datacapture.store_delivery": _("Store a file from a practice"),
    "datacapture.test_definition": _("Try a draft definition on data"),
    "portal.due_digests": _("Ask for the mails about new figures"),
    "portal.practice_digest": _("Send a practice's mail about new figures"),
    "reports.practice_pdf": _("Make a practice's report"),
}
# Name, and what stands still without it.
PARTS: Mapping[str, tuple[Promise, Promise]] = {
    "database": (_("Database"), _("Without it nobody can use the portal.")),
    "redis": (_("Queue and short-term memory (Redis)"), _("Without it work starts late and progress is not shown.")),
    "migrations": (_("The database's tables"), _("If not, they are older than the portal: run manage.py migrate.")),
    "worker": (_("Background worker"), _("Without it no file is stored and no figure is counted.")),
}


def job_words(name: str) -> str:
    """The plain name of a job; the code's own for one that nobody has named."""
    return str(JOBS.get(name, name))
