"""Facts, batches and medicines, read from every folder's facts.yaml."""

from __future__ import annotations

import keyword
import re
from typing import Final

from effleurage.errors import ContentError
from effleurage.facts.derive import DERIVATIONS, INPUTS
from effleurage.facts.kinds import (
    ANSWERERS,
    BAD_BY_KIND,
    NUMBERS,
    Bad,
    Code,
    Derivation,
    Fact,
    FactTable,
    Kind,
    Medicine,
    NotThis,
    Source,
)
from effleurage.language import Language
from effleurage.lib.marked import Tree
from effleurage.lib.text import counted, listed, nearest
from effleurage.protocol.documents import Documents, spread
from effleurage.protocol.read_vocabulary import schema

MAX_BATCH = 9
MAX_DECIMALS = 4
PATIENT = ("Patient.birthDate", "Patient.gender")
"""Elements of FHIR that answer a fact without a code."""
STATUSES = ("C", "S", "N", "D")
_OPTIONAL = (
    "options",
    "items",
    "bad",
    "ask",
    "help",
    "who",
    "stale_days",
    "codes",
    "fhir",
    "sources",
    "decimals",
    "unit",
    "unit_words",
    "not_this",
    "plausible",
    "possible",
    "never",
    "gate",
    "derive",
    "batch",
    "page",
    "careful",
    "time",
    "curve",
)
_LITERAL = ("takes", "lists")
_SINCE = ("age_years", "years_since", "months_since", "days_since", "hours_since", "minutes_since")
_KINDS: Final[dict[str, tuple[tuple[Kind, ...], tuple[Kind, ...]]]] = {
    # derivation: (kinds it reads, kinds it gives)
    **dict.fromkeys(_SINCE, ((Kind.DATE,), (Kind.WHOLE,))),
    **dict.fromkeys(("difference", "lowest", "lowest_known", "highest", "each_month"), (NUMBERS, NUMBERS)),
    **dict.fromkeys(("any", "all"), ((Kind.YES_NO,), (Kind.YES_NO,))),
    **dict.fromkeys(_LITERAL, ((Kind.LIST,), (Kind.YES_NO,))),
    "measured": ((*NUMBERS, Kind.DATE), (Kind.YES_NO,)),
}


def read_facts(documents: Documents) -> FactTable:
    """All facts of all folders as one table, whose references all resolve."""
    medicines, classes = read_medicines(documents)
    rows: dict[str, tuple[Fact, Tree]] = {}
    batches: dict[str, Tree] = {}
    pages: dict[str, Tree] = {}
    for folder, tree in documents.named("facts.yaml"):
        top = schema(tree, "facts", required=("facts",), optional=("batches", "pages"))
        batches |= top["batches"].entries() if "batches" in top else {}
        pages |= top["pages"].entries() if "pages" in top else {}
        for entry in spread(top["facts"]):
            fact = _fact(entry, folder, medicines, documents.language)
            if fact.name in rows:
                entry.refuse(
                    f"The fact '{fact.name}' exists already ({rows[fact.name][0].place}).", "Choose another name."
                )
            rows[fact.name] = (fact, entry)
    table = FactTable(tuple(fact for fact, _ in rows.values()), _texts(batches), _texts(pages), medicines)
    for fact, entry in rows.values():
        _check_references(fact, entry, table, classes)
    _check_batches(table, batches)
    return table


def _texts(trees: dict[str, Tree]) -> tuple[tuple[str, str], ...]:
    return tuple((name, text.words()) for name, text in trees.items())


