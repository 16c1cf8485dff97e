"""Confirmations and reasons on a release's way."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from datacapture.actions import releasing
from datacapture.models import Release
from kip.core.forms import KipForm, refuse_cpr
from practices.acting import Acting

REASON_LENGTH = 300


class StepForm(KipForm):
    """One step of a release: `carry_out` calls the action and puts its refusal on the page."""

    step: Callable[..., Any]

    def __init__(self, *args: Any, acting: Acting, release: Release, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.acting, self.release = acting, release

    def carry_out(self) -> bool:
        try:
            self.change()
        except releasing.NotNow:
            self.add_error(None, _("The release has moved on since the page was opened. Go back and look at it again."))
            return False
        return True

    def change(self) -> None:
        type(self).step(by=self.acting, release=self.release)


class CheckForm(StepForm):
    step = releasing.check


class ApproveForm(StepForm):
    read = forms.BooleanField(label=gettext_lazy("I have read the checks and what the release changes"))
    step = releasing.approve


class PublishForm(StepForm):
    step = releasing.publish


class StopForm(StepForm):
    step = releasing.stop


class ResumeForm(StepForm):
    step = releasing.resume


class WithdrawForm(StepForm):
    step = releasing.withdraw


class CorrectForm(StepForm):
    reason = forms.CharField(
        label=gettext_lazy("Why is the release corrected?"),
        help_text=gettext_lazy("Everybody who reads the release sees the reason."),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        validators=[refuse_cpr],
    )

    def change(self) -> None:
        made = releasing.begin(self.release.month_end, reason=self.cleaned_data["reason"], by=self.acting)
        releasing.order(made, self.acting.scope)
