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

SEALED: tuple[type[Sealed], ...] = (
    BreakGlass, Merge, FactEntry, DecisionRecord, Override, OverrideStep, TreatmentPlan, Signature, PlanLock,
    ContentVersion, Approval, Examination, ConsentText, Consent, Document, Review,
)  # fmt: skip
"""The tables whose rows never change."""

__all__ = [
    "AccessLink", "Approval", "AuditEvent", "AuditHead", "BreakGlass", "Care", "Consent", "ConsentText",
    "ContentVersion", "DecisionRecord", "Document", "Examination", "FactEntry", "Guardian", "Hours", "IntakeRun",
    "Merge", "Notice", "Override", "OverrideStep", "Patient", "PatientState", "Photo", "PlanLock", "Proposal",
    "Retention", "Review", "Room", "SEALED", "Sealed", "Service", "Signature", "TreatmentPlan", "Visit",
]  # fmt: skip