def _fact(entry: Tree, folder: str, medicines: tuple[Medicine, ...], language: Language) -> Fact:
    row = entry.mapping(required=("name", "kind"), optional=_OPTIONAL)
    name = row["name"].words()
    if name in ("always", "known", "unknown", *keyword.kwlist):
        row["name"].refuse(f"'{name}' is a word of the language.", "Choose another name.")
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", name):
        row["name"].refuse(f"'{name}' cannot be the name of a fact.", "Use small letters, digits and underscores.")
    kind = Kind(row["kind"].one_of({kind.value for kind in Kind}, "kind of fact"))
    decimals = row["decimals"].whole() if "decimals" in row else 0
    if (kind is Kind.DECIMAL) != (decimals > 0) or not 0 <= decimals <= MAX_DECIMALS:
        entry.refuse(
            f"'{name}' is a {kind.words} with {decimals} decimals.",
            f"A decimal needs 'decimals: 1' to {MAX_DECIMALS}; nothing else has any.",
        )
    fact = Fact(
        name=name,
        kind=kind,
        bad=_bad(row, kind),
        folder=folder,
        place=entry.place,
        decimals=decimals,
        ask=row["ask"].words() if "ask" in row else "",
        help=row["help"].words() if "help" in row else "",
        who=_who(row),
        stale_days=row["stale_days"].whole() if "stale_days" in row else None,
        unit=row["unit"].words() if "unit" in row else "",
        unit_words=row["unit_words"].names() if "unit_words" in row else (),
        not_this=_not_this(row["not_this"]) if "not_this" in row else (),
        plausible=_range(row, "plausible", decimals),
        possible=_range(row, "possible", decimals),
        never=row["never"].flag() if "never" in row else False,
        gate=row["gate"].words() if "gate" in row else "",
        batch=row["batch"].words() if "batch" in row else "",
        page=row["page"].words() if "page" in row else "",
        options=_options(row, medicines),
        careful=row["careful"].one_of(("latest", "earliest"), "careful end") if "careful" in row else "",
        time=row["time"].flag() if "time" in row else False,
        codes=_codes(row),
        fhir=row["fhir"].one_of(PATIENT, "element of FHIR") if "fhir" in row else "",
        sources=read_sources(row["sources"]) if "sources" in row else (),
        derive=_derive(row["derive"]) if "derive" in row else None,
        curve=row["curve"].words() if "curve" in row else "",
        language=language,
    )
    _check_shape(fact, entry)
    return fact


def _bad(row: dict[str, Tree], kind: Kind) -> Bad:
    if "bad" not in row:
        return Bad.NONE
    fitting = {bad.value for bad in BAD_BY_KIND[kind]}
    return Bad(row["bad"].one_of(fitting, f"bad-news direction for a {kind.words}"))


def _who(row: dict[str, Tree]) -> tuple[str, ...]:
    who = tuple(item.one_of(ANSWERERS, "person to answer") for item in row["who"]) if "who" in row else ("patient",)
    if not who:
        row["who"].refuse("Nobody may answer.", f"Write one or more of {listed(ANSWERERS)}.")
    return who


def _not_this(tree: Tree) -> tuple[NotThis, ...]:
    found = []
    for word, entry in tree.entries().items():
        row = entry.mapping(required=("means", "instead"))
        if not re.fullmatch(r"[a-z]{2,}", word):
            entry.refuse(f"'{word}' cannot be the word that tells a mistake.", "Use small letters only, two or more.")
        found.append(NotThis(word, row["means"].words(), row["instead"].words()))
    return tuple(found)


def _range(row: dict[str, Tree], key: str, decimals: int) -> tuple[int, int] | None:
    if key not in row:
        return None
    ends = [item.decimal().scaleb(decimals) for item in row[key]]
    if len(ends) != 2 or ends[0] >= ends[1] or any(end != end.to_integral_value() for end in ends):
        row[key].refuse(f"'{key}' is no range.", "Write [lowest, highest], with no more decimals than the fact has.")
    return int(ends[0]), int(ends[1])


def _options(row: dict[str, Tree], medicines: tuple[Medicine, ...]) -> tuple[tuple[str, str], ...]:
    if "items" in row and row["items"].value == "medicines":
        return tuple((medicine.name, medicine.term) for medicine in medicines)
    source = row.get("options") or row.get("items")
    for name, words in source.entries().items() if source else ():
        if not re.fullmatch(r"[a-z0-9][a-z0-9_]*", name):
            words.refuse(f"'{name}' cannot be the name of an option.", "Use small letters, digits and underscores.")
    return tuple((name, words.words()) for name, words in source.entries().items()) if source else ()


def _codes(row: dict[str, Tree]) -> tuple[Code, ...]:
    if "codes" not in row:
        return ()
    fields = [
        entry.mapping(required=("system", "code"), optional=("status", "meaning", "trap")) for entry in row["codes"]
    ]
    systems = ("loinc", "snomed", "icd10cm", "atc", "rxnorm")
    return tuple(
        Code(
            entry["system"].one_of(systems, "code system"),
            entry["code"].words(),
            entry["status"].one_of(STATUSES, "status") if "status" in entry else "C",
            entry["trap"].words() if "trap" in entry else "",
        )
        for entry in fields
    )


def read_sources(entries: Tree) -> tuple[Source, ...]:
    found = []
    for entry in entries:
        row = entry.mapping(required=("key", "status"), optional=("note",))
        found.append(
            Source(
                row["key"].words(),
                row["status"].one_of(STATUSES, "status"),
                row["note"].words() if "note" in row else "",
            )
        )
    return tuple(found)


