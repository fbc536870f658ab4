"""The pages of patients and guardians; each screen's module brings its own addresses."""

from __future__ import annotations

from clinic.portal import consents, contact, door, home, outcomes, questions

app_name = "portal"
urlpatterns = [
    *door.urlpatterns,
    *home.urlpatterns,
    *questions.urlpatterns,
    *consents.urlpatterns,
    *contact.urlpatterns,
    *outcomes.urlpatterns,
]
