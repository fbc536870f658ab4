"""Rounds in CPU time, on one core: other work on the machine counts as little as it can."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

LEAST_ROUNDS = 7


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds for one call: the best round and the median of all."""

    best: float
    median: float
    rounds: int

    def plain(self) -> dict[str, Any]:
        return asdict(self)


def pin() -> None:
    """Keep to one core where the system lets us; a child inherits it."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def rounds(call: Callable[[Any], Any], inputs: Sequence[Any], *, budget: float = 2.0) -> Timing:
    """One round is a call on each input. At least seven rounds, then more until the budget of CPU seconds is spent."""
    times: list[float] = []
    spent = 0.0
    while len(times) < LEAST_ROUNDS or spent < budget:
        start = time.process_time()
        for one in inputs:
            call(one)
        taken = time.process_time() - start
        spent += taken
        times.append(taken / len(inputs))
    return of(times)


def of(times: Sequence[float]) -> Timing:
    return Timing(best=min(times), median=statistics.median(times), rounds=len(times))
