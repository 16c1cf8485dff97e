"""What a practice reads of its surveys: the list, one campaign, and what the patients said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import Http404
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kip.charts.answers import AnswerRow, Answers
from kip.charts.pair import pair
from kip.core.numbers import decimal, integer, percent, percent_figure
from practices.acting import Acting
from surveys.enums import CampaignState, FigureKind, VersionState
from surveys.models import Campaign, CampaignUnit, Comment, Contact, Figure, QuestionnaireVersion
from surveys.queries.forms import form_of, terms_of
from surveys.questionnaire.form import Form
from surveys.questionnaire.schema import ALL, Item
from surveys.questionnaire.wording import Wording, piped
from surveys.scoring.planning import GOOD_N, MIN_N, band, invitations_needed

ANSWER_RATES = (0.28, 0.45, 0.60)  # from published surveys by link, by mail with reminders, and by paper


@dataclass(frozen=True)
class Listed:
    """A campaign of the list with what it has come to."""

    campaign: Campaign
    released: int


@dataclass(frozen=True)
class Sheet:
    """One campaign. people: on the list; needed: invitations for the wanted answers at each rate of answering."""

    campaign: Campaign
    unit: CampaignUnit
    people: int
    needed: Sequence[tuple[str, str]]
    reach: Sequence[tuple[str, int]]
    changeable: bool


@dataclass(frozen=True)
class Said:
    """A question or theme with its figure in words; share is "" while it is hidden."""

    code: str
    words: str
    share: str
    span: str
    people: str
    hidden: bool
    flag: str
    reference: str
    poor: str


@dataclass(frozen=True)
class Results:
    """What the patients said: a sentence first, then themes, questions with the whole distribution, and comments."""

    campaign: Campaign
    released: int
    sentence: str
    strength: str
    chance: str
    themes: Sequence[Said]
    questions: Sequence[Said]
    chart: SafeString | None
    comments: Sequence[tuple[str, Sequence[str]]]
    band: str


def offered(profession: str) -> tuple[list[QuestionnaireVersion], list[QuestionnaireVersion]]:
    """Published questionnaires that the profession can be asked: those that stand alone, and the modules for the general one."""
    rows = QuestionnaireVersion.objects.filter(state=VersionState.PUBLISHED).order_by("code", "version")
    fit = [row for row in rows if _fits(row, profession)]
    return [row for row in fit if row.code != "KIP-ADD"], [row for row in fit if row.content["questionnaire"].get("append_to")]


def campaigns(by: Acting) -> list[Listed]:
    """The practice's own campaigns and those of the region that it takes part in, newest first."""
    units = (
        CampaignUnit.objects.filter(practice_id=by.scope.practice_id).select_related("campaign").order_by("-campaign__made_at")
    )
    return [Listed(unit.campaign, unit.released) for unit in units if unit.campaign.state != CampaignState.CANCELLED]


def unit_of(by: Acting, pk: int) -> CampaignUnit:
    """The practice's part in a campaign. Raises Http404 for another's."""
    found = (
        CampaignUnit.objects.filter(campaign=pk, practice_id=by.scope.practice_id).select_related("campaign", "practice").first()
    )
    if found is None:
        raise Http404
    return found


def sheet(unit: CampaignUnit) -> Sheet:
    campaign = unit.campaign
    target = campaign.target or GOOD_N
    states = {"sent": _("not answered yet"), "begun": _("begun"), "submitted": _("answered"), "bounced": _("came back")}
    states |= {"opted_out": _("want no more"), "ineligible": _("not asked"), "created": _("not sent yet")}
    return Sheet(
        campaign=campaign, unit=unit, people=Contact.objects.filter(campaign=campaign).count(),
        needed=[(percent(rate), integer(invitations_needed(target, rate))) for rate in ANSWER_RATES],
        reach=[(words, unit.reach[state]) for state, words in states.items() if unit.reach.get(state)],
        changeable=campaign.practice_id == unit.practice_id,
    )  # fmt: skip


def results(unit: CampaignUnit) -> Results:
    """Figures and comments as they have been let out; without any, what is waited for."""
    campaign = unit.campaign
    rows = list(Figure.objects.filter(campaign=campaign, practice=unit.practice))
    form = form_of(campaign.content or {}, unit.practice.profession)
    titles = {one.code: one.title for one in form.questionnaire.dimensions}
    texts = {item.code: item.text for item in form.questionnaire.items}
    told = {row.code: _said(row, _words({**titles, **texts}[row.code], unit)) for row in rows}
    themes = [told[row.code] for row in rows if row.kind == FigureKind.DIMENSION]
    items = [row for row in rows if row.kind == FigureKind.ITEM]
    return Results(
        campaign=campaign, released=unit.released, sentence=_sentence(unit, items, told),
        strength=_best(items, told), chance=_poorest(items, told), themes=themes, questions=[told[row.code] for row in items],
        chart=_chart(form, items, told), comments=_comments(unit, form), band=band(unit.released),
    )  # fmt: skip


