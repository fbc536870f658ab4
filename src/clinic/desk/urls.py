"""Every staff page; each screen's module brings its own addresses."""

from __future__ import annotations

from clinic.desk import (
    care,
    consents,
    contacts,
    decision,
    documents,
    facts,
    harm,
    intake,
    journal,
    links,
    merge,
    notes,
    outcomes,
    patients,
    plan,
    protocols,
    results,
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
    *notes.urlpatterns,
    *contacts.urlpatterns,
    *harm.urlpatterns,
    *outcomes.urlpatterns,
    *results.urlpatterns,
]
