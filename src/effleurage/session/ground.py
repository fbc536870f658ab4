"""What a session stands on: the protocols it was decided by, and the scripts that its events name by their hash.

The hash of a script leaves out every word of a language, so that a tablet in one language and a server in another speak
of the same script.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from effleurage.plan.script import LOCK, Moment, SessionScript
from effleurage.protocol.load import Protocols
from effleurage.protocol.vocabulary import Term, Vocabulary
from effleurage.session.events import canonical_json, sha256

TURN = "turn"
"""What the script calls a moment in which the patient is turned."""


@dataclass(frozen=True, eq=False)
class Ground:
    """The protocols, in any language, and the scripts that are known here."""

    protocols: Protocols
    scripts: tuple[SessionScript, ...] = ()

    @cached_property
    def by_hash(self) -> dict[str, SessionScript]:
        return {script_hash(script): script for script in self.scripts}

    @property
    def vocabulary(self) -> Vocabulary:
        return self.protocols.vocabulary

    def script(self, name: str) -> SessionScript | None:
        """The script of this hash, or None where it is not known here."""
        return self.by_hash.get(name)

    def with_script(self, script: SessionScript) -> Ground:
        return Ground(self.protocols, (*self.scripts, script))

    def stop_rule(self, name: str) -> Term | None:
        return self.vocabulary.terms.get(f"stop_rules.{name}")

    def reaction(self, name: str) -> Term | None:
        return self.vocabulary.terms.get(f"reactions.{name}")

    def doubts(self, check: str) -> str:
        """The fact that this check puts in question where it is not in order; empty where the content names none."""
        term = self.vocabulary.terms.get(f"checks.{check}")
        return term.get("fact") if term else ""

    def alarming_stop(self, name: str) -> bool | None:
        """Whether the content calls this stop alarming; None where it does not know it."""
        rule = self.stop_rule(name)
        return None if rule is None else rule.get("alarming") == "yes"

    def alarming_reaction(self, name: str) -> bool | None:
        """Whether the content locks the course after this reaction; None where it does not know it."""
        reaction = self.reaction(name)
        return None if reaction is None else reaction.get("next") == LOCK


def script_hash(script: SessionScript) -> str:
    """SHA-256 of everything in a script that is not said in a language."""
    return sha256(canonical_json(plain_script(script)))


def plain_script(script: SessionScript) -> dict[str, Any]:
    """The script as plain JSON values, without words."""
    lists = ("before", "during", "after", "follow_up", "stop_rules", "expected")
    return {
        "regimen": script.regimen,
        "session": script.session,
        "dose": script.dose,
        "minutes": script.minutes,
        "locked": script.locked,
        "moments": [_plain(moment) for moment in script.moments],
        **{name: sorted(term.name for term in getattr(script, name)) for name in lists},
    }


def _plain(moment: Moment) -> dict[str, Any]:
    return {
        "kind": moment.kind,
        "start": moment.start,
        "seconds": moment.seconds,
        "position": moment.position,
        "lying": moment.lying,
        "touches": [[touch.region, touch.technique, level] for touch, level in moment.touches],
        "props": list(moment.props),
        "checks": sorted(moment.checks),
    }
