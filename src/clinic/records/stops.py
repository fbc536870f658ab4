"""What forbids a regimen in a clinic: somebody stopped it, or it has reached a limit of harm."""

from __future__ import annotations

from django.db.models import QuerySet

from clinic.accounts.models import Clinic
from clinic.records.models import RegimenStop


def stopped_regimen(clinic: Clinic | int, regimen: str) -> RegimenStop | None:
    """What forbids a regimen in a clinic now."""
    return _stopped(RegimenStop.objects.filter(clinic=clinic, regimen=regimen)).get(regimen)


def stopped_regimens(clinic: Clinic | int) -> dict[str, RegimenStop]:
    """What forbids each regimen that is stopped in a clinic now: one query."""
    return _stopped(RegimenStop.objects.filter(clinic=clinic))


def _stopped(found: QuerySet[RegimenStop]) -> dict[str, RegimenStop]:
    last = {each.regimen: each for each in found.order_by("pk")}
    return {name: each for name, each in last.items() if not each.released}
