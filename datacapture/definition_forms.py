"""Writing and approving a definition."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from datacapture.actions import defining
from datacapture.actions.draft_texts import read_texts
from datacapture.actions.library import definitions
from datacapture.actions.old_numbers import old_numbers
from datacapture.engine.writing import read_definition
from datacapture.models import DefinitionDraft
from datacapture.queries.drafts import old_number_words
from kip.core.forms import DateField, IntegerField, KipForm, refuse_cpr
from kip.core.yaml_source import DefinitionError
from practices.acting import Acting

LONGEST = 20_000
QUOTED = 120
LATEST_REVIEW_YEARS = 3


def _code_area(rows: int) -> forms.Textarea:
    """Lines are not wrapped, so that the number of a line is that of an error."""
    shown = {"rows": rows, "class": "kip-code", "spellcheck": "false", "autocomplete": "off", "wrap": "off"}
    return forms.Textarea(attrs={**shown, "data-lines": "1"})


class DraftForm(KipForm):
    """The two YAML texts, the smallest denominator and what is changed; every refusal names the line."""

    definition = forms.CharField(
        label=gettext_lazy("Definition (YAML)"),
        help_text=gettext_lazy("The clauses as in the definition files. Clauses named by ref and code sets come from the files."),
        max_length=LONGEST,
        widget=_code_area(24),
    )
    texts = forms.CharField(
        label=gettext_lazy("Texts in Danish and English (YAML)"),
        max_length=LONGEST,
        widget=_code_area(24),
        validators=[refuse_cpr],
    )
    min_n = IntegerField(
        label=gettext_lazy("Smallest denominator for a verdict"),
        min_value=defining.MIN_N_RANGE[0],
        max_value=defining.MIN_N_RANGE[1],
    )
    keep_numbers = forms.BooleanField(
        label=gettext_lazy("The texts are right: they may name the old numbers"),
        help_text=gettext_lazy("The person who approves the draft is asked about it too."),
        required=False,
    )
    note = forms.CharField(
        label=gettext_lazy("What is changed, and why?"),
        help_text=gettext_lazy("Everybody reads it in the definition's change log."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        validators=[refuse_cpr],
    )

    def __init__(self, *args: Any, acting: Acting, draft: DefinitionDraft, **kwargs: Any) -> None:
        kwargs.setdefault(
            "initial",
            {"definition": draft.definition_text, "texts": draft.texts_text, "min_n": draft.min_n, "note": draft.note},
        )
        super().__init__(*args, **kwargs)
        self.acting, self.draft = acting, draft
        if not self.data.get("keep_numbers"):
            del self.fields["keep_numbers"]

    def clean_definition(self) -> str:
        text = str(self.cleaned_data["definition"])
        with self._refusals("definition"):
            read_definition(text, definitions()[0], self.draft.indicator.code)
        return text

    def clean_texts(self) -> str:
        text = str(self.cleaned_data["texts"])
        with self._refusals("texts"):
            read_texts(text, self.draft.indicator.code)
        return text

    @contextmanager
    def _refusals(self, name: str) -> Iterator[None]:
        """A refusal becomes the field's error, and the field is told which line it is about."""
        try:
            yield
        except DefinitionError as error:
            self.fields[name].widget.attrs |= {"data-line": str(error.line)}
            raise ValidationError(refused_words(error), code="definition") from error

    def carry_out(self) -> bool:
        try:
            defining.save(by=self.acting, draft=self.draft, **self.cleaned_data)
        except defining.NotNow:
            self.add_error(None, _("The draft has moved on since the page was opened. Go back and look at it again."))
            return False
        except defining.OldNumbers as error:
            self.fields["keep_numbers"] = self.base_fields["keep_numbers"]
            self.add_error("keep_numbers", [old_number_words(item) for item in error.found])
            return False
        return True


def refused_words(error: DefinitionError) -> str:
    """Where the text is wrong, what is wrong and how to mend it, with the line as it stands."""
    sentence, mend = error.told()
    said = _("Line %(line)s: %(sentence)s.") % {"line": error.line, "sentence": sentence}
    quoted = _("The line says: %(text)s") % {"text": error.quoted[:QUOTED]} if error.quoted else ""
    return " ".join(part for part in (said, mend, quoted) if part)


class ApproveForm(KipForm):
    """The second person's yes, and when the definition is looked at again."""

    next_review = DateField(label=gettext_lazy("When must the definition be looked at again?"))
    read = forms.BooleanField(label=gettext_lazy("I have read what is changed and what the test run shows"))
    keep_numbers = forms.BooleanField(label=gettext_lazy("I have seen that the texts still name the old numbers"))

    def __init__(self, *args: Any, acting: Acting, draft: DefinitionDraft, **kwargs: Any) -> None:
        today = timezone.localdate()
        kwargs.setdefault("initial", {"next_review": date(today.year + 1, today.month, 1)})
        super().__init__(*args, **kwargs)
        self.acting, self.draft = acting, draft
        if not old_numbers(draft):
            del self.fields["keep_numbers"]

    def clean_next_review(self) -> date:
        day: date = self.cleaned_data["next_review"]
        today = timezone.localdate()
        if not today < day < date(today.year + LATEST_REVIEW_YEARS, today.month, 1):
            raise ValidationError(_("Choose a day after today and within three years."), code="review")
        return day

    def carry_out(self) -> bool:
        try:
            seen = self.cleaned_data.get("keep_numbers", False)
            defining.approve(by=self.acting, draft=self.draft, next_review=self.cleaned_data["next_review"], keep_numbers=seen)
        except (defining.NotNow, defining.OldNumbers):
            self.add_error(None, _("The draft has moved on since the page was opened. Go back and look at it again."))
            return False
        return True
