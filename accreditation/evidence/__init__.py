"""Evidence files: told by their bytes, freed of what they say between the lines, kept encrypted."""

from accreditation.evidence.cleaning import Cleaned, Refused, clean
from accreditation.evidence.storing import FOLDER, MAX_BYTES, delete, keep, plain

__all__ = ["FOLDER", "MAX_BYTES", "Cleaned", "Refused", "clean", "delete", "keep", "plain"]
