"""The months by their names, for a date in small fields."""

from __future__ import annotations

from django import template
from django.utils.dates import MONTHS

register = template.Library()


@register.simple_tag
def months() -> list[tuple[str, str]]:
    return [(str(number), str(name)) for number, name in MONTHS.items()]
