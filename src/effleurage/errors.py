"""The two families of errors.

A `ForPeople` error tells a person what is wrong, where, and what to do next; the command line prints it
without a traceback and ends with its exit code. Everything else is a bug and is left to crash loudly.
A clinical result, a refusal included, is a value and never an exception.
"""

from __future__ import annotations


class ForPeople(Exception):
    """Something a person can put right.

    `where` names the place (file and line, or the path inside a document), `what` the fault, `remedy` the next step.
    """

    exit_code = 2

    def __init__(self, *, where: str, what: str, remedy: str) -> None:
        self.where, self.what, self.remedy = where, what, remedy
        super().__init__(f"{where}: {what} {remedy}".strip())


class ContentError(ForPeople):
    """The clinical content breaks a rule of the language; nothing of it is used."""


class InputError(ForPeople):
    """What was handed in (an intake, a bundle, an option) cannot be read as it stands; nothing of it is used."""
