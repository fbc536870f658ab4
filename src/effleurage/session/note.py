"""The note that writes itself: what the record says, in words a colleague would write, section by section.

Nothing is added to what was recorded, decided, or stands in the content. What was not recorded is said not to have
been. A template is data: its sections and which paragraphs stand in each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from effleurage.language import sentence
from effleurage.session.note_next import afterwards, next_session
from effleurage.session.note_past import change, comfort, decided, reaction, refused, stopped, told
from effleurage.session.note_seen import checks, delivered, deviations, identity, irregular, measures
from effleurage.session.record import SessionRecord
from effleurage.session.writer import Writer

Paragraph = Callable[[Writer], Iterator[str]]
PARAGRAPHS: Final[Mapping[str, Paragraph]] = {
    "told": told,
    "comfort": comfort,
    "reaction": reaction,
    "identity": identity,
    "measures": measures,
    "checks": checks,
    "delivered": delivered,
    "deviations": deviations,
    "stopped": stopped,
    "irregular": irregular,
    "refused": refused,
    "decided": decided,
    "change": change,
    "next": next_session,
    "afterwards": afterwards,
}
"""Everything that a note can say, by name."""


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a template: its title in English and the paragraphs in it, by name."""

    title: str
    paragraphs: tuple[str, ...]

    def __post_init__(self) -> None:
        for name in self.paragraphs:
            if name not in PARAGRAPHS:
                raise ValueError(f"'{name}' is not a paragraph of a note")


@dataclass(frozen=True, slots=True)
class Template:
    """A way to lay out a note: its name in the data, its title in English, and its sections."""

    name: str
    title: str
    sections: tuple[Section, ...]

    def __post_init__(self) -> None:
        names = [name for section in self.sections for name in section.paragraphs]
        if len(set(names)) < len(names):
            raise ValueError("a paragraph stands once in a note")


SOAP: Final = Template(
    "soap",
    sentence("SOAP: subjective, objective, assessment, plan"),
    (
        Section(sentence("Subjective"), ("told", "comfort", "reaction")),
        Section(
            sentence("Objective"),
            ("identity", "measures", "checks", "delivered", "deviations", "stopped", "irregular"),
        ),
        Section(sentence("Assessment"), ("refused", "decided", "change")),
        Section(sentence("Plan"), ("next", "afterwards")),
    ),
)
DAP: Final = Template(
    "dap",
    sentence("DAP: data, assessment, plan"),
    (
        Section(sentence("Data"), tuple(name for each in SOAP.sections[:2] for name in each.paragraphs)),
        SOAP.sections[2],
        SOAP.sections[3],
    ),
)
IN_TIME: Final = Template(
    "in_time",
    sentence("In the order of time: before, during, after, next time"),
    (
        Section(sentence("Before"), ("identity", "told", "refused", "decided")),
        Section(sentence("During"), ("delivered", "deviations", "checks", "comfort", "stopped", "irregular")),
        Section(sentence("After"), ("measures", "reaction", "afterwards")),
        Section(sentence("Next time"), ("change", "next")),
    ),
)
TEMPLATES: Final[Mapping[str, Template]] = {each.name: each for each in (SOAP, DAP, IN_TIME)}
"""What a clinic may choose from. Each says everything that a note can say; SOAP is the usual one."""


@dataclass(frozen=True, slots=True)
class Written:
    """One section as it is written: its title and its sentences."""

    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """A note before anybody has edited or signed it."""

    template: str
    sections: tuple[Written, ...]


def note(
    *,
    record: SessionRecord,
    previous: SessionRecord | None = None,
    template: Template = SOAP,
    sessions: int | None = None,
) -> Note:
    """The note about a record, in the language of its protocols. `previous` is the session before, to compare with;
    `sessions` is how many the course has, which no record says.
    """
    writer = Writer(record, previous)
    saying: Mapping[str, Paragraph] = {**PARAGRAPHS, "next": partial(next_session, sessions=sessions)}
    return Note(template.name, tuple(_written(writer, section, saying) for section in template.sections))


def _written(writer: Writer, section: Section, saying: Mapping[str, Paragraph]) -> Written:
    sentences = tuple(said for name in section.paragraphs for said in saying[name](writer))
    return Written(writer.speak.words(section.title), sentences or (writer.say("Nothing was recorded."),))
