"""What the sign-in library asks the house: its words, its mail, its rules, and what it tells of failures."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import qrcode
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from qrcode.image.svg import SvgFillImage

from clinic.accounts.models import User
from clinic.actions import account
from clinic.actions.people import NOBODY, staff
from clinic.actions.permissions import can
from clinic.desk import account_session
from clinic.desk.post import send
from clinic.look.request import Request

STRONG = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
"""Second factors. Recovery codes only stand in for them."""


def safe_path(request: Request, url: str | None) -> str:
    """The address if it is a page of this house, else ""."""
    ours = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return str(url) if url and ours else ""


def has_factor(user: AbstractBaseUser) -> bool:
    return bool(Authenticator.objects.filter(user_id=user.pk, type__in=STRONG).exists())


class Doors(DefaultAccountAdapter):  # type: ignore[misc]
    """Signing in and out, passwords, mail."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account is closed. Ask the owner of the clinic."),
        "email_password_mismatch": _("The e-mail address and the password do not belong together. Check both."),
        "enter_current_password": _("This is not your present password."),
        "incorrect_password": _("This is not your password. Nothing is lost; try once more."),
        "invalid_password_reset": _("This link does not work any more."),
        "too_many_login_attempts": _("There were too many wrong tries. Wait five minutes, then try again."),
        "rate_limited": _("There were too many tries. Wait five minutes, then try again."),
    }

    def is_open_for_signup(self, _request: Request) -> bool:
        return False

    def is_safe_url(self, url: str) -> bool:
        return bool(safe_path(self.request, url)) and not urlsplit(url).netloc

    def format_email_subject(self, subject: str) -> str:
        return subject

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Whether a mail is sent must not be seen from how long the answer takes."""
        send(self.render_mail(template_prefix, email, {"request": self.request, "email": email, **context}))

    def send_notification_mail(
        self, _template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        super().send_notification_mail("account/email/changed", user, {"user": user, **(context or {})}, email)

    def get_reauthentication_methods(self, user: AbstractBaseUser | AnonymousUser) -> list[dict[str, Any]]:
        """One page on which every way stands."""
        if not user.is_authenticated:
            return []
        return [{"id": "reauthenticate", "description": "", "url": reverse("account_reauthenticate")}]

    def is_reauthentication_required(self, **_rest: Any) -> bool:
        """Who has just come in and sets up the first second factor need not say so again."""
        return not account_session.enrolling(self.request.session, self.request.doing.now)

    def pre_login(self, request: Request, user: User, **kwargs: Any) -> HttpResponse | None:
        if user.is_active and not can(staff(user), "own.account"):
            return self.respond_user_inactive(request, user)  # type: ignore[no-any-return]
        return super().pre_login(request, user, **kwargs)  # type: ignore[no-any-return]

    def login(self, request: Request, user: User) -> None:
        super().login(request, user)
        now = request.doing.now
        account_session.begin(request.session, now)
        if not has_factor(user):
            request.session[account_session.ENROLLING] = now.timestamp()

    def authentication_failed(self, request: Request, **credentials: Any) -> None:
        """The row names the account if there is one, never what was typed, which may be a password."""
        user = User.objects.filter(email=str(credentials.get("email", "")).lower()).first()
        tell_failure(request, user, "password")


def tell_failure(request: Request, user: User | None, by: str) -> None:
    """One row for a failed try: nobody acted, in the clinic of the account if there is one."""
    nobody = replace(NOBODY, clinic_id=user.clinic_id if user else None)
    doing = replace(request.doing, actor=nobody)
    account.sign_in_failed(doing, about=account.about(user) if user else "", why=by)


class Factors(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors: at least one stays, and what is secret of them is stored encrypted."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "cannot_delete_authenticator": _("This is your only second factor. Add another before you remove it."),
        "cannot_generate_recovery_codes": _("Set up a second factor first."),
        "incorrect_code": _("This did not fit. A code counts for half a minute and only once; wait for the next one."),
    }

    def get_totp_issuer(self) -> str:
        return "Effleurage"

    def build_totp_svg(self, url: str) -> str:
        """Dark on white in any colour scheme, since cameras need it so."""
        drawn = BytesIO()
        qrcode.make(url, image_factory=SvgFillImage).save(drawn)
        return drawn.getvalue().decode()

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        rest = Authenticator.objects.filter(user=authenticator.user, type__in=STRONG).exclude(pk=authenticator.pk)
        return bool(rest.exists())

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:  # noqa: A002
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return str(_("Passkey %(number)d") % {"number": count + 1})


def _cipher() -> Fernet:
    digest = hashlib.sha256(b"second factors " + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))
