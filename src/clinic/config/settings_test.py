"""The settings under test: the same application, with quick passwords and plain static files."""

from __future__ import annotations

import os
import tempfile

os.environ.setdefault("CLINIC_HOME", tempfile.mkdtemp(prefix="clinic-test-"))

from clinic.config.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
WHITENOISE_AUTOREFRESH = True  # nothing is collected under test; the finders serve
