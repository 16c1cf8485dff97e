"""How definitions read: a few of them word for word, and rules that hold for all of them in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from datacapture.engine.catalogue import Library
from datacapture.engine.grammar import Clause, Event, Indicator
from datacapture.engine.library import load_definitions
from datacapture.engine.prose import Writer, explain, simplified
from datacapture.engine.prose_words import DA, EN

LIBRARY = load_definitions(Path(__file__).parents[3] / "datacapture" / "definitions")
READS = {
    ("DM-02", "da"): """
        Tallet er en andel af patienter over 12 måneder.
        Med er patienter, hvor alt dette gælder:
        - Står på klinikkens liste ved periodens slutning.
        - Er mindst 18 år ved periodens slutning.
        - Har diagnosen diabetes (alle typer) i perioden.
        Tages ud, hvis mindst ét af dette gælder:
        - Er død i perioden.
        - Har diagnosen palliativ fase i perioden.
        Tælles som uoplyst, hvis patienten mangler et resultat for langtidsblodsukker (HbA1c) i de seneste 12 måneder.
        Målet er opfyldt, når den seneste værdi for langtidsblodsukker (HbA1c) i de seneste 12 måneder er under 59 mmol/mol\
 (den laveste, hvis der er flere samme dag).""",
    ("DM-02", "en"): """
        The figure is a share of patients over 12 months.
        Included are patients for whom all of this holds:
        - Is on the clinic's list at the end of the period.
        - Is at least 18 years old at the end of the period.
        - Has the diagnosis diabetes (any type) in the period.
        Left out if at least one of this holds:
        - Has died in the period.
        - Has the diagnosis palliative phase in the period.
        Counts as unknown if the patient has no result for HbA1c in the last 12 months.
        The goal is met when the latest value for HbA1c in the last 12 months is below 59 mmol/mol (the lowest, if there are\
 several that day).""",
    ("DM-10", "da"): """
        Tallet er en andel af patienter over 12 måneder.
        Med er patienter, hvor alt dette gælder:
        - Står på klinikkens liste ved periodens slutning.
        - Er mindst 18 år ved periodens slutning.
        - Har diagnosen type 2-diabetes i perioden.
        Derudover er det et krav, at patienten har et resultat for totalkolesterol i de seneste 12 måneder.
        Tages ud, hvis mindst ét af dette gælder:
        - Er død i perioden.
        - Har diagnosen palliativ fase i perioden.
        Tæller med i tallet, når alt dette gælder:
        - Den seneste værdi for totalkolesterol i de seneste 12 måneder er over 4,5 mmol/l (den laveste, hvis der er flere\
 samme dag).
        - Har ikke været i behandling med kolesterolsænkende medicin i de seneste 6 måneder.""",
    ("SMEAR-01", "da"): """
        Tallet er en andel af patienter over 12 måneder.
        Med er patienter, hvor alt dette gælder:
        - Står på klinikkens liste ved periodens slutning.
        - Er kvinde.
        - Er mellem 24 og 64 år ved periodens slutning.
        Tages ud, hvis mindst ét af dette gælder:
        - Har diagnosen palliativ fase i perioden.
        - Har fået registreret fjernelse af hele livmoderen inden periodens slutning.
        Målet er opfyldt, når mindst ét af dette gælder:
        - Har fået registreret celleprøve fra livmoderhalsen i de seneste 36 måneder.
        - Alt dette gælder:
          - Er mindst 30 år ved periodens slutning.
          - Har fået registreret celleprøve fra livmoderhalsen i de seneste 60 måneder.""",
    ("AB-05", "da"): """
        Tallet er en andel af diagnoser for forkølelse over 12 måneder.
        Vi tæller diagnoser for forkølelse i perioden, dog senest 3 dage før dens slutning.
        Heraf er de med, hvor patienten er mindst 3 måneder gammel på dagen for forkølelsen.
        Tages ud, hvis mindst ét af dette gælder:
        - Har været i behandling med antibiotika til hele kroppen i de 30 dage før forkølelsen.
        - Har fået diagnosen »anden infektion som årsag til antibiotika« eller »halsbetændelse« fra forkølelsen til 3 dage efter.
        Målet er opfyldt, når patienten ikke har fået antibiotika til hele kroppen fra forkølelsen til 3 dage efter.""",
    ("DEP-01", "da"): """
        Tallet er en andel af patienter over 12 måneder.
        Hver patient tæller én gang, med den første registrering af PHQ-9 med en score på over 9 fra 14 måneder til 2 måneder\
 og 1 dag før periodens start, hvor patienten har diagnosen depression højst 7 dage før eller efter svaret.
        Heraf er de med, hvor patienten er mindst 12 år på dagen for svaret.
        Tages ud, hvis mindst ét af dette gælder:
        - Har diagnosen palliativ fase i perioden.
        - Er død frem til og med 12 måneder og 60 dage efter svaret.
        - Har fået diagnosen skizofreni eller bipolar lidelse frem til og med 12 måneder og 60 dage efter svaret.
        Målet er opfyldt, når den seneste score for PHQ-9 12 måneder efter svaret (plus eller minus 60 dage) er under 5.""",
    ("SPEC-02", "en"): """
        The figure is the middle number of days for referrals received over 12 months: half have fewer days.
        We count referrals received in the period.
        Days are counted until a first visit on the same referral.
        All of them are included.""",
    ("X-04", "en"): """
        The figure is the difference between two groups of patients over 12 months.
        The difference is calculated for the measure “HbA1c measured within a year”.
        We compare two groups: the fifth who live in the most deprived areas, and the fifth who live in the least deprived\
 areas.""",
}  # fmt: skip


@pytest.mark.parametrize(("code", "language"), READS)
def test_a_definition_reads_like_this(code: str, language: Any) -> None:
    told = [f"{'  ' * (line.depth - 1)}{'- ' if line.depth else ''}{line.text}" for line in explain(LIBRARY, code, language)]
    wanted = [line[8:] for line in READS[code, language].lstrip("\n").splitlines()]
    assert told == wanted


def test_both_languages_say_the_same_number_of_things_about_all_of_the_catalogue() -> None:
    assert DA.keys() == EN.keys()
    for code in LIBRARY.indicators:
        danish, english = explain(LIBRARY, code, "da"), explain(LIBRARY, code, "en")
        assert [(line.role, line.depth) for line in danish] == [(line.role, line.depth) for line in english]
        for line in [*danish, *english]:
            assert line.text[0].isupper() or line.role == "components"
            assert line.text[-1] in ".:" or line.role == "components"
            assert not set("~^*!{}") & set(line.text)
            assert "  " not in line.text


def writer(language: Any = "da", index: Event | None = None) -> Writer:
    indicator = LIBRARY.indicators["DM-02"].model_copy(update={"index": index})
    return Writer(Library(LIBRARY.defines, LIBRARY.indicators, LIBRARY.sets), language, indicator)


def clause(**raw: Any) -> Clause:
    return Clause.model_validate(raw)


def test_a_negation_is_undone_and_layers_are_taken_away() -> None:
    leaf = {"sex": "female"}
    older = {"age": {"at": "period_end", "min": 40}}
    for raw, plain in [
        ({"none_of": [{"none_of": [leaf]}]}, leaf),
        ({"none_of": [{"none_of": [leaf, older]}]}, {"any_of": [leaf, older]}),
        ({"none_of": [{"any_of": [leaf, older]}]}, {"none_of": [leaf, older]}),
        ({"all_of": [{"all_of": [leaf]}, older]}, {"all_of": [leaf, older]}),
        ({"any_of": [{"ref": "doed"}]}, {"deceased": ["start", "end"]}),
        ({"none_of": [{"all_of": [leaf, older]}]}, {"none_of": [{"all_of": [leaf, older]}]}),
        ({"all_of": []}, {"all_of": []}),
    ]:
        assert simplified(clause(**raw), LIBRARY.defines) == clause(**plain)


@pytest.mark.parametrize(
    ("raw", "danish", "english"),
    [
        ({"kind": "med", "codes": ["med_ics"], "status": ["active"], "within": ["start", "end"]},
         "Har ikke fået inhalationssteroid (alene eller kombineret) i perioden (kun med status active).",
         "Has not received inhaled steroid (alone or combined) in the period (only with status active)."),
        ({"kind": "dx", "verified": True, "age_at_event": {"max": 17}},
         "Har ikke fået en diagnose inden periodens slutning (kun hvis det er bekræftet) i en alder af højst 17 år.",
         "Has not been given a diagnosis by the end of the period (only if confirmed) at an age of at most 17."),
        ({"kind": "lab", "codes": ["lab_ldl"], "within": ["end-2y+1d", "end"], "value": {"op": "le", "num": 2.6}},
         "Har ingen værdi for LDL-kolesterol på højst 2,6 mmol/l i de seneste 2 år.",
         "Has no value for LDL cholesterol of at most 2.6 mmol/L in the last 2 years."),
        ({"kind": "lab", "codes": ["lab_egfr"], "within": ["end-1m", "end"], "pick": "first", "value": {"op": "ge", "num": 60}},
         "Den første værdi for nyrefunktion (eGFR) i den seneste måned er under 60 ml/min/1,73 m² eller mangler.",
         "The first value for kidney function (eGFR) in the last month is below 60 mL/min/1.73 m² or missing."),
        ({"kind": "letter", "codes": ["brev_epikrise"], "within": ["birth", "birth+2y"]},
         "Der er ikke sendt epikrise fra fødslen til 2 år efter.",
         "A discharge letter has not been sent from birth to 2 years after it."),
        ({"kind": "device", "within": ["start", "end"], "when": "inside"},
         "Der er ikke registreret et hjælpemiddel begyndt og afsluttet i perioden.",
         "A device has not been recorded begun and ended in the period."),
        ({"kind": "prom", "codes": ["prom_phq9"], "value": {"missing": True}, "within": ["start-3m", "start-1d"]},
         "Har ikke fået registreret PHQ-9 uden en brugbar værdi i de 3 måneder før perioden.",
         "Has not had PHQ-9 recorded without a usable value in the 3 months before the period."),
    ],
)  # fmt: skip
def test_what_is_missing_is_a_sentence_of_its_own(raw: dict[str, Any], danish: str, english: str) -> None:
    for language, wanted in (("da", danish), ("en", english)):
        speaker = writer(language)
        assert speaker.phrase(clause(event=raw)).item(False) == wanted
        for holds in (True, False):
            assert speaker.fact(clause(none_of=[{"event": raw}]), holds) == speaker.fact(clause(event=raw), not holds)


def test_the_negation_stands_where_danish_wants_it() -> None:
    phrase = writer().phrase(clause(event={"kind": "med", "codes": ["med_statin"], "within": ["start", "end"]}))
    assert phrase.item(False) == "Har ikke fået statin i perioden."
    assert phrase.inside(False) == "ikke har fået statin i perioden"


def test_a_value_that_is_there_is_not_told_as_missing() -> None:
    raw = {"kind": "lab", "codes": ["lab_hba1c"], "within": ["start", "end"], "pick": "last", "value": {"op": "lt", "num": 59}}
    told = {seen: writer().fact(clause(event=raw), False, seen) for seen in (None, True, False)}
    assert told == {
        None: "Den seneste værdi for langtidsblodsukker (HbA1c) i perioden er mindst 59 mmol/mol eller mangler.",
        True: "Den seneste værdi for langtidsblodsukker (HbA1c) i perioden er mindst 59 mmol/mol.",
        False: "Mangler en værdi for langtidsblodsukker (HbA1c) i perioden.",
    }


def test_numbers_are_written_in_full() -> None:
    assert [writer(language).number(1234567.25) for language in ("da", "en")] == ["1.234.567,25", "1,234,567.25"]
    assert writer().number(0.0000001) == "0,0000001"
    assert isinstance(LIBRARY.indicators["DM-02"], Indicator)
