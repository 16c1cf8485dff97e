"""Small documents and own figures that practices show."""

from functools import cache
from html import escape

from django.core.files.uploadedfile import SimpleUploadedFile

from accreditation.actions import evidence
from accreditation.demo.texts import texts
from accreditation.demo.walking import Walk
from accreditation.models import StandardIndicator
from accreditation.queries.relevance import asked
from kip.core.numbers import long_date
from kip.core.own_evidence import offered
from kip.core.pdf import draw
from practices.acting import Acting

MOST_FIGURES = 3


@cache
def document(place: int) -> bytes:
    """A one-page PDF of texts.yaml; drawn once."""
    said = texts()["documents"][place]
    lines = "".join(f"<p>{escape(line)}</p>" for line in said["lines"][1:])
    head = f"<head><title>{escape(said['title'])}</title></head>"
    return draw(f'<html lang="da">{head}<body><h1>{escape(said["lines"][0])}</h1>{lines}</body></html>')


def show(walk: Walk, by: Acting, places: tuple[int, ...] = (0, 1, 2, 3), *, shared: bool = True) -> None:
    """Add documents and own figures as the practice's manager; all but the last of the links are shared when `shared`."""
    known = {row.number: row for row in asked(walk.survey)}
    for place in places:
        said = texts()["documents"][place]
        points = _of(known, said["indicators"])
        upload = SimpleUploadedFile(f"{said['title']}.pdf", document(place), "application/pdf")
        made = evidence.add_file(by=by, survey=walk.survey, upload=upload, title=said["title"], indicators=points)
        _share(by, made, shared and place != places[-1])
    _figures(walk, by, known, shared)


def _figures(walk: Walk, by: Acting, known: dict[str, StandardIndicator], shared: bool) -> None:
    for offer in (offered("figures", walk.survey.practice_id) or ())[:MOST_FIGURES]:
        facts = {"title": offer.title, "sentence": offer.sentence, "at": long_date(offer.at), "source": offer.source}
        points = _of(known, ["G1.2.2"])
        made = evidence.add_own(by=by, survey=walk.survey, kind="figures", facts=facts, indicators=points)
        _share(by, made, shared)


def _of(known: dict[str, StandardIndicator], numbers: list[str]) -> list[StandardIndicator]:
    return [known[number] for number in numbers if number in known]


def _share(by: Acting, made: object, shared: bool) -> None:
    if shared:
        for link in made.links.select_related("survey"):  # type: ignore[attr-defined]
            evidence.share(by=by, link=link, shared=True)
