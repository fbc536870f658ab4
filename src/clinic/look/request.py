"""The request as every view gets it: with who acts and when, and what the middlewares have put on it."""

from __future__ import annotations

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from clinic.actions.frame import Doing
from clinic.records.models import AccessLink


class Request(HttpRequest):
    """`link` is a patient's private session, None for everybody else."""

    doing: Doing
    link: AccessLink | None
    htmx: HtmxDetails
