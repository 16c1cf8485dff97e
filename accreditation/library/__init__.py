"""Standards as data: the library file, a profession's edition of it, what applies to a practice, the way to the next version."""

from accreditation.library.applicability import Applicability, PracticeFacts, Reason, ReasonCode, applicability
from accreditation.library.edition import Edition, Library, digest_of, restore
from accreditation.library.hints import Help, help_for
from accreditation.library.history import HistoricProgramme, HistoricStandard, counterparts, load_history
from accreditation.library.loading import STANDARDS, load_libraries, load_library
from accreditation.library.mapping import EditionMapping, Outcome, load_mapping, same_meaning
from accreditation.library.proposal import mapping_text, propose_mapping
from accreditation.library.schema import Indicator, Standard, Theme, Vocabulary
from accreditation.library.words import Words

__all__ = [
    "STANDARDS",
    "Applicability",
    "Edition",
    "EditionMapping",
    "Help",
    "HistoricProgramme",
    "HistoricStandard",
    "Indicator",
    "Library",
    "Outcome",
    "PracticeFacts",
    "Reason",
    "ReasonCode",
    "Standard",
    "Theme",
    "Vocabulary",
    "Words",
    "applicability",
    "counterparts",
    "digest_of",
    "help_for",
    "load_history",
    "load_libraries",
    "load_library",
    "load_mapping",
    "mapping_text",
    "propose_mapping",
    "restore",
    "same_meaning",
]
