"""`effleurage ask`: the adaptive intake in a terminal. It asks what can still change the plan, and then stops."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import click

from effleurage.commands.common import (
    EXIT,
    Patient,
    content_option,
    library,
    moment,
    on_option,
    read_patient,
    write_whole,
)
from effleurage.commands.intake_file import intake_text
from effleurage.commands.plan import show
from effleurage.commands.talk import (
    BACK,
    DONT_KNOW,
    HELP,
    NONE,
    Ended,
    complaint,
    hint,
    line,
    list_answer,
    read_one,
    ticked,
    told,
)
from effleurage.decision.ask import Question, questions
from effleurage.decision.decide import Decision
from effleurage.errors import InputError
from effleurage.facts.answers import Answer, Intake
from effleurage.facts.derive import derive
from effleurage.facts.kinds import Fact, Kind
from effleurage.library import Library
from effleurage.pathway import plan_for, treatment
from effleurage.protocol.lattice import Verdict

LISTED = 40
"""A list with more entries is answered by names and not printed."""


@click.command(
    name="ask",
    help="""Ask only what matters, then show the plan.

Red flags come first, several at a time: type the numbers that are true, or 0 for none of these. Then one question at
a time, the one that can change most first. When no answer could change the plan any more, the questions end.

\b
At every question:
  ?       I don't know          h   what the question means
  never   never measured        b   back to the one before
  q       stop here (with --save, nothing is lost)

\b
Examples:
  effleurage ask --save patient.yaml
  effleurage ask --from patient.yaml --save patient.yaml       go on later

