"""Texts of protocols for the tests: good versions, and every kind of mistake that somebody might propose."""

from __future__ import annotations

import re
from functools import lru_cache

from clinic.records.content import folder_files
from effleurage.protocol.documents import BUILT_IN

Files = dict[str, str]
GENERAL, SCREENING = "general/protocol.yaml", "screening/protocol.yaml"
BONE, CURVE, DRUGS = "osteoporosis/protocol.yaml", "scoliosis/protocol.yaml", "medicines/protocol.yaml"
RULE = """
  - id: {id}
    when: {when}
    limit: {limit}
    because: "Agreed by the clinic: one more careful step."
    tell: "We take one more careful step."
    sources: [{{key: project, status: D, note: "agreed by the clinic"}}]
    date: 2026-11-22
    reviewer: none
"""


@lru_cache(maxsize=1)
def _shipped() -> tuple[tuple[str, str], ...]:
    return tuple(folder_files(BUILT_IN).items())


def shipped() -> Files:
    return dict(_shipped())


def replaced(path: str, old: str, new: str) -> Files:
    """The shipped content with the first `old` in a file replaced; a mistake in the test if it is not there."""
    files = shipped()
    assert old in files[path], f"{path} has no {old!r}"
    return files | {path: files[path].replace(old, new, 1)}


def reworded(words: str = "pleasant") -> Files:
    """Another text that limits the same."""
    return replaced(GENERAL, "The pressure stays comfortable.", f"The pressure stays {words}.")


def with_rule(limit: str = "{checks: [medicine_times]}", when: str = "age >= 70", name: str = "GEN-OLDER") -> Files:
    """One more rule for everybody of seventy."""
    files = shipped()
    return files | {GENERAL: files[GENERAL].rstrip() + "\n" + RULE.format(id=name, when=when, limit=limit)}


def without_rule(path: str, rule: str) -> Files:
    files = shipped()
    parts = re.split(r"(?m)^(?=  - id: )", files[path])
    kept = [part for part in parts if not part.startswith(f"  - id: {rule}\n")]
    assert len(kept) == len(parts) - 1, f"{path} has no rule {rule}"
    return files | {path: "".join(kept)}


def blind(files: Files, rule: str) -> Files:
    """Without the cases that mention a rule, as somebody would take out what stands in the way."""
    found = dict(files)
    for path in [path for path in files if path.endswith("/cases.yaml")]:
        parts = re.split(r"(?m)^(?=  - name: )", files[path])
        found[path] = "".join(part for part in parts if rule not in part)
    return found


def gone(path: str) -> Files:
    return {name: text for name, text in shipped().items() if name != path}


