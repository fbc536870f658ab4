"""Everything that is stored. The only place, with the modules beside it, where the database meets the core."""

from clinic.records.models.audit import AuditEvent, AuditHead
from clinic.records.models.facts import FactEntry, IntakeRun
from clinic.records.models.house import Hours, Notice, Retention, Room, Service, Visit
from clinic.records.models.papers import Consent, ConsentText, Document, Review
from clinic.records.models.patients import (
    AccessLink,
    BreakGlass,
    Care,
    Guardian,
    Merge,
    Patient,
    PatientState,
    Photo,
)
from clinic.records.models.plans import DecisionRecord, Override, OverrideStep, PlanLock, Signature, TreatmentPlan
from clinic.records.models.protocols import Approval, ContentVersion, Examination, Proposal
from clinic.records.models.sealed import Sealed
from clinic.records.models.treatments import (
    AdverseEvent,
    AdverseReview,
    Contact,
    HarmLimit,
    MassageSession,
    NoteAddition,
    NoteDraft,
    OddEvent,
    Reaction,
    RegimenStop,
    ScoreEntry,
    SessionEvent,
    Settlement,
    SignedNote,
    Tablet,
)

SEALED: tuple[type[Sealed], ...] = (
    BreakGlass, Merge, FactEntry, DecisionRecord, Override, OverrideStep, TreatmentPlan, Signature, PlanLock,
    ContentVersion, Approval, Examination, ConsentText, Consent, Document, Review,
    SessionEvent, OddEvent, Settlement, SignedNote, NoteAddition, Reaction, AdverseEvent, AdverseReview, RegimenStop,
    ScoreEntry,
)  # fmt: skip
"""The tables whose rows never change."""

__all__ = [
    "AccessLink", "AdverseEvent", "AdverseReview", "Approval", "AuditEvent", "AuditHead", "BreakGlass", "Care",
    "Consent", "ConsentText", "Contact", "ContentVersion", "DecisionRecord", "Document", "Examination", "FactEntry",
    "Guardian", "HarmLimit", "Hours", "IntakeRun", "MassageSession", "Merge", "NoteAddition", "NoteDraft", "Notice",
    "OddEvent", "Override", "OverrideStep", "Patient", "PatientState", "Photo", "PlanLock", "Proposal", "Reaction",
    "RegimenStop", "Retention", "Review", "Room", "SEALED", "ScoreEntry", "Sealed", "Service", "SessionEvent",
    "Settlement", "Signature", "SignedNote", "Tablet", "TreatmentPlan", "Visit",
]  # fmt: skip
