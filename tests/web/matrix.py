"""The reviewed table: who is let in where. What is not named here is refused."""

from __future__ import annotations

from dataclasses import dataclass

ALL = frozenset(
    ("anonymous", "patient", "guardian", "front_desk", "therapist", "outside", "clinical_lead", "owner", "api_client",
     "elsewhere")
)  # fmt: skip
SIGNED_IN = ALL - {"anonymous", "patient", "guardian"}
ACCOUNT = SIGNED_IN - {"api_client"}
STAFF = frozenset(("front_desk", "therapist", "outside", "clinical_lead", "elsewhere"))
NEAR = frozenset(("front_desk", "therapist", "outside", "clinical_lead"))
CARERS = frozenset(("therapist", "clinical_lead"))
HOLDERS = frozenset(("patient", "guardian"))


@dataclass(frozen=True)
class Row:
    """`any_object`: the route's parameter names nothing that belongs to anybody. `get_writes` and `loose_writes`:
    tables that a GET may write, and that may be written outside an act, each with its reason beside it."""

    roles: frozenset[str]
    any_object: bool = False
    get_writes: frozenset[str] = frozenset()
    loose_writes: frozenset[str] = frozenset()


ROWS: dict[str, Row] = {
    "alive": Row(ALL),
    "style": Row(ALL),
    "desk:patients": Row(STAFF),
    "desk:new_patient": Row(STAFF),
    "desk:patient": Row(frozenset(("front_desk", "therapist", "clinical_lead"))),
    "desk:edit_patient": Row(NEAR),
    "desk:photo": Row(NEAR),
    "desk:open_with_reason": Row(frozenset(("therapist", "outside"))),
    "desk:facts": Row(CARERS),
    "desk:history": Row(CARERS),
    "desk:correct": Row(CARERS),
    "desk:decision": Row(CARERS),
    "desk:rule": Row(CARERS),
    "desk:aside": Row(CARERS),
    "desk:letter_pdf": Row(CARERS),
    "desk:plan": Row(CARERS),
    "desk:choose_plan": Row(CARERS),
    "desk:sign": Row(CARERS),
    "desk:lock_plan": Row(CARERS),
    "desk:plan_pdf": Row(CARERS),
}
