"""The reviewed table: who is let in where. What is not named here is refused."""

from __future__ import annotations

from dataclasses import dataclass

ALL = frozenset(
    ("anonymous", "patient", "guardian", "front_desk", "therapist", "outside", "clinical_lead", "owner", "api_client",
     "elsewhere")
)  # fmt: skip
EVERYBODY = ALL - {"api_client"}
"""Somebody with the role of an API client has no page at all."""
ACCOUNT = EVERYBODY - {"anonymous", "patient", "guardian"}
STAFF = frozenset(("front_desk", "therapist", "outside", "clinical_lead", "elsewhere"))
NEAR = frozenset(("front_desk", "therapist", "outside", "clinical_lead"))
CARERS = frozenset(("therapist", "clinical_lead"))
HOLDERS = frozenset(("patient", "guardian"))
PATIENT = frozenset(("patient",))
SEE = frozenset(("front_desk", "therapist", "clinical_lead"))
THERAPISTS = frozenset(("therapist", "outside"))
CLINICIANS = frozenset(("therapist", "outside", "clinical_lead"))
READERS = CLINICIANS | {"elsewhere"}
LEAD = frozenset(("clinical_lead",))
LEADS = frozenset(("clinical_lead", "elsewhere"))
LEADS_AND_OWNER = LEADS | {"owner"}
DESK_AND_LEAD = frozenset(("front_desk", "clinical_lead"))
OWNER = frozenset(("owner",))
DESK = frozenset(("front_desk",))
NOBODY: frozenset[str] = frozenset()
"""Routes that need a secret or a thing of one's own that nobody here holds, or that lead away by design."""


@dataclass(frozen=True)
class Row:
    """Who is let in. `post` is for routes where sending is another right than looking, or leads away by design.

    `any_object`: the route's parameter names nothing that belongs to a clinic. `get_keeps`: tables in which a GET keeps
    by an act what a calculation begun by a POST has brought meanwhile.
    """

    roles: frozenset[str]
    post: frozenset[str] | None = None
    any_object: bool = False
    get_keeps: frozenset[str] = frozenset()

    def lets_in(self, role: str, method: str, whose: str) -> bool:
        wanted = self.roles if method == "GET" or self.post is None else self.post
        return role in wanted and (whose == "own" or self.any_object)


