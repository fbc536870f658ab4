"""Conditions: a whitelisted subset of Python expressions, parsed and never evaluated.

Names, comparisons and chains of them, `in`, `and`, `or`, `not`, constants; nothing is called, indexed or computed.
Length and depth are capped on the text before `ast` sees it: five hundred brackets are a syntax error, five thousand
`not` exhaust the stack.

Refused with the words at fault and what to write instead: unknown names, wrong types, options that do not exist, `and`
beside `or` without parentheses, a yes/no fact compared with yes or no, thresholds outside the fact's range or finer
than its decimals. There is no way to ask whether something is known: then an answer could tighten what its absence
allowed.
"""

from __future__ import annotations

import ast
import re
from decimal import Decimal, InvalidOperation
from typing import Final, NoReturn

from effleurage.errors import ContentError
from effleurage.facts.kinds import Bad, Fact, FactTable, Kind
from effleurage.lib.text import listed, nearest
from effleurage.protocol.nodes import ALWAYS, All, AnyOf, Atom, Compare, Condition, Is, Not, OneOf

MAX_LENGTH: Final = 2000
MAX_DEPTH: Final = 20
_SIGNS: Final = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
_MIRROR: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_PLAIN: Final = {
    "Call": "a call",
    "Attribute": "a dotted name",
    "Subscript": "an index",
    "BinOp": "arithmetic",
    "Lambda": "a function",
    "IfExp": "an if",
    "JoinedStr": "a formatted text",
    "NamedExpr": "an assignment",
    "Starred": "a star",
    "Set": "a set",
    "Dict": "a set",
    "ListComp": "a loop",
    "GeneratorExp": "a loop",
}


def parse(text: str, *, facts: FactTable, place: str) -> Condition:
    """The condition that `text` writes, or a ContentError that names `place` and the words at fault."""
    return _Parser(text, facts, place).parse()


