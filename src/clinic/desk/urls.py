"""Every staff page; each screen's module brings its own addresses."""

from __future__ import annotations

from clinic.desk import decision, facts, journal, patients, plan, settings, today, work

app_name = "desk"
urlpatterns = [
    *patients.urlpatterns,
    *facts.urlpatterns,
    *decision.urlpatterns,
    *plan.urlpatterns,
    *today.urlpatterns,
    *work.urlpatterns,
    *settings.urlpatterns,
    *journal.urlpatterns,
]
