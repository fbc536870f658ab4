"""Every form of the clinic: label, help and errors tied together, choices as large cards, errors once more on top."""

from __future__ import annotations

from django.forms.renderers import TemplatesSetting


class Fields(TemplatesSetting):
    """Widgets stay Django's own; what stands around them is ours."""

    form_template_name = "look/forms/form.html"
    formset_template_name = "look/forms/formset.html"
    field_template_name = "look/forms/field.html"