class _Parser:
    def __init__(self, text: str, facts: FactTable, place: str) -> None:
        self.text, self.facts, self.place = text, facts, place

    def parse(self) -> Condition:
        if self.text.strip() == "always":
            return ALWAYS
        self.cap()
        try:
            body = ast.parse(self.text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            self.refuse(
                self.text, "is not a condition", "Write fact names, comparisons, 'and', 'or', 'not' and parentheses."
            )
        return behind_gates(self.node(body), self.facts)

    def cap(self) -> None:
        """Length and depth by the text alone; strings cannot hide brackets, as options have none."""
        if len(self.text) > MAX_LENGTH:
            self.refuse(self.text[:40] + "...", f"is longer than {MAX_LENGTH} characters", "Split the rule.")
        depth = deepest = 0
        for bracket in re.findall(r"[][(){}]", self.text):
            depth += 1 if bracket in "([{" else -1
            deepest = max(deepest, depth)
        if deepest + len(re.findall(r"\bnot\b|[-+~](?=\s*[-+~])|\blambda\b|\*\*", self.text)) > MAX_DEPTH:
            self.refuse(self.text[:40] + "...", f"is nested deeper than {MAX_DEPTH} levels", "Split the rule.")

    def refuse(self, words: str, what: str, remedy: str) -> NoReturn:
        raise self.fault(words, what, remedy)

    def fault(self, words: str, what: str, remedy: str) -> ContentError:
        shown = words if len(words) <= 100 else f"{words[:97]}..."
        return ContentError(where=self.place, what=f"'{shown}' {what}.", remedy=remedy)

    def words(self, node: ast.AST) -> str:
        return ast.get_source_segment(self.text.strip(), node) or self.text

    def node(self, node: ast.expr) -> Condition:
        match node:
            case ast.BoolOp():
                return self.connective(node)
            case ast.UnaryOp(op=ast.Not()):
                return Not(self.node(node.operand))
            case ast.Name():
                return self.bare(node)
            case ast.Compare():
                return self.chain(node)
            case ast.Constant():
                self.refuse(self.words(node), "stands alone", "Compare a fact with it, or write 'always'.")
        return self.other(node)

    def other(self, node: ast.expr) -> NoReturn:
        kind = _PLAIN.get(type(node).__name__)
        raise self.fault(
            self.words(node),
            f"is {kind}, which conditions do not have" if kind else "is not allowed here",
            "Use fact names, comparisons, 'and', 'or' and 'not'; derive what needs arithmetic.",
        )

    def connective(self, node: ast.BoolOp) -> Condition:
        for part in node.values:
            if isinstance(part, ast.BoolOp) and not self.bracketed(part):
                self.refuse(self.words(node), "mixes 'and' with 'or'", "Put parentheses around what belongs together.")
        parts = tuple(self.node(part) for part in node.values)
        return All(parts) if isinstance(node.op, ast.And) else AnyOf(parts)

    def bracketed(self, part: ast.expr) -> bool:
        """Whether parentheses stand right around this part; `ast` drops them, the text has them."""
        text = self.text.strip().encode()
        before, after = text[: part.col_offset].rstrip(), text[part.end_col_offset :].lstrip()
        return before.endswith(b"(") and after.startswith(b")")

    def fact(self, node: ast.Name) -> Fact:
        if node.id in ("known", "unknown", "None"):
            self.refuse(node.id, "asks what is known, which a condition cannot", "Write the rule for the fact itself.")
        if node.id not in self.facts:
            self.refuse(
                node.id,
                "is not a fact",
                nearest(node.id, self.facts.by_name) or "See 'effleurage facts' for the names.",
            )
        fact = self.facts[node.id]
        if not fact.for_rules:
            self.refuse(
                node.id,
                f"is a {fact.kind.words}, which no condition can compare",
                "Derive a fact from it (months_since, takes, lists) and use that.",
            )
        return fact

    def bare(self, node: ast.Name) -> Condition:
        fact = self.fact(node)
        if fact.kind is not Kind.YES_NO:
            example = f'{fact.name} == "{fact.option_names[0]}"' if fact.options else f"{fact.name} >= ..."
            self.refuse(fact.name, f"is a {fact.kind.words}, not a yes/no fact", f"Compare it, as in '{example}'.")
        return Is(fact.name)

    def chain(self, node: ast.Compare) -> Condition:
        """a < b <= c, read as (a < b) and (b <= c)."""
        sides = [node.left, *node.comparators]
        links = [
            self.link(left, sign, right, node) for left, sign, right in zip(sides, node.ops, sides[1:], strict=False)
        ]
        return links[0] if len(links) == 1 else All(tuple(links))

    def link(self, left: ast.expr, sign: ast.cmpop, right: ast.expr, whole: ast.Compare) -> Condition:
        if isinstance(sign, ast.In | ast.NotIn):
            return self.member(left, sign, right, whole)
        if type(sign) not in _SIGNS:
            self.refuse(self.words(whole), "uses 'is'", "Write '==' for options, or the bare name of a yes/no fact.")
        mark = _SIGNS[type(sign)]
        if isinstance(right, ast.Name) and not isinstance(left, ast.Name):
            left, right, mark = right, left, _MIRROR[mark]
        for side in (left, right):
            if type(side).__name__ in _PLAIN:
                self.other(side)
        if not isinstance(left, ast.Name):
            self.refuse(self.words(whole), "compares no fact", "Write a fact name on one side.")
        if isinstance(right, ast.Name):
            if right.id in self.facts and self.facts[right.id].kind is Kind.YES_NO:
                self.refuse(
                    self.words(whole),
                    "compares a yes/no fact",
                    f"Write '{left.id} and {right.id}', or what else is meant, with 'and', 'or' and 'not'.",
                )
            if right.id in self.facts:
                self.refuse(
                    self.words(whole), "compares two facts", "Derive their difference and compare that with a number."
                )
            self.refuse(right.id, "is not a constant", f'Write it in quotes if it is an option: "{right.id}".')
        return self.compare(self.fact(left), mark, right, whole)

    def compare(self, fact: Fact, sign: str, right: ast.expr, whole: ast.Compare) -> Condition:
        if fact.kind is Kind.YES_NO:
            self.refuse(self.words(whole), "compares a yes/no fact", f"Write '{fact.name}' or 'not {fact.name}'.")
        if fact.kind is Kind.CHOICE:
            if sign not in ("==", "!="):
                self.refuse(
                    self.words(whole),
                    "orders options, which have no numbers",
                    f"Write '{fact.name} in (...)' with the options meant.",
                )
            one = OneOf(fact.name, (self.option(fact, right),))
            return Not(one) if sign == "!=" else one
        return Compare(fact.name, sign, self.number(fact, right))

    def member(self, left: ast.expr, sign: ast.cmpop, right: ast.expr, whole: ast.Compare) -> Condition:
        if not isinstance(left, ast.Name):
            self.refuse(self.words(whole), "asks for no fact", 'Write \'fact in ("one", "two")\'.')
        if not isinstance(right, ast.Tuple | ast.List):
            self.refuse(self.words(right), "is not a list of options", 'A list of one needs its comma: ("one",).')
        fact = self.fact(left)
        if fact.kind is not Kind.CHOICE:
            self.refuse(
                fact.name, f"is a {fact.kind.words}; only a choice can be 'in' a list", "Compare it with one value."
            )
        if not right.elts:
            self.refuse(self.words(whole), "names no option", f"Known: {listed(fact.option_names)}.")
        one = OneOf(fact.name, tuple(self.option(fact, item) for item in right.elts))
        return Not(one) if isinstance(sign, ast.NotIn) else one

    def option(self, fact: Fact, node: ast.expr) -> str:
        value = node.value if isinstance(node, ast.Constant) else None
        if not isinstance(value, str):
            self.refuse(
                self.words(node),
                f"is no option of {fact.name}",
                f"Write one of {listed(fact.option_names, 'or')} in quotes.",
            )
        if value not in fact.option_names:
            self.refuse(
                value,
                f"is no option of {fact.name}",
                nearest(value, fact.option_names) or f"Known: {listed(fact.option_names)}.",
            )
        return value

    def number(self, fact: Fact, node: ast.expr) -> int:
        text = self.words(node).replace(" ", "")
        try:
            number = Decimal(text)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or len(text) > 20 or "_" in text or "e" in text.lower():
            self.refuse(
                self.words(node),
                f"is not a number to compare {fact.name} with",
                f"Write digits, with {fact.decimals or 'no'} decimals.",
            )
        scaled = number.scaleb(fact.decimals)
        if scaled != scaled.to_integral_value():
            self.refuse(
                text,
                f"has more decimals than {fact.name}, which has {fact.decimals}",
                "Round the threshold, or give the fact more decimals.",
            )
        low, high = fact.possible or (0, 0)
        if not low <= scaled <= high:
            self.refuse(
                text,
                f"lies outside the range of {fact.name}, {fact.shown(low)} to {fact.shown(high)}",
                "Check the sign and the unit.",
            )
        return int(scaled)


def behind_gates(condition: Condition, facts: FactTable, *, negated: bool = False) -> Condition:
    """The same condition with every mention of a gated fact joined to its gates, and `not` moved down to the mentions.

    A T-score that was never measured is neither above a threshold nor below it, so the gate must stand beside the
    mention whichever way it is turned: `not t <= -2.5` becomes "measured, and not t <= -2.5". Moving `not` down changes
    no truth value, unknown included.
    """
    match condition:
        case Not(part):
            return behind_gates(part, facts, negated=not negated)
        case All(parts) | AnyOf(parts):
            inner = tuple(behind_gates(part, facts, negated=negated) for part in parts)
            return All(inner) if isinstance(condition, All) != negated else AnyOf(inner)
        case atom:
            literal = Not(atom) if negated else atom
            gates = facts.gates(atom.fact)
            return All((*map(Is, gates), literal)) if gates else literal


def good_news(condition: Condition, facts: FactTable, *, negated: bool = False) -> tuple[str, ...]:
    """The facts whose *good* value helps the condition to hold: a rule that mentions one might let bad news loosen a
    plan.
    """
    match condition:
        case Not(part):
            return good_news(part, facts, negated=not negated)
        case All(parts) | AnyOf(parts):
            return tuple(dict.fromkeys(name for part in parts for name in good_news(part, facts, negated=negated)))
        case atom:
            return (atom.fact,) if _helps_when_good(atom, facts[atom.fact], negated) else ()


def _helps_when_good(atom: Atom, fact: Fact, negated: bool) -> bool:
    if fact.bad is Bad.NONE:
        return False
    if isinstance(atom, Is):
        return (fact.bad is Bad.YES) == negated
    if isinstance(atom, Compare):
        if atom.operator in ("==", "!="):
            return True
        bad_sign = "<" if fact.bad is Bad.LOWER else ">"
        return (atom.operator[0] == bad_sign) == negated
    worst_end = fact.option_names[-len(set(atom.options)) :]
    best_end = fact.option_names[: len(set(atom.options))]
    return set(atom.options) != set(best_end if negated else worst_end)
