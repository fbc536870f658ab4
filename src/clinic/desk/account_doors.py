"""Signing in with a second factor or a passkey, and setting these up: the library's views with our rules and pages."""

from __future__ import annotations

from typing import Any

from allauth.account import views as doors
from allauth.account.utils import perform_login
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from allauth.mfa.webauthn.views import AddWebAuthnView, EditWebAuthnView, LoginWebAuthnView, RemoveWebAuthnView
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from clinic.accounts.models import User
from clinic.actions import account
from clinic.actions.account import InvitationOver
from clinic.desk.account_adapter import Factors, has_factor, tell_failure
from clinic.desk.account_forms import NewPassword
from clinic.desk.account_prove import as_json
from clinic.desk.account_session import SIGNED_OUT
from clinic.look.request import Request


class SignIn(doors.LoginView):  # type: ignore[misc]
    """Whoever asks for a page of the house comes here first, and goes on to it afterwards."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {**context, "signed_out": SIGNED_OUT in self.request.session}


class SignOut(doors.LogoutView):  # type: ignore[misc]
    """The page that follows takes off this browser what it carried as a tablet. Who leaves by themselves wants that;
    whose session ended may be in the middle of a treatment. So it is remembered, and no address alone does it.
    """

    def logout(self) -> None:
        left = self.request.user.is_authenticated
        super().logout()
        if left:
            self.request.session[SIGNED_OUT] = True


class SecondStep(AuthenticateView):  # type: ignore[misc]
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        kinds = set(Authenticator.objects.filter(user=self.stage.login.user).values_list("type", flat=True))
        context["with_passkey"] = Authenticator.Type.WEBAUTHN in kinds
        context["with_app"] = Authenticator.Type.TOTP in kinds
        context["options"] = as_json(context["js_data"]["request_options"])
        return context

    def form_invalid(self, form: Form) -> HttpResponse:
        if "credential" in form.fields:
            tell_failure(self.request, self.stage.login.user, "webauthn")
        return super().form_invalid(form)  # type: ignore[no-any-return]


class SignInByPasskey(LoginWebAuthnView):  # type: ignore[misc]
    def form_invalid(self, form: Form) -> HttpResponse:
        tell_failure(self.request, None, "webauthn")
        return super().form_invalid(form)  # type: ignore[no-any-return]


class Add(AddWebAuthnView):  # type: ignore[misc]
    """Only passkeys that sign in by themselves, so the options ask for a device that checks its holder."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["options"] = as_json(auth.begin_registration(self.request.user, True))
        return context


class Rename(EditWebAuthnView):  # type: ignore[misc]
    pass


class Remove(RemoveWebAuthnView):  # type: ignore[misc]
    def form_valid(self, form: Form) -> HttpResponse:
        if not Factors().can_delete_authenticator(self.object):
            messages.error(self.request, str(Factors.error_messages["cannot_delete_authenticator"]))
            return redirect("me")
        return super().form_valid(form)  # type: ignore[no-any-return]


@login_required
@never_cache
def second(request: Request) -> HttpResponse:
    """Which second factor somebody without one wants; nothing else opens before."""
    user: User = request.user  # type: ignore[assignment]
    if has_factor(user):
        return redirect("me")
    return render(request, "mfa/index.html")


@never_cache
@sensitive_post_parameters("password1", "password2")
def welcome(request: Request, secret: str) -> HttpResponse:
    """An invitation: a password first, and then, as for everybody, a second factor."""
    doing = request.doing
    try:
        user = account.invited(secret, doing.now)
    except InvitationOver as over:
        return render(request, "desk/account/over.html", {"error": over}, status=410)
    form = NewPassword(request.POST or None, user=user)
    if not form.is_valid():
        return render(request, "desk/account/welcome.html", {"form": form, "invited": user})
    account.accept_invitation(doing, secret=secret, password=form.cleaned_data["password1"])
    return _in(request, user)


def _in(request: Request, user: User) -> HttpResponse:
    logout(request)
    user.refresh_from_db()
    messages.success(request, _("Your password is set."))
    response: HttpResponse = perform_login(request, user)
    request.session.set_expiry(0)
    return response
