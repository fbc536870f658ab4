"""Starts the workers of the clinic on both databases, GNU Health beside them and the tablet; prints what they found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PGTEMP = ROOT / "tools" / "pgtemp.sh"
PEER = HERE / ".peers" / "gnuhealth"
PACKAGES = ("gnuhealth", "gnuhealth-calendar", "gnuhealth-services", "gnuhealth-nursing", "gnuhealth-socioeconomics",
            "gnuhealth-lifestyle", "gnuhealth-disability", "psycopg2-binary", "proteus<7.1")  # fmt: skip
PAGE_MS, QUERIES, DECISION_MS, SIGN_MS = 150, 15, 50, 200
SIGNED = 100
"""Signatures that a 95th of a hundred needs at least."""
READY_MS, FACT_MS = 1000, 200
WORKER = 1800
"""Seconds after which a worker is given up."""
ACTS = ("create a patient", "read a patient", "create a visit", "read a visit")

Fault = Callable[[str], None]
Against = Callable[[float, float], str]
Found = dict[str, Any]


def clinic(folder: Path, *, fault: Fault, against: Against) -> None:
    """Both databases, then the peer beside them."""
    print(f"\n6. The clinic at the server (limits: {PAGE_MS} ms and {QUERIES} queries a staff page; wall clock)")
    found: dict[str, Found] = {}
    postgresql = ["sh", str(PGTEMP), *_ours(folder, "postgresql")]
    for name, command in (("SQLite", _ours(folder, "sqlite")), ("PostgreSQL", postgresql)):
        answers = _run(f"the clinic on {name}", command, folder, fault)
        if answers:
            found[f"Effleurage, {name}"] = answers["acts"]
            _database(answers, against, fault)
    print("\n7. Beside GNU Health: one act in process, median of twenty (wall clock; theirs through proteus)")
    peer = gnu_health(folder, fault)
    if peer:
        found["GNU Health, PostgreSQL"] = peer
    _beside(found)


def tablet(folder: Path, *, fault: Fault, against: Against) -> None:
    """The page at the table in a real browser, by the worker that lives beside the browser tests."""
    print(f"\n8. The tablet (limits: {READY_MS} ms, {FACT_MS} ms; median, wall clock; processor throttled four times)")
    home = folder / "home-tablet"
    home.mkdir()
    command = ["env", f"CLINIC_HOME={home}", sys.executable, "-m", "tests.browser.bedside_speed", str(folder)]
    found = _run("the tablet", command, folder, fault)
    if not found:
        return
    print(f"  Chromium {found['browser']}, SQLite")
    for title, name, limit in (
        ("session page ready without a network", "ready", READY_MS),
        ("from a new fact to the new script", "fact", FACT_MS),
    ):
        times, median = found[name], found[name]["median"]
        print(f"  {title}: best {times['best']:.0f} ms  {_spread(times)}  {against(median, limit)}")
        if median > limit:
            fault(f"on the tablet, {title}: {median:.0f} ms is over the limit of {limit} ms.")


def _ours(folder: Path, kind: str) -> list[str]:
    home = folder / f"home-{kind}"
    home.mkdir()
    return ["env", f"CLINIC_HOME={home}", "CLINIC_DEMO=1", sys.executable, "-m", "bench.clinic", str(folder)]


def _run(name: str, command: list[str], folder: Path, fault: Fault) -> Found | None:
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=WORKER,
            env={name: value for name, value in os.environ.items() if name != "CLINIC_DATABASE"},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        fault(f"{name} was not done after {WORKER} s.")
        return None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no word why"])[-1]
        fault(f"{name} could not be measured: {last}")
        return None
    found: Found = json.loads((folder / "answers.json").read_text())
    return found


def _database(found: Found, against: Against, fault: Fault) -> None:
    counts = ", ".join(f"{number} {name}" for name, number in found["counts"].items())
    print(f"\n  {found['database']} {found['version']}: {counts}")
    print(f"  demonstration loaded in {found['demo']:.0f} s, the rest in {found['filled']:.0f} s")
    for each in found["faults"]:
        fault(f"the journal of the benchmark is not whole: {each}")
    _signing(found["signing"], f"{found['database']} {found['version']}", against, fault)
    _pages(found["pages"], against)
    for row in found["search"]:
        print(f"  search '{row['words']}': {_row(row)}")
    for name, times in found["decision"].items():
        note = against(times["median"], DECISION_MS) if name == "both" else ""
        print(f"  {name}: median {times['median']:.1f} ms  p95 {times['p95']:.1f} ms  {note}".rstrip())


def _signing(found: Found, database: str, against: Against, fault: Fault) -> None:
    """The signatures, and what went on beside them."""
    sign, people = found["sign"], f"{found['people']} people at work on {found['cores']} cores"
    print(f"  signing a note, {people} for {found['seconds']:.0f} s (prepared in {found['prepared']:.0f} s):")
    print(f"    {sign['count']} signatures: {_spread(sign)}  {against(sign['p95'], SIGN_MS)}")
    for title, name in (("confirmations by password", "confirm"), ("pages read", "read")):
        print(f"    {found[name]['count']} {title}: {_spread(found[name])}")
    print(
        f"    {found['per_second']:.1f} requests a second; the server used {found['cpu']:.2f} of {found['cores']} cores"
    )
    for each in found["faults"][:3]:
        fault(f"somebody at work on {database} could not go on: {each}")
    if sign["count"] < SIGNED:
        fault(f"signing on {database}: only {sign['count']} signatures were given; {SIGNED} are needed.")
    if not sign["p95"] <= SIGN_MS:
        fault(f"signing on {database}, {people}: p95 {sign['p95']:.0f} ms is over the limit of {SIGN_MS} ms.")


def _spread(times: Mapping[str, float]) -> str:
    return f"median {times['median']:.0f} ms  p95 {times['p95']:.0f} ms"


def _pages(pages: list[Found], against: Against) -> None:
    """Every page, the slowest first; then what is downloaded, which the limits of a page do not bind; then those that
    nobody got, which are forms that only take what is sent.
    """
    found = sorted((page for page in pages if "median" in page), key=lambda page: -page["median"])
    measured = [page for page in found if not page["file"]]
    for page in measured:
        marks = f"{against(page['median'], PAGE_MS)}; queries {against(page['queries'], QUERIES)}"
        print(f"  {page['page']:30} {page['who']:8} {_row(page)}  {marks}")
    missed = [page["page"] for page in pages if "median" not in page]
    over = [page for page in measured if page["median"] > PAGE_MS or page["queries"] > QUERIES]
    print(f"  {len(measured)} pages measured, {len(over)} of them over a limit")
    print("  files, to the last byte (no limit of a page):")
    for page in found:
        if page["file"]:
            print(f"  {page['page']:30} {page['who']:8} {_row(page)}")
    print(f"  no page to read: {', '.join(missed) or 'none'}")


def _row(times: Mapping[str, Any]) -> str:
    return f"median {times['median']:6.1f} ms  p95 {times['p95']:6.1f} ms  {times['queries']:3} queries"


def gnu_health(folder: Path, fault: Fault) -> Found | None:
    """GNU Health in its own environment, on its own throw-away server: installed if need be, then measured."""
    if not _installed(fault):
        return None
    script = _script(folder)
    command = ["sh", str(PGTEMP), "sh", "-e", str(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=WORKER)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or done.stdout.strip().splitlines() or ["no word why"])[-1]
        fault(f"GNU Health could not be measured: {last}")
        return None
    found: Found = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _installed(fault: Fault) -> bool:
    if (PEER / "whole").exists():
        return True
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(PEER)], capture_output=True, check=False)
    pip = [str(PEER / "bin" / "python"), "-m", "pip", "install", "-q", *PACKAGES]
    done = subprocess.run(pip, capture_output=True, text=True, check=False) if made.returncode == 0 else None
    if done is None or done.returncode:
        last = (done.stderr.strip().splitlines() or ["no word why"])[-1] if done else "no environment could be made"
        fault(f"GNU Health could not be installed: {last}")
        return False
    (PEER / "whole").touch()
    return True


def _script(folder: Path) -> Path:
    """What is to be done with a server: its configuration, its database, its modules, then the measurement."""
    place = folder / "gnuhealth"
    place.mkdir()
    admin, python = PEER / "bin" / "trytond-admin", PEER / "bin" / "python"
    script = place / "run.sh"
    script.write_text(
        f"""exec 3>&1 1>&2
