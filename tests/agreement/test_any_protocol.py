"""Three engines agree for any conditions at all, not only for those of the content: Hypothesis writes the protocols.

The facts have names that a generated function could stumble over: keywords, its own local names, and ids that look
alike.
"""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from effleurage.engines.python import compile_protocols
from effleurage.engines.smt import World, fixed, model_of, negated
from effleurage.facts.kinds import Bad, Fact, FactTable, Kind, Source
from effleurage.protocol.evaluate import evaluate, truth
from effleurage.protocol.lattice import Verdict, limits
from effleurage.protocol.load import Protocols
from effleurage.protocol.nodes import All, AnyOf, Compare, Is, Not, OneOf, Rule
from tests.agreement.patients import content

YES_NO = ("class", "facts", "certain", "sure1", "a", "b")
NUMBERS = ("decide", "x")
OPTIONS = ("none", "left", "right")
WORDS = content().protocols.vocabulary


def fact(name, kind, **more):
    return Fact(name=name, kind=kind, bad=Bad.NONE, folder="toy", place="toy", **more)


TABLE = FactTable(
    (
        *(fact(name, Kind.YES_NO) for name in YES_NO),
        *(fact(name, Kind.DECIMAL, decimals=1, possible=(-3, 3)) for name in NUMBERS),
        fact("lambda", Kind.CHOICE, options=tuple((name, name) for name in OPTIONS)),
    )
)
ATOMS = st.one_of(
    st.builds(Is, st.sampled_from(YES_NO)),
    st.builds(
        Compare, st.sampled_from(NUMBERS), st.sampled_from(("<", "<=", ">", ">=", "==", "!=")), st.integers(-3, 3)
    ),
    st.builds(OneOf, st.just("lambda"), st.lists(st.sampled_from(OPTIONS), min_size=1, unique=True).map(tuple)),
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(All, st.lists(inner, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(inner, min_size=1, max_size=3).map(tuple)),
    ),
    max_leaves=8,
)
LIMITS = st.sampled_from(
    (
        limits(WORDS, verdict=Verdict.MODIFIED, pressure={"calf_left": 2}),
        limits(WORDS, minutes=20, positions=["prone"]),
        limits(WORDS, verdict=Verdict.WITHHOLD, refer={"gp": 2}),
        limits(WORDS, pressure={"calf_left": 0}, spacing_days=7),
    )
)
PATIENTS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(YES_NO, st.booleans()),
        **dict.fromkeys(NUMBERS, st.integers(-3, 3)),
        "lambda": st.sampled_from(OPTIONS),
    },
)
IDS = ("T-A", "T_A", "T.A", "ALWAYS", "LIMITS", "T-B")


def protocols(rows):
    rules = tuple(
        Rule(name, "toy", "toy", "toy", when, limit, "because", "tell", (Source("project", "D"),), "2026-11-22", "none")
        for name, (when, limit) in zip(IDS, rows, strict=False)
    )
    return Protocols("toy", WORDS, TABLE, rules, tuple, {})


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=st.lists(st.tuples(CONDITIONS, LIMITS), max_size=6), patients=st.lists(PATIENTS, min_size=1, max_size=3))
def test_three_engines_agree(rows, patients):
    toy = protocols(rows)
    engine, world = compile_protocols(toy), World(TABLE)
    for known in patients:
        meaning = evaluate(rules=toy.rules, known=known, vocabulary=WORDS)
        certain, possible, holds, undecided = engine.decide(engine.record(known))
        assert [True if holds >> i & 1 else None if undecided >> i & 1 else False for i in range(len(rows))] == list(
            meaning.truths
        )
        assert toy.layout.unpack(certain) == meaning.certain
        assert toy.layout.unpack(possible) == meaning.possible
        claims = [
            formula
            for rule, value in zip(toy.rules, meaning.truths, strict=True)
            for formula in (
                negated(world.may(rule.when)) if value is False else world.may(rule.when),
                world.does(rule.when) if value is True else negated(world.does(rule.when)),
            )
        ]
        assert model_of(fixed(world, known), claims) is not None


@settings(max_examples=300, deadline=None)
@given(when=CONDITIONS, known=PATIENTS, less=st.sets(st.sampled_from((*YES_NO, *NUMBERS, "lambda"))))
def test_knowing_less_only_ever_makes_a_condition_less_decided(when, known, less):
    fewer = {name: value for name, value in known.items() if name not in less}
    assert truth(when, fewer) in (truth(when, known), None)