def _derive(entry: Tree) -> Derivation:
    pairs = list(entry.entries().items())
    if len(pairs) != 1:
        entry.refuse("A fact has one derivation.", "Write 'derive: {age_years: birth_date}'.")
    how, inputs = pairs[0]
    if how not in DERIVATIONS:
        entry.refuse(f"'{how}' is not a derivation.", nearest(how, DERIVATIONS) or f"Known: {listed(DERIVATIONS)}.")
    of = inputs.names()
    if how in INPUTS and len(of) != INPUTS[how]:
        inputs.refuse(f"'{how}' reads {counted(INPUTS[how], 'name')}, not {len(of)}.", "Write as many.")
    return Derivation(how, of)


def _check_shape(fact: Fact, entry: Tree) -> None:
    if fact.is_number and fact.possible is None:
        entry.refuse(f"'{fact.name}' has no possible range.", "Add 'possible: [lowest, highest]'.")
    if fact.stale_days is not None and fact.stale_days < 1:
        entry.refuse(f"'{fact.name}' is stale at once.", "Write 'stale_days: 1' or more, or leave it out.")
    if fact.batch and not fact.ask:
        entry.refuse(f"'{fact.name}' is in a batch, but has no words to ask.", "Add 'ask' with a short list item.")
    if (
        fact.plausible
        and fact.possible
        and not fact.possible[0] <= fact.plausible[0] < fact.plausible[1] <= fact.possible[1]
    ):
        entry.refuse(
            f"What is plausible for '{fact.name}' lies outside what is possible.",
            "Widen 'possible' or narrow 'plausible'.",
        )
    if fact.kind is Kind.CHOICE and len(fact.options) < 2:
        entry.refuse(f"'{fact.name}' offers no choice.", "Write at least two options.")
    if fact.kind is Kind.LIST and not fact.options:
        entry.refuse(f"'{fact.name}' has no items.", "Add 'items: {name: words}'.")
    if fact.never and not fact.gate and not (fact.is_number or fact.kind is Kind.DATE):
        entry.refuse(f"'{fact.name}' is a {fact.kind.words}, which nobody measures.", "Leave 'never' out.")
    if fact.curve and not {"left", "right"} <= set(fact.option_names):
        entry.refuse(
            f"'{fact.name}' draws a curve, but has no options left and right.",
            "Give it the options none, left and right.",
        )
    if not fact.ask and fact.derive is None:
        entry.refuse(f"'{fact.name}' can neither be asked nor derived.", "Add 'ask' with a question, or 'derive'.")


def _check_references(fact: Fact, entry: Tree, table: FactTable, classes: frozenset[str]) -> None:
    if fact.gate and (fact.gate not in table or table[fact.gate].kind is not Kind.YES_NO):
        entry.refuse(
            f"The gate '{fact.gate}' is not a yes/no fact.",
            nearest(fact.gate, [other.name for other in table.facts if other.kind is Kind.YES_NO])
            or "Name the fact that opens it.",
        )
    if fact.is_number and fact.never and not fact.gate:
        entry.refuse(
            f"'{fact.name}' may be never measured, but has no gate.",
            "Add a yes/no fact that derives 'measured' and name it as 'gate'.",
        )
    seen, gate = {fact.name}, fact.gate
    while gate and gate in table:
        if gate in seen:
            entry.refuse(f"The gates of '{fact.name}' run in a circle.", "Remove one of them.")
        seen.add(gate)
        gate = table[gate].gate
    if fact.page and (fact.page not in dict(table.pages) or fact.batch):
        entry.refuse(
            f"The page '{fact.page}' is not declared, or '{fact.name}' is in a batch already.",
            "Add it under 'pages' with its heading.",
        )
    if fact.batch and fact.batch not in dict(table.batches):
        entry.refuse(f"The batch '{fact.batch}' is not declared.", "Add it under 'batches' with its question.")
    if fact.derive:
        _check_derivation(fact, fact.derive, entry, table, classes)
    _refuse_circle(fact, table, entry, (fact.name,))


def _check_derivation(fact: Fact, derive: Derivation, entry: Tree, table: FactTable, classes: frozenset[str]) -> None:
    for name in derive.of[:1] if derive.how in _LITERAL else derive.of:
        if name not in table:
            entry.refuse(
                f"'{fact.name}' is derived from '{name}', which is not a fact.",
                nearest(name, table.by_name) or "Check the name.",
            )
    _check_kinds(fact, derive, entry, table)
    if derive.how == "takes" and derive.of[1] not in classes:
        entry.refuse(
            f"'{derive.of[1]}' is not a class of medicines.", nearest(derive.of[1], classes) or "See medicines.yaml."
        )
    if derive.how == "lists" and derive.of[1] not in table[derive.of[0]].option_names:
        entry.refuse(
            f"'{derive.of[1]}' is not an item of '{derive.of[0]}'.",
            nearest(derive.of[1], table[derive.of[0]].option_names) or "Check the item.",
        )
    if derive.how in ("lowest", "lowest_known", "highest", "difference") and any(
        table[name].decimals != fact.decimals for name in derive.of
    ):
        entry.refuse(f"'{fact.name}' and what it is derived from have different decimals.", "Give them the same.")


