"""The subset as ELM, the compiled form of CQL, for cql-execution: one definition a rule, every fact a parameter.

Written directly and not by the translator, since only a handful of its nodes are needed. CQL knows three truth values,
so a definition is true, false or null as our rules are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from effleurage.facts.kinds import FactTable, Kind
from effleurage.protocol.nodes import All, AnyOf, Compare, Condition, Is, Not, OneOf, Rule, facts_in

SYSTEM = "urn:hl7-org:elm-types:r1"
SIGNS = {"<": "Less", "<=": "LessOrEqual", ">": "Greater", ">=": "GreaterOrEqual", "==": "Equal", "!=": "NotEqual"}
TYPES = {Kind.YES_NO: "Boolean", Kind.CHOICE: "String"}
Node = dict[str, Any]


def library(rules: Sequence[Rule], table: FactTable) -> Node:
    names = dict.fromkeys(name for rule in rules for name in facts_in(rule.when))
    return {
        "library": {
            "identifier": {"id": "Bench", "version": "1"},
            "schemaIdentifier": {"id": "urn:hl7-org:elm", "version": "r1"},
            "usings": {"def": [{"localIdentifier": "System", "uri": SYSTEM}]},
            "parameters": {"def": [parameter(name, TYPES.get(table[name].kind, "Integer")) for name in names]},
            "statements": {"def": [definition(rule) for rule in rules]},
        }
    }


def parameter(name: str, kind: str) -> Node:
    named = {"type": "NamedTypeSpecifier", "name": f"{{{SYSTEM}}}{kind}"}
    return {"name": name, "accessLevel": "Public", "parameterTypeSpecifier": named}


def definition(rule: Rule) -> Node:
    return {"name": rule.id, "context": "Unfiltered", "accessLevel": "Public", "expression": node(rule.when)}


def node(condition: Condition) -> Node:
    match condition:
        case Is(fact):
            return reference(fact)
        case Compare(fact, sign, number):
            return {"type": SIGNS[sign], "operand": [reference(fact), literal("Integer", str(number))]}
        case OneOf(fact, options):
            return folded("Or", [equal(fact, option) for option in options])
        case Not(part):
            return {"type": "Not", "operand": node(part)}
        case All(parts):
            return folded("And", [node(part) for part in parts])
        case AnyOf(parts):
            return folded("Or", [node(part) for part in parts])


def reference(fact: str) -> Node:
    return {"type": "ParameterRef", "name": fact}


def equal(fact: str, option: str) -> Node:
    """Not `In`: this engine finds null not to be in a list, which makes an unknown choice a certain no."""
    return {"type": "Equal", "operand": [reference(fact), literal("String", option)]}


def literal(kind: str, value: str) -> Node:
    return {"type": "Literal", "valueType": f"{{{SYSTEM}}}{kind}", "value": value}


def folded(kind: str, parts: list[Node]) -> Node:
    """ELM's `And` and `Or` take two operands."""
    whole = parts[0]
    for part in parts[1:]:
        whole = {"type": kind, "operand": [whole, part]}
    return whole
