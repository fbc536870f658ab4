"""`make bench`: our speed against the limits we set ourselves, and beside other engines on the same rules."""

from __future__ import annotations

import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import clinic_run, measure
from bench.subset import RULES

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
BIN = Path(sys.executable).parent
NODE_BUDGET = "2.0"
DONE = (0, 3, 4, 5)
"""Exit codes of `plan` that carry a plan or a reason against one."""

faults: list[str] = []


@dataclass(frozen=True, slots=True)
class Peer:
    """An engine of the comparison; `best` and `median` in microseconds for one patient."""

    title: str
    best: float
    median: float
    wrong: int
    first: str


def main() -> int:
    load = f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "load not known"
    print(f"{_processor()}, {os.cpu_count()} cores, {load}, Python {platform.python_version()}, {platform.system()}")
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        _decision(folder)
        _cold_start(folder)
        _prove()
        _ask(folder)
        _peers(folder)
        clinic_run.clinic(folder, fault=_fault, against=_against)
        clinic_run.tablet(folder, fault=_fault, against=_against)
    for fault in faults:
        print(f"\nFAULT: {fault}")
    return 1 if faults else 0


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _run(name: str, folder: Path) -> dict[str, Any] | None:
    """One worker's findings, or None if it failed, which is told at once and once more at the end."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.worker", name, str(folder)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        _fault(f"{name} could not be measured: {(done.stderr.strip().splitlines() or ['no word why'])[-1]}")
        return None
    return json.loads((folder / "answers.json").read_text())


def _fault(words: str) -> None:
    print(f"  {words}")
    faults.append(words)


def _against(value: float, limit: float) -> str:
    return f"{value / limit:.2f} of the limit" + ("" if value <= limit else "  OVER THE LIMIT")


def _decision(folder: Path) -> None:
    print("\n1. One decision by the generated function, whole content (limit 10 us for the mix; CPU time)")
    if not (found := _run("whole", folder)):
        return
    print(f"  {found['rules']} rules over {found['facts']} facts; {found['typical']} typical patients: all cases")
    for kind, row in found["times"].items():
        best, median = row["best"] * 1e6, row["median"] * 1e6
        note = _against(median, 10) if kind == "mix" else ""
        print(f"  {kind:8} best {best:6.2f} us  median {median:6.2f} us  of {row['rounds']} rounds  {note}".rstrip())


def _cold_start(folder: Path) -> None:
    print("\n2. `effleurage plan` from a cold start (limit 0.4 s for the median; wall clock, content cache warm)")
    examples = sorted((ROOT / "examples").glob("*.yaml"))
    if not examples:
        _fault("examples/ holds no patient to plan for.")
        return
    environment = os.environ | {"XDG_CACHE_HOME": str(folder / "cache"), "NO_COLOR": "1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # a cold start is a new process, not the first one ever
    heaviest = max(examples, key=lambda path: path.stat().st_size)
    for command in ([str(BIN / "effleurage"), "plan", str(heaviest)], [sys.executable, "-c", "pass"]):
        shown = " ".join([Path(command[0]).name, *command[1:]]).replace(f"{ROOT}/", "")
        subprocess.run(command, env=environment, capture_output=True, check=False)
        wall, cpu, code = _starts(command, environment)
        if code not in DONE:
            _fault(f"`{shown}` ended with exit code {code}.")
            continue
        ours = _against(wall.median, 0.4) if "plan" in command else ""
        print(f"  {shown}: best {wall.best:.3f} s  median {wall.median:.3f} s  CPU {cpu:.3f} s  {ours}".rstrip())


def _starts(command: Sequence[str], environment: dict[str, str], count: int = 15) -> tuple[measure.Timing, float, int]:
    """Wall clock of several starts, the mean CPU time of one, and the last exit code."""
    times, code = [], 0
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(count):
        start = time.perf_counter()
        code = subprocess.run(command, env=environment, capture_output=True, check=False).returncode
        times.append(time.perf_counter() - start)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return measure.of(times), cpu / count, code


def _prove() -> None:
    print("\n3. `effleurage prove` on the whole content (limit 30 s; wall clock, one run)")
    start = time.perf_counter()
    done = subprocess.run([str(BIN / "effleurage"), "prove"], capture_output=True, text=True, check=False)
    taken = time.perf_counter() - start
    if done.returncode:
        last = ((done.stdout + done.stderr).strip().splitlines() or ["no word why"])[-1]
        _fault(f"`effleurage prove` ended with exit code {done.returncode}: {last}")
    print(f"  {taken:.1f} s  {_against(taken, 30)}")


def _ask(folder: Path) -> None:
    print("\n4. The next question (limit 5 ms for the median; CPU time)")
    if not (found := _run("ask", folder)):
        return
    best, median = found["times"]["best"] * 1e3, found["times"]["median"] * 1e3
    print(f"  {found['patients']} patients, partly asked: best {best:.2f} ms  median {median:.2f} ms")
    print(f"  the median is {_against(median, 5)}")
    print(f"  the slowest of them: {found['slowest'] * 1e3:.2f} ms")


def _peers(folder: Path) -> None:
    print(f"\n5. Beside other engines: {len(RULES)} rules, the same patients, each engine alone on one core (CPU time)")
    meaning = _run("meaning", folder)
    if not meaning:
        return
    right = meaning["answers"]
    titles = {
        "generated": "Effleurage, generated Python function",
        "hand": "Python by hand, three-valued helpers",
        "zen": "zen-engine 2.1.3, one expression",
    }
    found = [_peer(title, _run(name, folder), right) for name, title in titles.items()]
    found.append(_peer("cql-execution 3.3.2, ELM, parameters", _cql(folder), right))
    _table([peer for peer in found if peer], len(right))


def _cql(folder: Path) -> dict[str, Any] | None:
    node = shutil.which("node", path=f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}")
    if not node or not (HERE / "node_modules" / "cql-execution").is_dir():
        _fault("cql-execution is not installed" + (": `npm ci` in bench/ does it." if node else ": there is no node."))
        return None
    if _run("cql-inputs", folder) is None:
        return None
    done = subprocess.run(
        [node, str(HERE / "cql.mjs"), str(folder), NODE_BUDGET],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=measure.pin,
    )
    if done.returncode:
        _fault(f"cql-execution could not be measured: {done.stderr.strip()[:300]}")
        return None
    found = json.loads((folder / "answers.json").read_text())
    return {"answers": found["answers"], "times": measure.of(found["times"]).plain()}


def _peer(title: str, found: dict[str, Any] | None, right: list[list[str]]) -> Peer | None:
    if found is None:
        return None
    wrong = [number for number, (one, other) in enumerate(zip(found["answers"], right, strict=True)) if one != other]
    first = _difference(found["answers"][wrong[0]], right[wrong[0]], wrong[0]) if wrong else ""
    return Peer(title, found["times"]["best"] * 1e6, found["times"]["median"] * 1e6, len(wrong), first)


def _difference(one: list[str], other: list[str], number: int) -> str:
    """The rules about which the first differing patient is told something else."""
    bits = (int(one[2], 16) ^ int(other[2], 16)) | (int(one[3], 16) ^ int(other[3], 16))
    rules = [name for i, name in enumerate(RULES) if bits >> i & 1]
    return f"patient {number}: {', '.join(rules) or 'the limits, though no rule'}"


def _table(found: Sequence[Peer], count: int) -> None:
    ours = found[0].median if found else 1
    print(f"  {'engine':40} {'us each':>9} {'(best)':>9} {'ratio':>8}   answers that differ, of {count}")
    for peer in sorted(found, key=lambda peer: peer.median):
        print(
            f"  {peer.title:40} {peer.median:9.2f} {peer.best:9.2f} {peer.median / ours:8.1f}   {peer.wrong or 'none'}"
        )
        if peer.wrong:
            faults.append(f"{peer.title} ANSWERS DIFFERENTLY for {peer.wrong} of {count} patients; {peer.first}.")
    print(
        "  Equal answers: limits, rules that hold and rules that are undecided, all as protocol/evaluate.py has them."
    )


if __name__ == "__main__":
    sys.exit(main())
