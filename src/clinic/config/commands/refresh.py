"""`clinic refresh`."""

from __future__ import annotations

import click
from django.utils import timezone

from clinic.actions.frame import Doing
from clinic.actions.people import HOUSE
from clinic.actions.refresh_states import refresh_states
from clinic.config.middleware import new_token
from clinic.config.serve import insist_on_schema
from clinic.records.models import Patient
from effleurage.lib.text import counted

AT_ONCE = 25


@click.command(name="refresh", help="Work out anew what the lists show of each patient; no record changes.")
def command() -> None:
    insist_on_schema()
    keys = list(Patient.objects.filter(merged_into=None).order_by("pk").values_list("pk", flat=True))
    with click.progressbar(length=len(keys), label="Patients") as bar:
        for start in range(0, len(keys), AT_ONCE):
            some = keys[start : start + AT_ONCE]
            doing = Doing(actor=HOUSE, now=timezone.now(), token=new_token, via="clinic refresh")
            found = Patient.objects.filter(pk__in=some).select_related("location", "clinic").order_by("pk")
            refresh_states(doing, patients=list(found))
            bar.update(len(some))
    click.echo(f"{counted(len(keys), 'patient')}: the lists are as the records are.")
