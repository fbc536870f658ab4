"""Founds a small clinic in an empty installation: `python -m tests.browser.small_clinic`. For the tests in the browser.

One person each at the desk, as therapist and as clinical lead, with the passwords and the second factors of `SIGN_INS`.
"""

from __future__ import annotations

import secrets
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import django

ROOT = Path(__file__).parents[2]
PASSWORD = "quiet room with a warm lamp"
SIGN_INS = {
    "desk@north.test": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXA",
    "therapist@north.test": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXB",
    "lead@north.test": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXC",
}
"""The secret of each person's one-time codes."""


def main() -> None:
    sys.path.insert(0, str(ROOT))
    django.setup()
    found()


def found() -> None:
    from allauth.mfa.totp.internal.auth import TOTP

    from clinic.accounts.models import Competence, Role, User
    from clinic.actions.found_clinic import Place, Somebody, found_clinic
    from clinic.actions.frame import Doing
    from clinic.actions.people import HOUSE
    from clinic.records.content import built_in

    now = datetime.now(UTC)
    doing = Doing(actor=HOUSE, now=now, token=lambda: secrets.token_urlsafe(16), via="test")
    people = [
        Somebody("Dora Desk", "desk@north.test", [("Main", Role.FRONT_DESK)]),
        Somebody("Tara Therapist", "therapist@north.test", [("Main", Role.THERAPIST)]),
        Somebody("Lena Lead", "lead@north.test", [("Main", Role.CLINICAL_LEAD)]),
    ]
    found_clinic(doing, name="Clinic North", places=[Place("Main", "Europe/Kyiv", "1 Quiet Street")], people=people)
    for email, secret in SIGN_INS.items():
        user = User.objects.get(email=email)
        user.set_password(PASSWORD)
        user.save()
        TOTP.activate(user, secret)
        for competence in built_in().protocols.vocabulary.competences:
            until = (now + timedelta(days=300)).date()
            Competence.objects.create(user=user, name=competence.name, until=until)


if __name__ == "__main__":
    main()
