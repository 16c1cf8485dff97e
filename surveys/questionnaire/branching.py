"""Which questions a person is asked, given the answers so far. Answers to questions that are not asked are dropped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from surveys.questionnaire.form import Form
from surveys.questionnaire.schema import Condition, Item, Questionnaire

Answer = str | Sequence[str]
Answers = Mapping[str, Answer]


@dataclass(frozen=True)
class Fault:
    """An answer that cannot be given. reason: unknown_question, unknown_option, one_only, same_as_other or too_long."""

    item: str
    reason: str


def shown(questionnaire: Questionnaire, answers: Answers) -> tuple[Item, ...]:
    """The questions that are asked, in order: conditions read only answers to questions that are asked themselves."""
    asked: list[Item] = []
    standing: dict[str, Answer] = {}
    for section in questionnaire.sections:
        for item in section.items:
            if not (_holds(section.show_if, standing) and _holds(item.show_if, standing)):
                continue
            asked.append(item)
            answer = answers.get(item.code)
            if answer:
                standing[item.code] = answer
            if item.screen_out_if and len(chosen(answer)) < item.screen_out_if.count_less_than and answer is not None:
                return tuple(asked)
    return tuple(asked)


def kept(questionnaire: Questionnaire, answers: Answers) -> dict[str, Answer]:
    """The answers to questions that are asked; blank ones are left out."""
    return {item.code: answers[item.code] for item in shown(questionnaire, answers) if answers.get(item.code)}


def faults(form: Form, answers: Answers) -> tuple[Fault, ...]:
    """What is wrong with answers as sent; empty when they can be stored once `kept` has passed them."""
    found = []
    for code, answer in answers.items():
        item = form.questionnaire.by_code.get(code)
        reason = "unknown_question" if item is None else _fault(form, item, answer, answers)
        if reason:
            found.append(Fault(code, reason))
    return tuple(found)


def chosen(answer: Answer | None) -> tuple[str, ...]:
    """The codes of an answer, whichever kind of question it is to."""
    if not answer:
        return ()
    return (answer,) if isinstance(answer, str) else tuple(answer)


def choices(form: Form, item: Item, answers: Answers) -> tuple[str, ...]:
    """Codes on offer: for a single_of question those that were chosen before, without the one it must differ from."""
    codes = form.options(item)
    if item.source:
        codes = tuple(code for code in codes if code in chosen(answers.get(item.source)))
    if item.differs_from:
        codes = tuple(code for code in codes if code not in chosen(answers.get(item.differs_from)))
    return codes


def _holds(condition: Condition | None, standing: Answers) -> bool:
    return condition is None or any(code in condition.codes for code in chosen(standing.get(condition.item)))


def _fault(form: Form, item: Item, answer: Answer, answers: Answers) -> str:
    kind = form.kind(item)
    if kind == "text":
        return "" if isinstance(answer, str) and len(answer) <= (item.max_chars or 0) else "too_long"
    codes = chosen(answer)
    if kind != "multiple" and (not isinstance(answer, str) or len(codes) > 1):
        return "one_only"
    if len(set(codes)) != len(codes):
        return "one_only"
    if item.differs_from and set(codes) & set(chosen(answers.get(item.differs_from))):
        return "same_as_other"
    return "" if set(codes) <= set(choices(form, item, answers)) else "unknown_option"
