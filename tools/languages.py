"""The files of the languages: every text that people read, of the content and of the code, with its translation.

    python tools/languages.py --write uk     brings the files of a language in step (all of them without a name)
    python tools/languages.py --check        says what is missing or looks wrong; exit code 1 if anything is

Nothing that somebody wrote is lost: what fits no English text any more goes to the end of its file, under 'gone', and
comes back when its English does. A new text stands there with empty words, and blocks the language if it is a sentence
by which somebody could be harmed.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, nodes

from effleurage import translation as core
from effleurage.errors import ContentError
from effleurage.language import NATIVE, PLURALS
from effleurage.lib.marked import decode, parse_yaml, read_bytes
from effleurage.library import Library, load_library
from effleurage.translation import CONFIRMED, HOME, WORDS, Entry, Text

SOURCE = Path(__file__).resolve().parent.parent / "src" / "effleurage"
SAID = {"say", "sentence", "counted"}
HEAD = """\
# {name}: {file}. Edit only the lines '{code}:'; 'python tools/languages.py --write {code}' keeps the rest in step.
# Keep every number and every {{placeholder}}; a negation stays one, left stays left. 'at' says where the text stands.
# A clinician who confirms an entry adds 'status: confirmed' and 'by: name, role, date'; all others are drafts.
schema: effleurage/language/1
language: {code}
entries:
"""


def spoken() -> dict[str, Text]:
    """Every sentence that code or a template says, in the order of the files."""
    found: dict[str, Text] = {}
    for at, tree in _code():
        for text in _in_code(tree):
            found.setdefault(text, Text(text, at, safety=True))
    for path in sorted(SOURCE.rglob("*.j2")):
        for text in _in_template(path.read_text("utf-8")):
            found.setdefault(text, Text(text, path.relative_to(SOURCE).as_posix(), safety=True))
    return found


def counted() -> set[str]:
    """The nouns that code says with a number: they have as many forms as their language counts in."""
    calls = (node for _, tree in _code() for node in ast.walk(tree) if isinstance(node, ast.Call))
    said = (call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "counted")
    return {noun for call in said for argument in call.args[1:2] for noun in _constants(argument)}


@cache
def _code() -> tuple[tuple[str, ast.Module], ...]:
    """Each source file, parsed, with its name."""
    paths = sorted(SOURCE.rglob("*.py"))
    return tuple((path.relative_to(SOURCE).as_posix(), ast.parse(path.read_text("utf-8"))) for path in paths)


def _in_code(tree: ast.AST) -> Iterator[str]:
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name == "counted" and not isinstance(call.func, ast.Attribute):
            continue
        for argument in call.args[1:2] if name == "counted" else call.args[:1] if name in SAID else ():
            yield from _constants(argument)


def _constants(argument: ast.expr) -> Iterator[str]:
    """The texts of an argument, both of a choice between two."""
    if isinstance(argument, ast.IfExp):
        yield from (*_constants(argument.body), *_constants(argument.orelse))
    elif isinstance(argument, ast.Constant) and isinstance(argument.value, str) and argument.value:
        yield argument.value


def _in_template(text: str) -> Iterator[str]:
    for call in Environment(autoescape=True).parse(text).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "say" and isinstance(call.args[0], nodes.Const):
            yield call.args[0].value


def wanted(library: Library) -> dict[str, Mapping[str, Text]]:
    return {WORDS: spoken(), **core.texts(library)}


def write(library: Library, code: str, home: Path = HOME) -> dict[str, int]:
    """Brings every file of a language in step; says how many entries each has."""
    (home / code).mkdir(parents=True, exist_ok=True)
    counts = {}
    for file, texts in wanted(library).items():
        gone, live = _gone(code, file, home), core.read_entries(code, file, home)
        before = gone | {en: entry for en, entry in live.items() if entry.words or en not in gone}
        path = home / code / f"{file}.yaml"
        path.write_text(contents(code, file, texts, before), "utf-8")
        counts[path.name] = len(texts)
    return counts


def _gone(code: str, file: str, home: Path) -> dict[str, Entry]:
    """What fitted no text when the file was last written, so that it comes back with its text."""
    path = home / code / f"{file}.yaml"
    if not path.is_file():
        return {}
    top = parse_yaml(decode(read_bytes(path), path.name, ContentError), path.name, error=ContentError).entries()
    rows = top["gone"].items() if "gone" in top and top["gone"].value else []
    return {entry.en: entry for entry in (core.entry_of(tree, code) for tree in rows)}


def contents(code: str, file: str, texts: Mapping[str, Text], before: Mapping[str, Entry]) -> str:
    nothing = Entry("", "")
    lines = [HEAD.format(name=NATIVE[code], file=file, code=code)]
    for text in texts.values():
        lines += _lines(code, text.en, text.at, text.safety, before.get(text.en, nothing))
    gone = [entry for entry in before.values() if entry.en not in texts and entry.words]
    lines += ["gone:\n"] if gone else []
    for entry in gone:
        lines += _lines(code, entry.en, entry.at, entry.safety, entry)
    return "".join(lines)


def _lines(code: str, en: str, at: str, safety: bool, entry: Entry) -> Iterator[str]:
    yield f"  - en: {quoted(en)}\n"
    yield f"    {code}: {quoted(entry.words)}\n"
    yield f"    at: {quoted(at)}\n"
    yield f"    safety: {'yes' if safety else 'no'}\n"
    if entry.status == CONFIRMED:
        yield f"    status: confirmed\n    by: {quoted(entry.by)}\n"


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def problems(library: Library, home: Path = HOME) -> Iterator[str]:
    """What keeps the languages from being whole, in sentences."""
    yield from missing(library, home)
    yield from faulty(home)


def missing(library: Library, home: Path = HOME) -> Iterator[str]:
    """Texts without words, and words without a text."""
    for file, rows in wanted(library).items():
        for code in core.languages(home):
            entries, where = core.read_entries(code, file, home), f"{code}/{file}.yaml"
            for text in rows.values():
                if text.en not in entries or not entries[text.en].words:
                    yield f"{where}: {'' if text.safety else '(no safety) '}no words for '{text.en}' ({text.at})."
            yield from (f"{where}: '{en}' is said nowhere any more." for en in entries if en not in rows)


# ---- what a program can see of a wrong translation


NEGATION = re.compile(r"\b(?:not|no|never|none|nothing|nobody|without|cannot|neither|nor)\b|n't\b", re.IGNORECASE)
NEGATED = {
    "uk": r"\b(?:не(?!гайн|рв|вро|бо\b|фро|щод)\w*|ні|ніколи|ніч(?:ого|им|ому)|ніх\w+|нік(?:ого|ому|им)|нія\w+|ніде"
    r"|жод\w+|ані|без|нема\w*|відсутн\w+)\b",
    "ru": r"\b(?:не(?!мед|рв|вро|бол|фро|дел|скольк)\w*|ни|нет|никогда|нич(?:его|ем|ему)|никт\w+|ник(?:ого|ому|ем)"
    r"|ника\w+|нигде|без|отсутств\w+)\b",
}
"""Words that deny, in each language; some words only look like one."""
LEFT = r"\bleft\b(?! (?:alone|in peace|out|to|until|as|over|open))"
RIGHT = r"(?<!feels )(?<!is )(?<!metabolism )\bright\b(?! (?:person|for|after|away|now|when))"
SIDE = re.compile(f"({LEFT})|({RIGHT})", re.IGNORECASE)
SIDED = {
    "uk": re.compile(r"\b(з?лів)|\b(с?прав(?!ил|д|ля|ж))", re.IGNORECASE),
    "ru": re.compile(r"\b([св]?лев)|\b([св]?прав(?!ил|д|ля|к|ит))", re.IGNORECASE),
}
STRANGE = {"uk": "ыэёъ", "ru": "іїєґ"}
SAME = {"SD", "%", "PEG", "FRAX", "DXA"}
"""What stays as it is in English."""
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_PLACE = re.compile(r"\{\w+\}")
_LATIN, _CYRILLIC = re.compile(r"[A-Za-zÀ-ɏ]"), re.compile(r"[Ѐ-ӿ]")
_WORD = re.compile(r"[^\W\d_]+")


def faulty(home: Path = HOME) -> Iterator[str]:
    """Translations in which a program sees something wrong."""
    nouns = counted()
    for code in core.languages(home):
        for path in sorted((home / code).glob("*.yaml")):
            for entry in core.read_entries(code, path.stem, home).values():
                for fault in faults(code, entry.en, entry.words) if entry.words else ():
                    yield f"{code}/{path.name}: {fault} in '{entry.words}' for '{entry.en}'."
                forms = len(entry.words.split("|"))
                wanted = PLURALS[code][0] if code in PLURALS else 2
                if entry.en in nouns and entry.words and forms != wanted:
                    yield f"{code}/{path.name}: '{entry.en}' is counted and has {forms} forms, not {wanted}."


def faults(code: str, en: str, words: str) -> Iterator[str]:
    """What is wrong with these words for this English, as far as a program can tell."""
    lost = Counter(_numbers(en)) - Counter(_numbers(words))
    if lost:
        yield f"the number {', '.join(lost)} is missing"
    if Counter(_PLACE.findall(en)) != Counter(_PLACE.findall(words)):
        yield "other {placeholders}"
    if NEGATION.search(en) and not re.search(NEGATED[code], words, re.IGNORECASE):
        yield "no negation"
    yield from _sides(code, en, words)
    if words == en and en not in SAME:
        yield "nothing but the English"
    yield from _letters(code, en, words)


def _numbers(text: str) -> list[str]:
    """Numbers as they count: a decimal comma is a point, and thousands have no mark between."""
    plain = re.sub(r"(?<=\d)[,\s\u00a0\u202f](?=\d{3}\b)", "", _PLACE.sub("", text))
    return [number.replace(",", ".") for number in _NUMBER.findall(plain)]


def _sides(code: str, en: str, words: str) -> Iterator[str]:
    """Left and right in the order of the English, where they are as many; else at least each side that it names."""
    meant = ["left" if one else "right" for one, _ in SIDE.findall(en)]
    said = ["left" if one else "right" for one, _ in SIDED[code].findall(words)]
    swapped = meant != said if len(meant) == len(said) else not set(meant) <= set(said)
    if swapped:
        yield f"{' '.join(meant)} became {' '.join(said) or 'neither side'}"


def _letters(code: str, en: str, words: str) -> Iterator[str]:
    plain = _PLACE.sub("", words)
    known = {word.lower() for word in _WORD.findall(en)}
    for word in _WORD.findall(plain):
        if _LATIN.search(word) and _CYRILLIC.search(word):
            yield f"Latin and Cyrillic letters mixed in '{word}'"
        elif _LATIN.search(word) and word.lower() not in known:
            yield f"Latin letters in '{word}'"
    foreign = sorted({char for char in plain.lower() if char in STRANGE[code]})
    if foreign:
        yield f"letters of another language ({', '.join(foreign)})"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument("--write", nargs="?", const="all", metavar="LANG")
    choice.add_argument("--check", action="store_true")
    options = parser.parse_args()
    library = load_library()
    if options.write:
        codes = core.languages() if options.write == "all" else (options.write,)
        for code in codes:
            for file, count in write(library, code).items():
                print(f"{code}/{file}: {count}")
        return 0
    found = [*problems(library)]
    print("\n".join(found) or "The languages are in step with what is said.")
    if found:
        print("Run: python tools/languages.py --write, and have the empty words translated.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