ROWS: dict[str, Row] = {
    "alive": Row(EVERYBODY),
    "style": Row(EVERYBODY),
    # Signing in: the doors stand open for everybody, and tell nobody who is known.
    "account_login": Row(EVERYBODY),
    "account_inactive": Row(EVERYBODY),
    "account_reset_password": Row(EVERYBODY),
    "account_reset_password_done": Row(EVERYBODY),
    "account_reset_password_from_key": Row(EVERYBODY, any_object=True),
    "account_reset_password_from_key_done": Row(EVERYBODY),
    "mfa_authenticate": Row(ACCOUNT),
    "mfa_login_webauthn": Row(ACCOUNT),
    "welcome": Row(NOBODY),
    "set_language": Row(EVERYBODY),
    "account_logout": Row(ACCOUNT, post=NOBODY),
    "lock": Row(ACCOUNT, post=NOBODY),
    "locked": Row(ACCOUNT),
    "here": Row(ACCOUNT),
    # One's own account.
    "me": Row(ACCOUNT),
    "account_change_password": Row(ACCOUNT),
    "account_reauthenticate": Row(ACCOUNT),
    "account_set_password": Row(EVERYBODY),
    "end_session": Row(NOBODY),
    "mfa_activate_totp": Row(ACCOUNT),
    "mfa_add_webauthn": Row(ACCOUNT),
    "mfa_deactivate_totp": Row(ACCOUNT),
    "mfa_edit_webauthn": Row(ACCOUNT, any_object=True),
    "mfa_generate_recovery_codes": Row(ACCOUNT),
    "mfa_index": Row(ACCOUNT),
    "mfa_list_webauthn": Row(EVERYBODY),
    "mfa_remove_webauthn": Row(ACCOUNT, any_object=True),
    "mfa_view_recovery_codes": Row(NOBODY, post=ACCOUNT),
    # Lists of the house.
    "desk:today": Row(STAFF | OWNER),
    "desk:work": Row(STAFF),
    "desk:work_rules": Row(READERS),
    "desk:notice_seen": Row(DESK),
    "desk:patients": Row(STAFF),
    "desk:new_patient": Row(STAFF),
    "desk:new_visit_whose": Row(STAFF),
    "desk:visit_arrive": Row(NEAR),
    "desk:visit_cancel": Row(NEAR),
    # Who somebody is.
    "desk:patient": Row(SEE),
    "desk:edit_patient": Row(NEAR),
    "desk:photo": Row(NEAR),
    "desk:links": Row(NEAR),
    "desk:revoke_link": Row(NEAR),
    "desk:guardian": Row(NEAR),
    "desk:consents": Row(NEAR),
    "desk:consent": Row(NEAR),
    "desk:documents": Row(NEAR),
    "desk:document": Row(CARERS),
    "desk:document_file": Row(CARERS),
    "desk:imported": Row(CARERS),
    "desk:intake": Row(NEAR),
    "desk:new_visit": Row(NEAR),
    "desk:care": Row(DESK_AND_LEAD),
    "desk:end_care": Row(DESK_AND_LEAD),
    "desk:open_with_reason": Row(THERAPISTS),
    # What is true of their body, and what follows from it.
    "desk:facts": Row(CARERS),
    "desk:history": Row(CARERS),
    "desk:correct": Row(CARERS),
    "desk:settle": Row(CARERS),
    "desk:decision": Row(CARERS),
    "desk:rule": Row(CARERS),
    "desk:aside": Row(CARERS),
    "desk:letter_pdf": Row(CARERS),
    "desk:plan": Row(CARERS),
    "desk:choose_plan": Row(CARERS),
    "desk:sign": Row(CARERS),
    "desk:lock_plan": Row(CARERS),
    "desk:plan_pdf": Row(CARERS),
    # The lead.
    "desk:merge": Row(LEAD),
    "desk:unite": Row(LEAD),
    "desk:separate": Row(NOBODY),
    "desk:patient_journal": Row(LEAD),
    "desk:consent_texts": Row(LEADS_AND_OWNER),
    "desk:consent_text": Row(LEADS_AND_OWNER, any_object=True),
    "desk:journal": Row(LEADS_AND_OWNER),
    "desk:journal_check": Row(LEADS_AND_OWNER),
    "desk:journal_export": Row(LEADS_AND_OWNER),
    # Protocols.
    "desk:protocols": Row(READERS),
    "desk:protocol_lists": Row(READERS, post=LEADS),
    "desk:version": Row(READERS, any_object=True),
    "desk:to_confirm": Row(READERS, any_object=True),
    "desk:proofs": Row(READERS, any_object=True),
    "desk:protocol_folder": Row(READERS, any_object=True),
    "desk:protocol_text": Row(READERS, any_object=True),
    "desk:propose": Row(LEADS),
    "desk:proposal": Row(CLINICIANS, get_keeps=frozenset(("examination",))),
    "desk:approve": Row(CLINICIANS),
    "desk:examine": Row(CLINICIANS),
    "desk:publish": Row(LEAD),
    "desk:end_proposal": Row(LEAD),
    # The owner.
    "desk:settings": Row(OWNER),
    "desk:settings_clinic": Row(OWNER),
    "desk:settings_languages": Row(OWNER),
    "desk:settings_new_person": Row(OWNER),
    "desk:settings_new_place": Row(OWNER),
    "desk:settings_new_service": Row(OWNER),
    "desk:settings_people": Row(OWNER),
    "desk:settings_places": Row(OWNER),
    "desk:settings_retention": Row(OWNER),
    "desk:settings_services": Row(OWNER),
    "desk:settings_close": Row(OWNER),
    "desk:settings_competence": Row(OWNER),
    "desk:settings_drop_competence": Row(OWNER),
    "desk:settings_edit_person": Row(OWNER),
    "desk:settings_hours": Row(OWNER),
    "desk:settings_invite": Row(OWNER),
    "desk:settings_new_room": Row(OWNER),
    "desk:settings_person": Row(OWNER),
    "desk:settings_place": Row(OWNER),
    "desk:settings_reopen": Row(OWNER),
    "desk:settings_room": Row(OWNER),
    "desk:settings_service": Row(OWNER),
    "desk:settings_sessions": Row(OWNER),
    # At the table.
    "bedside:home": Row(READERS),
    "bedside:token": Row(READERS),
    "bedside:manifest": Row(EVERYBODY),
    "bedside:worker": Row(EVERYBODY),
    "bedside:content": Row(READERS, any_object=True),
    "bedside:tablets": Row(READERS),
    "bedside:end_tablet": Row(CARERS),
    "bedside:take_file": Row(READERS),
    "bedside:unlock": Row(READERS),
    "bedside:revoke": Row(READERS),
    "bedside:pack": Row(READERS),
    "bedside:push": Row(READERS),
    "bedside:session": Row(LEAD),
    # After a session.
    "desk:sessions": Row(CARERS),
    "desk:session": Row(CARERS),
    "desk:note": Row(CARERS),
    "desk:note_again": Row(CARERS),
    "desk:sign_note": Row(CARERS),
    "desk:add_to_note": Row(CARERS),
    "desk:note_pdf": Row(CARERS),
    "desk:contact": Row(NEAR),
    "desk:contact_link": Row(NEAR),
    "desk:close_contact": Row(NEAR),
    "desk:report_harm": Row(NEAR),
    "desk:harm": Row(LEADS),
    "desk:harm_limits": Row(LEADS),
    "desk:harm_event": Row(LEAD),
    "desk:harm_regimen": Row(LEADS, any_object=True),
    # Outcomes. What can be printed needs a signed plan, which nobody has here.
    "desk:outcomes": Row(NEAR),
    "desk:outcome_tablet": Row(NEAR),
    "desk:outcome": Row(NEAR),
    "desk:summary_pdf": Row(NOBODY),
    "desk:results": Row(LEADS_AND_OWNER),
    # Patients and guardians.
    "portal:outcomes": Row(HOLDERS),
    "portal:outcome": Row(HOLDERS, any_object=True),
    "portal:summary_pdf": Row(NOBODY),
    "portal:contact": Row(HOLDERS),
    "portal:door": Row(EVERYBODY, any_object=True),
    "portal:home": Row(HOLDERS),
    "portal:questions": Row(HOLDERS),
    "portal:consents": Row(HOLDERS),
    "portal:consent": Row(PATIENT, any_object=True),
    "portal:plan": Row(HOLDERS),
    "portal:plan_pdf": Row(NOBODY),
    "portal:leave": Row(EVERYBODY),
}