host=${{CLINIC_DATABASE##*host=}}
printf '[database]\\nuri = postgresql://postgres@/?host=%s\\n' "$host" > {place}/trytond.conf
printf 'bench\\n' > {place}/password
psql -h "$host" -U postgres -c 'CREATE DATABASE gnuhealth' postgres
TRYTONPASSFILE={place}/password {admin} -c {place}/trytond.conf -d gnuhealth -u health health_calendar \\
    --activate-dependencies --email bench@mail.example
{python} {HERE / "gnuhealth.py"} {place}/trytond.conf gnuhealth 1>&3
"""
    )
    return script


def _beside(found: Mapping[str, Mapping[str, Mapping[str, float]]]) -> None:
    """Milliseconds by act, and how much longer the peer takes than ours on the same kind of database."""
    print(f"  {'':28}" + "".join(f"{name:>20}" for name in ACTS))
    for title, rows in found.items():
        print(f"  {title:28}" + "".join(f"{rows[name]['median']:>17.1f} ms" for name in ACTS))
    ours, theirs = found.get("Effleurage, PostgreSQL"), found.get("GNU Health, PostgreSQL")
    if ours and theirs:
        ratios = (theirs[name]["median"] / ours[name]["median"] for name in ACTS)
        print(f"  {'theirs to ours, PostgreSQL':28}" + "".join(f"{ratio:>20.1f}" for ratio in ratios))
