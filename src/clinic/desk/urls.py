"""Every staff page; each screen's module brings its own addresses."""

from __future__ import annotations

from clinic.desk import (
    care,
    consents,
    decision,
    documents,
    facts,
    intake,
    journal,
    links,
    merge,
    patients,
    plan,
    protocols,
    settings,
    today,
    visits,
    work,
)

app_name = "desk"
urlpatterns = [
    *patients.urlpatterns,
    *facts.urlpatterns,
    *decision.urlpatterns,
    *plan.urlpatterns,
    *protocols.urlpatterns,
    *today.urlpatterns,
    *visits.urlpatterns,
    *care.urlpatterns,
    *work.urlpatterns,
    *settings.urlpatterns,
    *journal.urlpatterns,
    *consents.urlpatterns,
    *documents.urlpatterns,
    *merge.urlpatterns,
    *intake.urlpatterns,
    *links.urlpatterns,
]