Ends as 'effleurage plan' does (0, 3, 4 or 5), or with 1 if the questions were not finished.
""",
)
@click.option(
    "--from", "source", type=click.Path(path_type=Path), metavar="FILE", help="Start from the answers in this file."
)
@click.option("--save", type=click.Path(path_type=Path), metavar="FILE", help="Save after every answer, as YAML.")
@on_option
@content_option
@click.pass_obj
def command(now: datetime, source: Path | None, save: Path | None, on: str | None, content: Path | None) -> None:
    at = moment(on, now, [source] if source else ())
    lib = library(content)
    start = (
        read_patient([source], lib, on=at) if source else Patient(Intake("A patient who answered at the terminal", at))
    )
    click.get_current_context().exit(interview(start, lib, at, save))


def interview(start: Patient, lib: Library, on: datetime, save: Path | None) -> int:
    """The whole conversation and the plan; returns the exit code."""
    patient, finished = converse(start, lib, on, save)
    if not finished:
        click.echo(_how_to_go_on(save))
        return 1
    made = treatment(intake=patient.intake, library=lib, on=on)
    click.echo()
    show(made, lib, patient)
    return EXIT[made.plan.verdict]


def converse(start: Patient, lib: Library, on: datetime, save: Path | None) -> tuple[Patient, bool]:
    """The questions alone: the patient with all that was answered, and whether the questions came to their end."""
    talk = Interview(start.intake, lib, on, save)
    try:
        talk.run()
        finished = True
    except Ended:
        finished = False
    return Patient(talk.intake, start.unplaced, start.warnings), finished


def _how_to_go_on(save: Path | None) -> str:
    if save:
        return f"Stopped. Every answer so far is in {save}. Go on with: effleurage ask --from {save} --save {save}"
    return "Stopped. Nothing was saved; with --save FILE every answer is kept as you go."


@dataclass(slots=True)
class Interview:
    """The answers so far, what was answered "I don't know", and the way back."""

    intake: Intake
    library: Library
    on: datetime
    save: Path | None
    skip: frozenset[str] = frozenset()
    past: list[tuple[Intake, frozenset[str]]] = field(default_factory=list)

    def run(self) -> None:
        """Asks until nothing that could be answered would change the limits, or an emergency ends it."""
        while True:
            plan = plan_for(intake=self.intake, library=self.library, on=self.on)
            decision = plan.decision
            left = questions(decision, wanted=plan.hanging, skip=self.skip)
            if decision.certain.verdict is Verdict.EMERGENCY:
                if self.emergency(decision):
                    return
                continue
            if not left:
                self.closing(decision)
                return
            self.ask(left[0], len(left))

    def emergency(self, decision: Decision) -> bool:
        """What to do, at once. True ends the questions; going back corrects a slip."""
        words = decision.protocols.vocabulary
        click.secho("\n⬢ EMERGENCY. Stop here and get help now.", fg="red", bold=True)
        for rule in decision.holding:
            if rule.limit.verdict is Verdict.EMERGENCY:
                click.echo(f"  {rule.tell}")
        for target, rank in decision.certain.referrals.items():
            if words.urgencies[rank - 1].name == "immediately":
                term = next(term for term in words.referrals if term.name == target)
                told(f"{term.term}: {words.urgencies[rank - 1].term}. {term.means}", indent="  ")
        if not self.past:
            return True
        try:
            answer = line("\nEnter for the plan; b to correct the last answer: ")
        except Ended:
            return True
        if answer.lower() in BACK:
            self.back()
            return False
        return True

    def closing(self, decision: Decision) -> None:
        if decision.settled:
            click.echo("\nThat is all: no other answer could change the plan.")
        else:
            click.echo(
                "\nThat is all that can be asked now. What you did not know counts as the worst that it could be."
            )

    def ask(self, question: Question, left: int) -> None:
        click.echo(f"\n{_progress(left)}")
        told(question.text, bold=True)
        if question.batch:
            self.batch(question)
        else:
            self.page(question)

    def page(self, question: Question) -> None:
        """The facts of a page one after the other; what an answer on the page made pointless is left out."""
        for fact in question.facts:
            if self.pointless(fact):
                continue
            if len(question.facts) > 1:
                told(fact.ask)
            if not self.single(fact):
                return

    def pointless(self, fact: Fact) -> bool:
        """Whether an answer on the same page has just closed the gate before this fact."""
        facts = derive(intake=self.intake, table=self.library.protocols.facts, on=self.on)
        return any(facts[gate] is False for gate in facts.table.gates(fact.name))

    def batch(self, question: Question) -> None:
        facts = question.facts
        for number, fact in enumerate(facts, start=1):
            told(fact.ask, indent=f"  {number}  ")
        click.echo("  0  none of these")
        while True:
            text = line(
                "[the numbers that are true, with commas; 0 none of these; ? don't know; h help, b back, q stop] "
            )
            if self.aside(text, facts):
                if text.lower() in BACK:
                    return
                continue
            try:
                yes, unknown = self.read_batch(text, len(facts))
            except InputError as fault:
                click.echo(complaint(fault))
                continue
            self.take(
                {
                    fact.name: None if number in unknown else self.plain(fact, number in yes)
                    for number, fact in enumerate(facts)
                }
            )
            return

    def read_batch(self, text: str, count: int) -> tuple[set[int], set[int]]:
        if not text:
            raise InputError(where="", what="An empty line could mean anything.", remedy="Type 0 for none of these.")
        if text.lower() in NONE:
            return set(), set()
        if text.lower() in DONT_KNOW:
            return set(), set(range(count))
        return ticked(text, count)

    def plain(self, fact: Fact, value: bool) -> Answer:
        return Answer(value, self.on, fact.usual_origin, fact.name)

    def single(self, fact: Fact) -> bool:
        """Asks until there is an answer; False if the person went back instead."""
        if "patient" not in fact.who:
            click.echo(f"  (for the {' or the '.join(fact.who)})")
        self.choices(fact)
        while True:
            text = line(f"[{hint(fact)}] ")
            if self.aside(text, (fact,)):
                if text.lower() in BACK:
                    return False
                continue
            if not text:
                click.echo("Type an answer, or ? if you don't know.")
                continue
            try:
                self.take({fact.name: self.read(text, fact)})
            except InputError as fault:
                click.echo(complaint(fault))
                continue
            return True

    def read(self, text: str, fact: Fact) -> Answer | None:
        table = self.library.protocols.facts
        return list_answer(text, fact, table, self.on) if fact.kind is Kind.LIST else read_one(text, fact, self.on)

    def choices(self, fact: Fact) -> None:
        if fact.kind is Kind.CHOICE or (fact.kind is Kind.LIST and len(fact.options) <= LISTED):
            for number, (_, words) in enumerate(fact.options, start=1):
                click.echo(f"  {number}  {words}")

    def aside(self, text: str, facts: tuple[Fact, ...]) -> bool:
        """Help and back; True if the line was one of these."""
        if text.lower() in HELP:
            for fact in facts:
                if fact.help:
                    told(f"{fact.ask} {fact.help}", indent="  ")
            if not any(fact.help for fact in facts):
                click.echo("  There is nothing more to say about it.")
            if len(facts) == 1 and facts[0].kind is Kind.LIST:
                told("Known: " + ", ".join(words for _, words in facts[0].options) + ".", indent="  ")
            return True
        if text.lower() in BACK:
            if not self.past:
                click.echo("This is the first question.")
            self.back()
            return True
        return False

    def back(self) -> None:
        if self.past:
            self.intake, self.skip = self.past.pop()
            self.keep()

    def take(self, answers: dict[str, Answer | None]) -> None:
        """Enters the answers, if they agree with what is known already. Raises InputError if not."""
        intake = self.intake
        for name, answer in answers.items():
            intake = intake.with_answer(name, answer)
        derive(intake=intake, table=self.library.protocols.facts, on=self.on)
        self.past.append((self.intake, self.skip))
        self.intake = intake
        self.skip |= {name for name, answer in answers.items() if answer is None}
        self.keep()

    def keep(self) -> None:
        if self.save:
            write_whole(self.save, intake_text(self.intake, self.library.protocols.facts))


def _progress(left: int) -> str:
    return "This may be the last one." if left == 1 else f"About {left} more, fewer if the answers allow."
