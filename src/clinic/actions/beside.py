"""Taking in what was kept beside a session: once the lead has looked at it, it counts like any other event."""

from __future__ import annotations

from django.utils.translation import gettext as _

from clinic.actions.frame import Doing, act, note
from clinic.actions.permissions import not_found
from clinic.actions.policies import insist, why_no_reason
from clinic.actions.project import project
from clinic.actions.sessions import session_for_act
from clinic.actions.sync import keep_in_place
from clinic.records.models import SessionEvent
from clinic.records.sessions import waiting_beside
from effleurage.session.events import read_text


@act("session.take_in")
def take_in(doing: Doing, *, session: str, why: str) -> list[SessionEvent]:
    """Lets count what a tablet out of use, or somebody else's, has sent of a session. What would stand in the place of
    an event that is there already stays beside.
    """
    held = session_for_act(doing, session, "session.settle")
    insist(_("Why"), why_no_reason(why), _("Say in a sentence why this belongs to the session."))
    taken = {(device, seq) for device, seq in held.events.values_list("device", "seq")}
    rows: list[SessionEvent] = []
    for each in waiting_beside(held):
        event, offset_ms = read_text(each.body), each.tablet.offset_ms if each.tablet else 0
        if (event.device, event.seq) not in taken:
            taken.add((event.device, event.seq))
            sent_by = each.received_from_id
            rows.append(keep_in_place(doing, held, each.tablet, event, offset_ms=offset_ms, sent_by=sent_by))
    if not rows:
        raise not_found()
    follows = project(doing, held, frozenset(row.event for row in rows))
    note(doing, patient=held.patient, about=f"session:{held.public}", why=why.strip(), sealed=[*rows, *follows])
    return rows
