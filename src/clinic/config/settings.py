"""The settings of the web application. What differs between installations comes from `home.py`; nothing else does."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from clinic.config.home import Home
from clinic.look import SHARED_STYLE

try:
    # Debian's SQLite can lose a write-ahead log (fixed in 3.51.3). The whole process uses one library, the mended one.
    import pysqlite3

    sys.modules["sqlite3"] = pysqlite3
    sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2
except ImportError:  # another system than Linux: `clinic doctor` looks at the version that Python brings
    pysqlite3 = None

HOME = Home(Path(os.environ.get("CLINIC_HOME", "var")).resolve(), os.environ)
DEMO = os.environ.get("CLINIC_DEMO", "") == "1"
DEBUG = False
SECRET_KEY = HOME.key("secret")
AUDIT_KEY = HOME.key("audit")
ALLOWED_HOSTS = os.environ.get("CLINIC_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
SECURE = os.environ.get("CLINIC_TLS", "") == "1"
"""Whether people reach this installation by https: then cookies are bound to it."""
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("CLINIC_ORIGINS", "").split(",") if origin]

INSTALLED_APPS = [
    "clinic.accounts.apps.AccountsConfig",
    "clinic.records.apps.RecordsConfig",
    "clinic.look.apps.LookConfig",
    "clinic.desk.apps.DeskConfig",
    "clinic.portal.apps.PortalConfig",
    "clinic.bedside.apps.BedsideConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "django.contrib.humanize",
    "csp",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
]

MIDDLEWARE = [
    "csp.middleware.CSPMiddleware",  # first, so that no answer leaves without it
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "clinic.config.middleware.DoingMiddleware",
    "clinic.config.middleware.LanguageMiddleware",
    "clinic.config.guard.GuardMiddleware",
]

ROOT_URLCONF = "clinic.config.urls"
WSGI_APPLICATION = "clinic.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "clinic.desk.frame.frame",
                "clinic.config.middleware.around",
            ],
        },
    },
]
FORM_RENDERER = "clinic.look.forms.Fields"

DATABASES = {"default": HOME.database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
]
"""Eight characters are enough because nobody of the staff comes in without a second factor."""
PASSWORD_RESET_TIMEOUT = 3600

ACCOUNT_ADAPTER = "clinic.desk.account_adapter.Doors"
ACCOUNT_FORMS = {
    "login": "clinic.desk.account_forms.SignInForm",
    "change_password": "clinic.desk.account_forms.ChangePassword",
    "reset_password": "clinic.desk.account_forms.ForgottenPassword",
    "reset_password_from_key": "clinic.desk.account_forms.NewPassword",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"
"""The library's own keeps a second copy of the address, by which one that the owner has changed would still sign in."""
ACCOUNT_LOGOUT_REDIRECT_URL = "/sign-in/"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SECURE else "http"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # addresses are entered by the owner, and an invitation reached them
MFA_ADAPTER = "clinic.desk.account_adapter.Factors"
MFA_FORMS = {
    "authenticate": "clinic.desk.account_forms.SecondFactor",
    "reauthenticate": "clinic.desk.account_forms.ConfirmByCode",
    "activate_totp": "clinic.desk.account_forms.FirstCode",
    "add_webauthn": "clinic.desk.account_forms.AddPasskey",
    "edit_webauthn": "clinic.desk.account_forms.RenamePasskey",
}
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEMO and not SECURE
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_TOLERANCE = 1
"""A telephone's clock may be half a minute out; no code counts twice (`account_forms.used_before`)."""

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "accounts_attempts",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}
"""What limits attempts must be one for all processes, and must not be forgotten by a restart."""

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("uk", _("Ukrainian")), ("ru", _("Russian"))]
LOCALE_PATHS = [Path(__file__).resolve().parent.parent / "locale"]
FORMAT_MODULE_PATH = "clinic.config.formats"
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATICFILES_DIRS = [SHARED_STYLE]
STATIC_ROOT = HOME.folder / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

EMAIL_BACKEND = os.environ.get("CLINIC_MAIL", "django.core.mail.backends.console.EmailBackend")
DEFAULT_FROM_EMAIL = os.environ.get("CLINIC_MAIL_FROM", "clinic@localhost")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SILENCED_SYSTEM_CHECKS = ["security.W008"]  # the web server in front, which speaks TLS, sends people on to it
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "clinic.config.guard.refused_form"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrf"
LANGUAGE_COOKIE_NAME = "__Host-language" if SECURE else "language"
LANGUAGE_COOKIE_SECURE, LANGUAGE_COOKIE_HTTPONLY, LANGUAGE_COOKIE_SAMESITE = SECURE, True, "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
DATA_UPLOAD_MAX_MEMORY_SIZE = 25_000_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 25_000_000

LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