def _check_kinds(fact: Fact, derive: Derivation, entry: Tree, table: FactTable) -> None:
    """What a derivation reads and gives must be of the kind it works on."""
    reads, gives = _KINDS[derive.how]
    if fact.kind not in gives:
        wanted = listed((kind.words for kind in gives), "or")
        entry.refuse(f"'{derive.how}' gives a {wanted}; '{fact.name}' is a {fact.kind.words}.", "Change the kind.")
    names = derive.of[:1] if derive.how in _LITERAL else derive.of
    for number, name in enumerate(names):
        fitting = (Kind.DATE,) if derive.how == "each_month" and number > 1 else reads
        if table[name].kind not in fitting:
            wanted = listed((kind.words for kind in fitting), "or")
            entry.refuse(
                f"'{derive.how}' reads a {wanted}; '{name}' is a {table[name].kind.words}.", "Name another fact."
            )


def _needs(fact: Fact) -> tuple[str, ...]:
    """The facts to be worked out before this one. `measured`, `takes` and `lists` read answers, which are there."""
    inputs = fact.derive.of if fact.derive and fact.derive.how not in ("measured", *_LITERAL) else ()
    return (*inputs, fact.gate) if fact.gate else inputs


def _refuse_circle(fact: Fact, table: FactTable, entry: Tree, path: tuple[str, ...]) -> None:
    for name in _needs(fact):
        if name == path[0]:
            entry.refuse(f"'{name}' is derived from itself.", "Break the circle.")
        if name in table and name not in path:
            _refuse_circle(table[name], table, entry, (*path, name))


def _check_batches(table: FactTable, batches: dict[str, Tree]) -> None:
    for batch, tree in batches.items():
        members = table.in_batch(batch)
        wrong = next((fact for fact in members if fact.bad is not Bad.YES), None)
        if wrong:
            what = f"'{wrong.name}' is in a batch, but yes is not its bad news."
            raise ContentError(where=wrong.place, what=what, remedy="Ask it on its own.")
        if not 1 <= len(members) <= MAX_BATCH:
            what = f"The batch '{batch}' has {counted(len(members), 'question')}."
            tree.refuse(what, f"Keep it between 1 and {MAX_BATCH}.")


def read_medicines(documents: Documents) -> tuple[tuple[Medicine, ...], frozenset[str]]:
    """Medicines and the names of their classes; both empty where a content folder has none."""
    medicines: list[Medicine] = []
    classes: set[str] = set()
    for _, tree in documents.named("medicines.yaml"):
        top = schema(tree, "medicines", required=("classes", "medicines"))
        for entry in top["classes"]:
            row = entry.mapping(required=("name", "term", "means"))
            if row["name"].words() in classes:
                entry.refuse(f"The class '{row['name'].words()}' stands twice.", "Keep one of the two.")
            classes.add(row["name"].words())
        for entry in top["medicines"]:
            medicines.append(_medicine(entry, classes))
            if medicines[-1].name in {medicine.name for medicine in medicines[:-1]}:
                entry.refuse(f"The medicine '{medicines[-1].name}' stands twice.", "Keep one of the two.")
    names = {medicine.name for medicine in medicines}
    for medicine in medicines:
        if medicine.stopped and medicine.stopped not in names:
            what = f"'{medicine.stopped}', for who has stopped {medicine.name}, is not a medicine."
            raise ContentError(where="medicines.yaml", what=what, remedy=nearest(medicine.stopped, names) or "Add it.")
    return tuple(medicines), frozenset(classes)


def _medicine(entry: Tree, classes: set[str]) -> Medicine:
    row = entry.mapping(
        required=("name", "term", "classes"),
        optional=("atc", "rxnorm", "rxnorm_status", "atc_status", "brands", "note", "stopped"),
    )
    return Medicine(
        name=row["name"].words(),
        term=row["term"].words(),
        classes=tuple(item.one_of(classes, "class of medicines") for item in row["classes"]),
        atc=row["atc"].names() if "atc" in row else (),
        rxnorm=row["rxnorm"].names() if "rxnorm" in row else (),
        brands=row["brands"].names() if "brands" in row else (),
        stopped=row["stopped"].words() if "stopped" in row else "",
    )
