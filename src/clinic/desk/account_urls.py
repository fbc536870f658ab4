"""The addresses of signing in and of one's own account. The names without a namespace are those of the library."""

from __future__ import annotations

from allauth.account import views as doors
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as app
from django.urls import path, re_path
from django.views.generic import RedirectView

from clinic.desk import account, account_doors, account_journal, account_prove

JOURNAL = account_journal
"""Named here, so that whoever can sign in is also written down."""

to_me = RedirectView.as_view(pattern_name="me")

accounts_urlpatterns = [
    path("sign-in/", account_doors.SignIn.as_view(), name="account_login"),
    path("sign-in/second/", account_doors.SecondStep.as_view(), name="mfa_authenticate"),
    path("sign-in/passkey/", account_doors.SignInByPasskey.as_view(), name="mfa_login_webauthn"),
    path("sign-in/closed/", doors.account_inactive, name="account_inactive"),
    path("sign-in/forgotten/", doors.password_reset, name="account_reset_password"),
    path("sign-in/forgotten/sent/", doors.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^sign-in/new-password/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        doors.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "sign-in/new-password/done/",
        doors.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("sign-out/", account_doors.SignOut.as_view(), name="account_logout"),
    path("locked/", account_prove.locked, name="locked"),
    path("lock/", account_prove.lock, name="lock"),
    path("welcome/<str:secret>/", account_doors.welcome, name="welcome"),
    path("language/", account.set_language, name="set_language"),
    path("me/", account.me, name="me"),
    path("me/here/", account.here, name="here"),
    path("me/confirm/", account_prove.confirm, name="account_reauthenticate"),
    path("me/password/", doors.password_change, name="account_change_password"),
    path("me/password/set/", to_me, name="account_set_password"),
    path("me/sessions/<int:pk>/end/", account.end_session, name="end_session"),
    path("me/second/", account_doors.second, name="mfa_index"),
    path("me/second/app/", app.activate_totp, name="mfa_activate_totp"),
    path("me/second/app/remove/", app.deactivate_totp, name="mfa_deactivate_totp"),
    path("me/second/codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("me/second/codes/new/", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("me/second/passkeys/", to_me, name="mfa_list_webauthn"),
    path("me/second/passkeys/add/", account_doors.Add.as_view(), name="mfa_add_webauthn"),
    path("me/second/passkeys/<int:pk>/name/", account_doors.Rename.as_view(), name="mfa_edit_webauthn"),
    path("me/second/passkeys/<int:pk>/remove/", account_doors.Remove.as_view(), name="mfa_remove_webauthn"),
]
