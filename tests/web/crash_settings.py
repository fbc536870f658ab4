"""The settings of an installation with one address more, at which `test_crash.py` writes over HTTP."""

from __future__ import annotations

from clinic.config.settings import *  # noqa: F403

ROOT_URLCONF = "tests.web.crash_urls"
