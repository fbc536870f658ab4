"""The pages of patients and guardians; each screen's module brings its own addresses."""

from __future__ import annotations

from clinic.portal import consents, door, home, questions

app_name = "portal"
urlpatterns = [*door.urlpatterns, *home.urlpatterns, *questions.urlpatterns, *consents.urlpatterns]
