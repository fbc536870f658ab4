"""The forms of signing in, in our words."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import (
    ChangePasswordForm,
    LoginForm,
    ReauthenticateForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
)
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as ReauthenticateByCodeForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

CODES_COUNT_FOR = 120
"""Seconds for which a code of the app could still be right, and is therefore remembered as used."""
CODE = {"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}
LENGTH = _("At least 8 characters. A sentence that only you would say is easier to remember than a short riddle.")


def _worded(form: forms.BaseForm, **words: tuple[Any, Any]) -> None:
    """Label and help of each field; nothing stands inside the field, where it would vanish as one types."""
    for name, (label, help_text) in words.items():
        field = form.fields[name]
        field.label, field.help_text = label, help_text
        field.widget.attrs.pop("placeholder", None)


class SignInForm(LoginForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _worded(self, login=(_("E-mail address"), ""), password=(_("Password"), ""))
        self.fields["login"].widget.attrs["autocomplete"] = "username"


class ChangePassword(ChangePasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _worded(
            self,
            oldpassword=(_("Present password"), ""),
            password1=(_("New password"), LENGTH),
            password2=(_("New password once more"), ""),
        )


class ForgottenPassword(ResetPasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _worded(self, email=(_("E-mail address"), ""))


class NewPassword(ResetPasswordKeyForm):  # type: ignore[misc]
    """Also for an invitation: `user` is whose password it becomes, so that it cannot be their own name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _worded(self, password1=(_("Password"), LENGTH), password2=(_("Password once more"), ""))


def used_before(user: Any, code: str) -> bool:
    """Whether somebody used this code a moment ago; notes that it is used now."""
    return not cache.add(f"code-{user.pk}-{''.join(code.split())}", True, CODES_COUNT_FOR)


class Once(forms.Form):
    """A code counts once, also within the half minutes in which the library would take it again."""

    user: Any

    def clean_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]
        if used_before(self.user, code):
            raise get_adapter().validation_error("incorrect_code")
        return code


class SecondFactor(Once, AuthenticateForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _worded(self, code=(_("Code"), _("Six digits from the app, or one of your recovery codes.")))
        self.fields["code"].widget.attrs |= CODE | {"autofocus": True}


class ConfirmByCode(Once, ReauthenticateByCodeForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _worded(self, code=(_("Code"), _("Six digits from the app, or one of your recovery codes.")))
        self.fields["code"].widget.attrs |= CODE


class ConfirmByPassword(ReauthenticateForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _worded(self, password=(_("Password"), ""))


class FirstCode(ActivateTOTPForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _worded(self, code=(_("Code"), _("The six digits that the app shows now.")))
        self.fields["code"].widget.attrs |= CODE

    def clean_code(self) -> str:
        code: str = super().clean_code()
        used_before(self.user, code)
        return code


class AddPasskey(AddWebAuthnForm):  # type: ignore[misc]
    """Every passkey can be signed in with, so the device must always have checked who holds it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _worded(self, name=(_("Name"), _("What you call this device, for example “Telephone”.")))
        self.fields["name"].max_length = 60
        self.fields["passwordless"].widget = forms.HiddenInput()
        self.initial["passwordless"] = True

    def clean_passwordless(self) -> bool:
        return True


class RenamePasskey(EditWebAuthnForm):  # type: ignore[misc]
    name = forms.CharField(label=_("Name"), max_length=60)