def _fits(row: QuestionnaireVersion, profession: str) -> bool:
    professions = row.content["questionnaire"]["professions"]
    return professions == ALL or profession in professions


def _said(row: Figure, words: str) -> Said:
    if row.hidden or row.share is None:
        return Said(row.code, words, "", "", integer(row.people), True, "", "", "")
    span = ""
    if row.lower is not None and row.upper is not None:
        span = f"{percent_figure(row.lower, row.people)}–{percent(row.upper, row.people)}"
    reference = percent(row.reference_share, row.reference_people) if row.reference_share is not None else ""
    poor = percent(row.poor_share, row.people) if row.poor_share is not None else ""
    return Said(row.code, words, percent(row.share, row.people), span, integer(row.people), False, row.flag, reference, poor)


def _sentence(unit: CampaignUnit, items: Sequence[Figure], told: Mapping[str, Said]) -> str:
    if not unit.released:
        return _("There are fewer than %(n)s answers. The result comes when there are %(n)s.") % {"n": MIN_N}
    best = max((row for row in items if not row.hidden), key=lambda row: row.share or 0, default=None)
    if best is None:
        return _("%(n)s have answered, but no question has %(least)s answers yet.") % {"n": unit.released, "least": MIN_N}
    return _("%(n)s have answered. %(x)s of 10 answered positively to: %(question)s") % {
        "n": unit.released, "x": decimal(10 * (best.share or 0), 0), "question": told[best.code].words,
    }  # fmt: skip


def _best(items: Sequence[Figure], told: Mapping[str, Said]) -> str:
    over = [row for row in items if row.flag == "O" and row.found]
    return told[max(over, key=lambda row: row.share or 0).code].words if over else ""


def _poorest(items: Sequence[Figure], told: Mapping[str, Said]) -> str:
    """The question to begin with: clearly under the others, else the one with most answers that ask for something better."""
    shown = [row for row in items if not row.hidden]
    under = [row for row in shown if row.flag == "U" and row.found]
    chosen = max(under or shown, key=lambda row: row.poor_share or 0, default=None)
    return told[chosen.code].words if chosen and chosen.poor_share else ""


def _chart(form: Form, items: Sequence[Figure], told: Mapping[str, Said]) -> SafeString | None:
    """Stacked bars of the questions on the commonest scale."""
    by_scale: dict[str, list[Figure]] = {}
    for row in items:
        by_scale.setdefault(form.questionnaire.by_code[row.code].scale or "", []).append(row)
    if not by_scale or all(row.hidden for row in items):
        return None
    name, rows = max(by_scale.items(), key=lambda pair_: len(pair_[1]))
    options = [option for option in form.scales[name].options if option.value is not None]
    bars = tuple(_bar(row, told[row.code].words, [str(option.value) for option in options]) for row in rows)
    answers = Answers(
        bars, tuple(str(one.text) for one in options), _("All answers to each question"),
        _("Each bar is all valid answers to a question, from best to worst. The number is how many answered."),
        lambda share: percent(share),
    )  # fmt: skip
    return mark_safe(pair(answers, "svar"))  # noqa: S308  built by kip.charts, which escapes every text


def _bar(row: Figure, words: str, steps: Sequence[str]) -> AnswerRow:
    if row.hidden:
        return AnswerRow(words, None, text=_("too few answers"))
    return AnswerRow(words, tuple(row.distribution[step] / row.people for step in steps), text=integer(row.people))


def _comments(unit: CampaignUnit, form: Form) -> list[tuple[str, list[str]]]:
    rows: QuerySet[Comment] = Comment.objects.filter(campaign=unit.campaign, practice=unit.practice).order_by("id")
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.item, []).append(row.text)
    items: Mapping[str, Item] = form.questionnaire.by_code
    return [(_words(items[code].text, unit), texts) for code, texts in found.items() if code in items]


def _words(wording: Wording, unit: CampaignUnit) -> str:
    return piped(wording, terms_of(unit.practice.profession), (get_language() or "da")[:2])
