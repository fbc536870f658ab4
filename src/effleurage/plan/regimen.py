"""Regimens: what a protocol offers, before any limit. Also the evidence that stands beside each hope."""

from __future__ import annotations

from dataclasses import dataclass

from effleurage.facts.kinds import Source
from effleurage.protocol.nodes import Condition
from effleurage.protocol.vocabulary import LEVELS

SIDES = ("both", "left", "right", "midline", "concave", "convex")


@dataclass(frozen=True, slots=True)
class Step:
    """One step: where, on which side, with which technique, for which share of the minutes, how it deepens.

    `regions` are region names without side; `pressure` is the intended Walton level in dose 1, 2, 3 ..., the last one
    holding. `instead` and `otherwise` are tried in order when the technique or the position is closed. `curve` names
    the part of the spine whose curve gives the side. `when` must be known to hold for the step to be used; `unless`
    takes it away once that is known to hold. So a default stands until hands have felt otherwise.
    """

    id: str
    title: str
    regions: tuple[str, ...]
    side: str
    technique: str
    instead: tuple[str, ...]
    position: str
    otherwise: tuple[str, ...]
    share: int
    pressure: tuple[int, ...]
    rhythm: str
    props: tuple[str, ...]
    curve: str
    when: Condition | None
    unless: Condition | None

    def __post_init__(self) -> None:
        if self.share < 1 or not self.pressure or any(not 1 <= level <= LEVELS for level in self.pressure):
            raise ValueError(f"step {self.id} needs a share and levels of pressure")


@dataclass(frozen=True, slots=True)
class Course:
    """How many sessions, how many days apart at least, how long a pause, how often a year."""

    sessions: int
    spacing_days: int
    pause_days: int
    courses_per_year: int


@dataclass(frozen=True, slots=True)
class Regimen:
    """A course of massage of one type as its authors offer it."""

    id: str
    folder: str
    place: str
    title: str
    type: str
    about: str
    offered: Condition
    competences: tuple[str, ...]
    minutes: tuple[int, ...]
    course: Course
    measures: tuple[str, ...]
    sensations: tuple[str, ...]
    sources: tuple[Source, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """A hoped-for benefit with its grade: supports, weak, contradicts or none."""

    id: str
    folder: str
    claim: str
    grade: str
    say: str
    basis: str
    sources: tuple[Source, ...]
    measured_by: tuple[str, ...]


GRADES = ("supports", "weak", "contradicts", "none")


@dataclass(frozen=True, slots=True)
class Correction:
    """A statement of the seed articles that the content corrects, and what stands instead."""

    folder: str
    seed: str
    problem: str
    instead: str
    status: str
