"""What the pages of a respondent show: the welcome, one question, and the answers before they are sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection
from django.utils.translation import get_language

from kip.core.numbers import month
from kip.core.texts import text
from surveys.actions.answering import Door
from surveys.questionnaire.branching import Answer, choices, chosen, shown
from surveys.questionnaire.schema import Item
from surveys.questionnaire.wording import RIGHT_TO_LEFT, Wording, piped
from surveys.scoring.planning import MIN_N


@dataclass(frozen=True)
class Choice:
    """One row to tap."""

    code: str
    words: str
    chosen: bool
    beside: bool  # not on the scale: not relevant, do not know


@dataclass(frozen=True)
class Question:
    """One question as asked. kind: single, multiple or text; heading: of its section, where it is the first one asked there."""

    code: str
    kind: str
    words: str
    heading: str
    note: str
    help: str
    choices: tuple[Choice, ...]
    written: str
    most: int
    number: int
    total: int
    before: str
    after_text: str

    @property
    def progress(self) -> str:
        said = text("survey_page.progress", n=self.number, total=self.total)
        if self.number == self.total:
            return f"{said}. {text('survey_page.progress_last')}"
        return f"{said}. {text('survey_page.progress_half')}" if 2 * self.number > self.total else said


@dataclass(frozen=True)
class Said:
    """A question with the answer in words; empty when skipped."""

    code: str
    words: str
    answer: tuple[str, ...]


def direction() -> str:
    return "rtl" if (get_language() or "da")[:2] in RIGHT_TO_LEFT else "ltr"


def welcome(door: Door) -> dict[str, object]:
    """Facts of the welcome page; nothing of the person stands there."""
    asked = door.asked
    questionnaire = asked.form.questionnaire
    return {
        "door": door,
        "sender": sender_of(door),
        "clinic": door.practice.name,
        "month": month(asked.campaign.first_day),
        "questions": len(questionnaire.items),
        "minutes": questionnaire.estimated_minutes,
        "min_n": MIN_N,
        "intro": _said(door, questionnaire.intro),
        "last_day": asked.campaign.last_day,
        "draft": questionnaire.is_draft,
    }


@dataclass(frozen=True)
class Running:
    """One survey that is running now: whose, and until when."""

    region: str
    controller: str
    first_day: dt.date
    last_day: dt.date


def running() -> tuple[Running, ...]:
    """What anybody may know of the surveys that are running; the database tells no more to somebody without a link."""
    name = "name_en" if (get_language() or "da").startswith("en") else "name_da"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {name}, controller, first_day, last_day FROM surveys_running()")
        return tuple(Running(*row) for row in cursor.fetchall())


def sender_of(door: Door) -> str:
    region = door.asked.campaign.region
    return region.name_en if (get_language() or "da").startswith("en") else region.name_da


def question(door: Door, answers: Mapping[str, Answer], code: str = "") -> Question | None:
    """The question of that code, or the first one without an answer (the last when all have one); None when it is not asked."""
    asked = shown(door.asked.form.questionnaire, answers)
    if not code:
        code = next((item.code for item in asked if not answers.get(item.code)), asked[-1].code)
    place = next((number for number, item in enumerate(asked) if item.code == code), None)
    return None if place is None else _question(door, answers, asked, place)


def after(door: Door, answers: Mapping[str, Answer], code: str) -> str:
    """Code of the question that follows; "" after the last one."""
    codes = [item.code for item in shown(door.asked.form.questionnaire, answers)]
    place = codes.index(code) + 1 if code in codes else 0
    return codes[place] if place < len(codes) else ""


def review(door: Door, answers: Mapping[str, Answer]) -> tuple[Said, ...]:
    """Every question asked with its answer."""
    found = []
    for item in shown(door.asked.form.questionnaire, answers):
        given = answers.get(item.code)
        if door.asked.form.kind(item) == "text":
            words = (str(given),) if given else ()
        else:
            words = tuple(_option_words(door, item, code) for code in chosen(given))
        found.append(Said(item.code, _said(door, item.text), words))
    return tuple(found)


def _question(door: Door, answers: Mapping[str, Answer], asked: tuple[Item, ...], place: int) -> Question:
    item, form = asked[place], door.asked.form
    section = next(one for one in form.questionnaire.sections if item in one.items)
    first = place == 0 or asked[place - 1] not in section.items
    given = answers.get(item.code)
    kind = form.kind(item)
    after_text = item.after_text_if
    return Question(
        code=item.code,
        kind="single" if kind == "single_of" else kind,
        words=_said(door, item.text),
        heading=_said(door, section.title) if first else "",
        note=_said(door, section.note) if first else "",
        help=_said(door, item.help),
        choices=_choices(door, item, answers),
        written=str(given or "") if kind == "text" else "",
        most=item.max_chars or 0,
        number=place + 1,
        total=len(asked),
        before=asked[place - 1].code if place else "",
        after_text=_said(door, after_text.text) if after_text and set(chosen(given)) & set(after_text.in_) else "",
    )


def _choices(door: Door, item: Item, answers: Mapping[str, Answer]) -> tuple[Choice, ...]:
    if door.asked.form.kind(item) == "text":
        return ()
    scale = door.asked.form.scale(item)
    beside = {one.code for one in scale.unscored} if scale else set()
    given = chosen(answers.get(item.code))
    codes = choices(door.asked.form, item, answers)
    return tuple(Choice(code, _option_words(door, item, code), code in given, code in beside) for code in codes)


def _option_words(door: Door, item: Item, code: str) -> str:
    form = door.asked.form
    if item.source:
        return _option_words(door, form.questionnaire.by_code[item.source], code)
    scale = form.scale(item)
    options = {one.code: one.text for one in (*scale.options,)} if scale else {one.code: one.text for one in item.options}
    if scale:
        options |= {one.code: one.text for one in scale.unscored}
    return _said(door, options.get(code))


def _said(door: Door, wording: Wording | None) -> str:
    return piped(wording, door.asked.terms, (get_language() or "da")[:2]) if wording else ""
