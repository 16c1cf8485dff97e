"""What shows a person is taken out of free text, what a clinic must read stays; recall is measured on made-up sentences."""

import random
from collections.abc import Callable

import pytest

from surveys.masking import mask

KEPT = [
    "Jeg ventede 45 minutter i venteværelset",
    "Telefontid mellem 8 og 9 er for kort",
    "Blodtrykket var 145/90 og sukkeret 48",
    "Lægen lyttede. Sekretæren var venlig",
    "Jeg fik 500 mg i 2024 og kom igen 3 gange",
]
FRAMES = [
    "Jeg talte med {} om det.",
    "{} sagde, at det var i orden",
    "Tak til {}!",
    "Ring til {} inden fredag",
    "Der stod {} på sedlen",
]


@pytest.mark.parametrize("text", KEPT)
def test_what_says_nothing_of_a_person_stays(text: str) -> None:
    assert mask(text) == (text, 0)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Mit cpr er 010190-1234.", "Mit cpr er [cpr-nummer]."),
        ("0101901234", "[cpr-nummer]"),
        ("Skriv til mig.selv@post.example eller www.mig.example", "Skriv til [adresse] eller [adresse]"),
        ("Ring +45 12 34 56 78 eller 12345678", "Ring [telefonnummer] eller [telefonnummer]"),
        ("Ydernummer 123456", "Ydernummer [nummer]"),
        ("Dr. Berg og læge Anne-Marie Sø var gode", "Dr. [navn] og læge [navn] var gode"),
        ("Mvh Kirsten", "Mvh [navn]"),
    ],
)
def test_what_shows_a_person_is_taken_out(text: str, masked: str) -> None:
    assert mask(text).text == masked


def test_the_names_of_the_practices_people_are_known() -> None:
    assert mask("jeg så Toves kalender, og tove var sød", ["Tove Fjeld"]).text == "jeg så [navn]s kalender, og [navn] var sød"


def test_masking_twice_changes_no_more() -> None:
    once = mask("Dr. Berg, 12345678, a@b.example, 010190-1234, mvh Kirsten Holm")
    assert mask(once.text) == (once.text, 0)


CHANCE = random.Random(20261122)


def digits(number: int) -> str:
    return "".join(str(CHANCE.randrange(10)) for _ in range(number))


def cpr() -> str:
    day, month = CHANCE.randrange(1, 29), CHANCE.randrange(1, 13)
    return f"{day:02}{month:02}{digits(2)}{CHANCE.choice(['-', '', ' '])}{digits(4)}"


def phone() -> str:
    form = CHANCE.choice(["{}{}{}{}", "{} {} {} {}", "+45 {} {} {} {}", "{}.{}.{}.{}"])
    return form.format(*(digits(2) for _ in range(4)))


def mail() -> str:
    return f"{CHANCE.choice(['a.b', 'navn', 'x_y'])}{digits(2)}@{CHANCE.choice(['post', 'mail'])}.example"


def name() -> str:
    title = CHANCE.choice(["dr.", "læge", "sygeplejerske", "hr.", "fru"])
    return f"{title} {CHANCE.choice(['Holm', 'Bjerg', 'Åby', 'Sø Lund'])}"


@pytest.mark.parametrize("make", [cpr, phone, mail, name])
def test_recall_on_made_up_sentences(make: Callable[[], str]) -> None:
    """At least 248 of 250 of each kind are taken out."""
    hits = 0
    for _ in range(250):
        secret = make()
        told = secret.split()[-1] if make is name else secret
        hits += told not in mask(CHANCE.choice(FRAMES).format(secret)).text
    assert hits >= 248