# ruff: noqa: E501 - a mistake is read best on one line
BAD: dict[str, Files] = {
    # What cannot be read
    "no YAML": replaced(BONE, "    limit:\n      verdict: modified", "    limit: [\n      verdict: modified"),
    "a tab": replaced(BONE, "  - id: OST-O1-TSCORE", "\t- id: OST-O1-TSCORE"),
    "a quote left open": replaced(GENERAL, 'tell: "The pressure stays comfortable.', "tell: 'The pressure stays comfortable."),
    "an anchor": replaced(GENERAL, "    limit: {minutes: 40}", "    limit: &forty {minutes: 40}"),
    "an empty file": shipped() | {BONE: ""},
    "a second document": replaced(GENERAL, "name: general\n", "name: general\n---\n"),
    "an indentation lost": replaced(BONE, "    when: t_score_lowest <= -2.5 or", "  when: t_score_lowest <= -2.5 or"),
    "a file of another name": shipped() | {"osteoporosis/protocols.yaml": shipped()[BONE]},
    "a file outside": shipped() | {"../outside.yaml": "schema: x\n"},
    "a file that is no text of the content": shipped() | {"osteoporosis/run.py": "print()\n"},
    "the wrong schema": replaced(BONE, "schema: effleurage/protocol/1", "schema: effleurage/protocol/9"),
    # What nobody knows
    "a fact misspelt": replaced(BONE, "when: bone_losing_medicine", "when: bone_loosing_medicine"),
    "a fact that is no fact": replaced(CURVE, "when: leg_length_difference", "when: leg_length"),
    "a region misspelt": replaced(BONE, "percussion: [trunk, neck_all]", "percussion: [trunc, neck_all]"),
    "a technique misspelt": replaced(BONE, "        thrust: everywhere", "        trust: everywhere"),
    "a check misspelt": replaced(BONE, "checks: [new_since_last,", "checks: [new_since_lst,"),
    "a stop rule misspelt": replaced(BONE, "stop: [crack,", "stop: [crak,"),
    "a verdict misspelt": replaced(BONE, "verdict: modified", "verdict: modifed"),
    "a source misspelt": replaced(BONE, "{key: WHO-TBL, status: C}", "{key: WHO-TLB, status: C}"),
    "a status that does not exist": replaced(BONE, "{key: WHO-TBL, status: C}", "{key: WHO-TBL, status: A}"),
    "a referral misspelt": replaced(SCREENING, "{emergency_department: immediately}", "{emergency_departement: immediately}"),
    "an urgency misspelt": replaced(SCREENING, "{emergency_department: immediately}", "{emergency_department: soonish}"),
    "a competence misspelt": replaced(GENERAL, "competences: [minors_care]", "competences: [minor_care]"),
    "a consent misspelt": replaced(GENERAL, "consents: [guardian_consent,", "consents: [guardians_consent,"),
    "a window misspelt": replaced(DRUGS, "windows: [upright_30_minutes]", "windows: [upright_3_minutes]"),
    "a position misspelt": replaced(DRUGS, "positions: [table]", "positions: [tables]"),
    "a key misspelt": replaced(GENERAL, "    because:", "    becuase:"),
    "a field that does not exist": replaced(GENERAL, "    limit: {minutes: 40}", "    limit: {minuets: 40}"),
    # Numbers and signs
    "a level above the scale": replaced(GENERAL, "head: 3, neck_all: 3", "head: 7, neck_all: 3"),
    "a comma for a point": replaced(BONE, "when: t_score_lowest < -1.0 or", "when: t_score_lowest < -1,0 or"),
    "more decimals than the fact has": replaced(BONE, "when: t_score_lowest < -1.0 or", "when: t_score_lowest < -1.05 or"),
    "a number out of the fact's range": replaced(CURVE, "cobb_angle >= 10", "cobb_angle >= 1000"),
    "minutes that are no step of the chain": replaced(GENERAL, "limit: {minutes: 40}", "limit: {minutes: 41}"),
    "words for a number": replaced(GENERAL, "limit: {minutes: 40}", "limit: {minutes: forty}"),
    "a yes or no compared with a number": replaced(CURVE, "when: leg_length_difference", "when: leg_length_difference >= 2"),
    "a number without its comparison": replaced(CURVE, "scoliosis and cobb_angle >= 10", "scoliosis and cobb_angle"),
    "Z for T": replaced(BONE, "when: t_score_lowest <= -2.5 or", "when: z_score <= -2.5 or"),
    "the sign of a T-score lost": replaced(BONE, "when: t_score_lowest <= -2.5 or", "when: t_score_lowest <= 2.5 or"),
    "a comparison turned round": replaced(BONE, "when: t_score_lowest <= -2.5 or", "when: t_score_lowest >= -2.5 or"),
    "a bracket left open": replaced(DRUGS, "(minutes_since_bone_tablet < 30)", "(minutes_since_bone_tablet < 30"),
    "a boundary moved by one step": replaced(BONE, "when: t_score_lowest < -1.0 or", "when: t_score_lowest < -1.1 or"),
    "a threshold moved": replaced(SCREENING, "systolic >= 180 or", "systolic >= 190 or"),
    "and for or": replaced(SCREENING, "when: saddle_numbness or bladder", "when: saddle_numbness and bladder"),
    "not lost": replaced(GENERAL, "not can_give_consent or", "can_give_consent or"),
    "a loosened ceiling for thin bone": replaced(BONE, "trunk: 2, neck_all: 2, over_bone: 1", "trunk: 3, neck_all: 2, over_bone: 1"),
    "a longer session": replaced(GENERAL, "limit: {minutes: 40}", "limit: {minutes: 60}"),
    "an emergency made a referral": replaced(SCREENING, "verdict: emergency", "verdict: withhold"),
    # Rules and what belongs to them
    "an id that stands twice": replaced(BONE, "  - id: OST-O1-MEDICINE", "  - id: OST-O1-TSCORE"),
    "no reason": replaced(GENERAL, "    because: \"At most 40 min", "    note: \"At most 40 min"),
    "no sources": replaced(GENERAL, "sources: [{key: project, status: D, note: \"row S1", "sources: []  # [{note: \"row S1"),
    "a date that is none": replaced(BONE, "    date: 2026-11-22", "    date: 2026-13-45"),
    "a rule taken out that cases speak of": without_rule(SCREENING, "SCR-CAUDA-EQUINA"),
    "a rule taken out with its cases": blind(without_rule(SCREENING, "SCR-CAUDA-EQUINA"), "SCR-CAUDA-EQUINA"),
    "good news that loosens": with_rule(when="not osteoporosis_diagnosed", limit="{verdict: withhold}"),
    "a rule for everyone that withholds": with_rule(when="always", limit="{verdict: withhold}"),
    "all red flags taken out": gone(SCREENING),
    "no vocabulary": gone("vocabulary/regions.yaml"),
    "no sources file": gone("sources.yaml"),
    "no facts of a folder": gone("osteoporosis/facts.yaml"),
    # Facts
    "another unit": replaced("osteoporosis/facts.yaml", 'unit: "SD"', 'unit: "cm"'),
    "a fact of another kind": replaced("osteoporosis/facts.yaml", "  - name: osteoporosis_diagnosed\n    kind: yes_no", "  - name: osteoporosis_diagnosed\n    kind: number"),
    "a class of medicine misspelt": replaced("medicines/medicines.yaml", "{name: denosumab, term", "{name: denosumap, term"),
    # Regimens, cases, guarantees
    "a regimen with an unknown technique": replaced("osteoporosis/regimens.yaml", "technique: petrissage", "technique: petrisage"),
    "a regimen without a share": replaced("osteoporosis/regimens.yaml", "share: 12", "share: 0"),
    "a case that expects something else": replaced("general/cases.yaml", "rules_not: [GEN-MINOR,", "rules_not: [GEN-CONSENT, GEN-MINOR,"),
    "a case with an unknown fact": replaced("osteoporosis/cases.yaml", "      t_score_spine: -1.0", "      t_score_back: -1.0"),
    "a guarantee that does not hold": replaced("osteoporosis/guarantees.yaml", "then: {minutes: 40}", "then: {minutes: 20}"),
    "a guarantee with an unknown fact": replaced("osteoporosis/guarantees.yaml", "given: osteoporosis_diagnosed or", "given: osteoporosis_diagnozed or"),
}  # fmt: skip
"""Each with one mistake, by its name."""
