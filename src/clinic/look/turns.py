"""One request of a round of questions: a page is shown, or what was sent is read and kept. At home and at the desk."""

from __future__ import annotations

from dataclasses import dataclass

from clinic.actions.answer_questions import answer_questions
from clinic.actions.frame import Doing
from clinic.actions.intake import Round, made_void
from clinic.look.questions import Sheet
from clinic.look.request import Request
from effleurage.errors import InputError


@dataclass(frozen=True, slots=True)
class Turn:
    """What one request led to: a sheet to show, nothing left to ask, or answers that were kept."""

    asked: Round
    sheet: Sheet | None
    back: int
    kept: bool = False

    @property
    def back_query(self) -> str:
        """The way to the question before this one, or ""."""
        return f"?back={self.back + 1}" if self.back < len(self.asked.past) else ""


def take_turn(request: Request, asked: Round, *, right: str) -> Turn:
    """Shows the next question or an earlier one, or keeps what was sent. Sent answers belong to the question of their
    form: one that was answered elsewhere in the meantime, and is not on the way back, is not answered twice.
    """
    back = _steps(request.GET.get("back", ""))
    if request.method != "POST":
        question = asked.at(back) if back or not asked.emergency else None
        return Turn(asked, Sheet.before(asked, question) if question else None, back)
    question = asked.named(request.POST.get("asked", "").split())
    if question is None:
        return Turn(asked, None, back, kept=True)
    sheet = Sheet.sent(asked, question, request.POST)
    if "more" in request.POST or not sheet.read():
        return Turn(asked, sheet, back)
    return Turn(asked, sheet, back, kept=_keep(request.doing, sheet, right))


def _keep(doing: Doing, sheet: Sheet, right: str) -> bool:
    asked = sheet.asked
    try:
        answer_questions(
            doing,
            public=asked.found.patient.public,
            answers=sheet.answers,
            right=right,
            who=asked.who,
            void=made_void(asked, sheet.answers),
            notes=sheet.notes,
        )
    except InputError as fault:
        sheet.refuse(fault)
        return False
    return True


def _steps(text: str) -> int:
    """
    >>> _steps("2"), _steps("-1"), _steps("no")
    (2, 0, 0)
    """
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 0
