"""Programme kinds as data: full survey, focused re-visit, peer visit, cluster review, follow-up of a supervision visit."""

from accreditation.programmes.kinds import Kind, Team, restore_kind
from accreditation.programmes.loading import kind, kinds, load_kinds

__all__ = ["Kind", "Team", "kind", "kinds", "load_kinds", "restore_kind"]
