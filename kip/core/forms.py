"""Forms in the look and words of the portal: renderer, base classes and fields that read Danish dates and numbers."""

import datetime as dt
import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.forms.renderers import TemplatesSetting
from django.utils import timezone

from kip.core.texts import text

# template of a widget -> class the design system styles it by
WIDGET_CLASSES = {
    "checkbox.html": "form-checkbox",
    "select.html": "form-select",
    "textarea.html": "form-input",
    "file.html": "form-file",
    "clearable_file_input.html": "form-file",
    "hidden.html": "",
    "multiple_hidden.html": "",
    "radio.html": "",
    "checkbox_select.html": "",
}
DATE_FORMATS = ["%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%Y-%m-%d"]
CPR = re.compile(r"(?<!\d)(\d{2})(\d{2})\d{2}[- ]?\d{4}(?!\d)")
GROUPED = re.compile(r"[+-]?\d{1,3}(\.\d{3})+(,\d+)?")
PLAIN = re.compile(r"[+-]?\d+([.,]\d+)?")


class KipRenderer(TemplatesSetting):
    """Renders every form, also those of other packages, with the markup of Det Fælles Designsystem."""

    form_template_name = "django/forms/kip_form.html"
    field_template_name = "django/forms/kip_field.html"

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        widget = context.get("widget")
        if widget is not None:
            style = WIDGET_CLASSES.get(template_name.rsplit("/", 1)[-1], "form-input")
            classes = f"{widget['attrs'].get('class', '')} {style}".strip()
            if classes:
                context = {**context, "widget": {**widget, "attrs": {**widget["attrs"], "class": classes}}}
        return super().render(template_name, context, request)


class Length(MaxLengthValidator):
    """Says by how many characters a text is too long, instead of only the limit."""

    def __call__(self, value: str) -> None:
        over = len(value) - int(self.limit_value)
        if over > 0:
            raise ValidationError(text("form.too_long", n=over, max=int(self.limit_value)), code="max_length")


def has_cpr(value: str) -> bool:
    """Whether the text holds what looks like a civil registration number (date of birth + four digits)."""
    return any(1 <= int(day) <= 31 and 1 <= int(month) <= 12 for day, month in CPR.findall(value))


def refuse_cpr(value: str) -> None:
    """Validator for free text."""
    if has_cpr(value):
        raise ValidationError(text("form.cpr_found"), code="cpr_found")


class DateInput(forms.DateInput):
    """A text field showing 2.11.2026; a browser's own date picker would use the browser's language instead."""

    def format_value(self, value: Any) -> str | None:
        if isinstance(value, dt.date):
            return f"{value.day}.{value.month}.{value.year}"
        return super().format_value(value)


class DateField(forms.DateField):
    """A date typed as 2.11.2026, 2/11/2026, 2-11-2026 or 2026-11-02; `past_only` refuses days after today."""

    widget = DateInput

    def __init__(self, *, past_only: bool = False, **kwargs: Any) -> None:
        self.past_only = past_only
        super().__init__(**{"input_formats": DATE_FORMATS, **kwargs})

    def validate(self, value: dt.date | None) -> None:
        super().validate(value)
        today = timezone.localdate()
        if self.past_only and value is not None and value > today:
            raise ValidationError(text("form.date_future", date=today), code="date_future")


class _DanishNumber:
    """Reads "1.234,5", "12,5" and "12.5"; both languages write a comma, as the error text says."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    error_messages: dict[str, Any]

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            written = re.sub(r"\s", "", value).replace("\u2212", "-")
            if GROUPED.fullmatch(written):
                value = written.replace(".", "").replace(",", ".")
            elif PLAIN.fullmatch(written) or not written:
                value = written.replace(",", ".")
            else:
                raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)  # type: ignore[misc]

    def echo(self, typed: str) -> str:
        """How a number typed with a full stop was read ("1.234" is 1234, "12.5" is 12,5), to be checked; else ""."""
        try:
            read = self.to_python(typed)
        except ValidationError:
            return ""
        if read is None or "." not in typed:
            return ""
        return text("form.number_read", value=str(read).replace(".", ","))

    def prepare_value(self, value: Any) -> Any:
        """A stored number is shown with a comma; what the person typed stays as typed."""
        return value if isinstance(value, str) or value is None else str(value).replace(".", ",")


class DecimalField(_DanishNumber, forms.DecimalField):
    """A number with decimals; see _DanishNumber for what may be typed."""


class IntegerField(_DanishNumber, forms.IntegerField):
    """A whole number; "1.234" is one thousand two hundred and thirty-four."""


class ConditionalCharField(forms.CharField):
    """A text that only some answers ask for; the help text says which, so the label does not call it optional."""

    conditional = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, **kwargs})


def _range_message(field: forms.Field) -> str | None:
    lower, upper = getattr(field, "min_value", None), getattr(field, "max_value", None)
    if lower is None or upper is None:
        return None
    return text("form.range", lower=str(lower).replace(".", ","), upper=str(upper).replace(".", ","))


def _own_messages(field: forms.Field, label: str) -> dict[str, str]:
    own = {"required": text("form.required", field=label.rstrip("?.:"))}
    if isinstance(field, forms.DateField):
        own["invalid"] = text("form.date")
    elif isinstance(field, forms.IntegerField | forms.DecimalField):
        own["invalid"] = text("form.number")
    elif isinstance(field, forms.EmailField):
        own["invalid"] = text("form.email")
    reach = _range_message(field)
    return {**own, "min_value": reach, "max_value": reach} if reach else own


class _PortalWords:
    """Gives each field the portal's error texts, in the language active when the form is made."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            label = str(field.label or name.replace("_", " ").capitalize())
            field.error_messages = {**field.error_messages, **_own_messages(field, label)}
            field.validators = [
                Length(each.limit_value) if isinstance(each, MaxLengthValidator) else each for each in field.validators
            ]


class KipForm(_PortalWords, forms.Form):
    """Base class of the portal's forms: our words, our look, an error summary on top."""

    use_required_attribute = False  # the browser's own bubbles are in the browser's language and cover the summary


class KipModelForm(_PortalWords, forms.ModelForm):
    """As KipForm for a model; name DateField and DecimalField of this module in Meta.field_classes."""

    use_required_attribute = False
