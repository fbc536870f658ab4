"""The words of the pages: every text that the web application says, with its translation, as .po and .mo files.

    python -m tools.messages --write     brings the files in step with the code and compiles them
    python -m tools.messages --check     says what is missing or looks wrong; exit code 1 if anything is

Python is read as syntax and templates by Django's own reader, so nothing outside the environment is needed, and the
same code gives the same bytes on every machine. The English catalogue says nothing new: it is the list of what must be
said, by which the running program knows whether a language is whole.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import struct
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation.template import templatize

from clinic.paper.labels import ENGLISH
from tools.languages import faults

SOURCE = Path(__file__).resolve().parent.parent / "src" / "clinic"
LOCALE = SOURCE / "locale"
FORMS = {
    "en": "nplurals=2; plural=(n != 1);",
    "uk": "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);",
    "ru": "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);",
}
"""How many forms a counted text has, and which number takes which."""
SPOKEN = ("uk", "ru")
CALLS = {
    "gettext": ("one",),
    "ngettext": ("one", "many"),
    "pgettext": ("context", "one"),
    "npgettext": ("context", "one", "many"),
}
"""What the arguments of each call are; the lazy and the marking forms take the same."""
PAPER = "paper"
"""The headings of papers stand apart: `Sign` is there what the body shows, elsewhere what somebody does with a pen."""
SKIPPED = {"migrations", "locale", "static"}
HEAD = """\
# The words of the pages. Edit only the lines 'msgstr'; 'python -m tools.messages --write' keeps the rest in step.
# Keep every number and every %(placeholder)s. All are drafts until a clinician who speaks the language has read them.
"""


@dataclass(frozen=True, slots=True)
class Text:
    """A text as the code says it; `many` is its form for numbers other than one, "" where nothing is counted."""

    one: str
    many: str = ""
    context: str = ""

    @property
    def key(self) -> str:
        """As catalogues name it."""
        return f"{self.context}\x04{self.one}" if self.context else self.one


@dataclass(frozen=True, slots=True)
class Words:
    """The translation of a text: one form, or as many as the language has. `doubted` is gettext's "fuzzy"."""

    text: Text
    forms: tuple[str, ...]
    doubted: bool = False


# ---- what is said


def said() -> dict[Text, str]:
    """Every text with the file that says it first, in the order of the files."""
    found: dict[Text, str] = {}
    for path in sorted(each for ending in ("py", "html", "txt") for each in SOURCE.rglob(f"*.{ending}")):
        place = path.relative_to(SOURCE)
        if not SKIPPED & set(place.parts):
            source = path.read_text("utf-8")
            for text in in_code(source) if path.suffix == ".py" else in_template(source):
                found.setdefault(text, place.as_posix())
    for heading in ENGLISH.values():
        found.setdefault(Text(heading, context=PAPER), "paper/labels.py")
    return _without_doubles(found)


def _without_doubles(found: Mapping[Text, str]) -> dict[Text, str]:
    """A text counted in one place and not in another is one entry: the counted one."""
    counted = {text.key for text in found if text.many}
    return {text: place for text, place in found.items() if text.many or text.key not in counted}


def in_code(source: str) -> Iterator[Text]:
    tree = ast.parse(source)
    names = _names(tree)
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        parts = CALLS.get(_kind(names.get(name, name)))
        literals = [one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        if parts and len(literals) >= len(parts):
            yield Text(**dict(zip(parts, literals, strict=False)))


def _names(tree: ast.AST) -> dict[str, str]:
    """What the functions that translate are called in this file."""
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    return {
        one.asname or one.name: one.name
        for node in imports
        if node.module == "django.utils.translation"
        for one in node.names
    }


def _kind(name: str) -> str:
    return name.removesuffix("_lazy").removesuffix("_noop")


_LITERAL = r"u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
_CALL = re.compile(rf"\b(n?p?gettext|_)\({_LITERAL}(?:, {_LITERAL})?(?:, {_LITERAL})?")


def in_template(source: str) -> Iterator[Text]:
    """Django turns a template into calls for gettext; these are read here."""
    for name, *literals in _CALL.findall(templatize(source)):
        parts = CALLS["gettext" if name == "_" else name]
        yield Text(**dict(zip(parts, (ast.literal_eval(one) for one in literals if one), strict=False)))


# ---- the files


def path_of(code: str, ending: str, home: Path = LOCALE) -> Path:
    return home / code / "LC_MESSAGES" / f"django.{ending}"


def read(code: str, home: Path = LOCALE) -> dict[str, Words]:
    """The words of a language by their key; empty if there is no file."""
    path = path_of(code, "po", home)
    blocks = path.read_text("utf-8").split("\n\n") if path.is_file() else []
    entries = (_entry(block) for block in blocks)
    return {entry.text.key: entry for entry in entries if entry and entry.text.one}


_LINE = re.compile(r"^(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?)? ?(\".*\")$", re.MULTILINE)


def _entry(block: str) -> Words | None:
    live = "\n".join(line for line in block.splitlines() if not line.startswith("#~"))
    parts: dict[str, str] = {}
    name = ""
    for given, text in _LINE.findall(live):
        name = given or name
        parts[name] = parts.get(name, "") + json.loads(text)
    if "msgid" not in parts:
        return None
    text = Text(parts["msgid"], parts.get("msgid_plural", ""), parts.get("msgctxt", ""))
    forms = tuple(words for name, words in parts.items() if name.startswith("msgstr"))
    return Words(text, forms, bool(re.search(r"^#,.*\bfuzzy\b", live, re.MULTILINE)))


def contents(code: str, texts: Mapping[Text, str], words: Mapping[str, Words]) -> str:
    """The .po file. It knows no dates and no line numbers, so that a change shows what changed and nothing else."""
    blocks = [f'{HEAD}msgid ""\nmsgstr ""\n' + "".join(f"{json.dumps(line)}\n" for line in _header(code))]
    blocks += [_block(text, place, words.get(text.key)) for text, place in texts.items()]
    return "\n".join(blocks)


def _header(code: str) -> list[str]:
    return [
        "Project-Id-Version: Effleurage\n",
        f"Language: {code}\n",
        "MIME-Version: 1.0\n",
        "Content-Type: text/plain; charset=UTF-8\n",
        "Content-Transfer-Encoding: 8bit\n",
        f"Plural-Forms: {FORMS[code]}\n",
    ]


def _block(text: Text, place: str, words: Words | None) -> str:
    forms = words.forms if words and bool(words.text.many) == bool(text.many) else ("",) * (3 if text.many else 1)
    lines = [f"#: {place}"]
    lines += ["#, fuzzy"] if words and words.doubted else []
    lines += [f"msgctxt {quoted(text.context)}"] if text.context else []
    lines += [f"msgid {quoted(text.one)}"]
    lines += [f"msgid_plural {quoted(text.many)}"] if text.many else []
    names = [f"msgstr[{at}]" for at in range(len(forms))] if text.many else ["msgstr"]
    lines += [f"{name} {quoted(form)}" for name, form in zip(names, forms, strict=True)]
    return "".join(f"{line}\n" for line in lines)


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def compiled(code: str, words: Mapping[str, Words]) -> bytes:
    """The .mo file of what is translated, in the format of gettext: sorted names, then sorted words."""
    pairs = {"": "".join(_header(code))}
    for entry in words.values():
        if all(entry.forms) and not entry.doubted:
            name = f"{entry.text.key}\0{entry.text.many}" if entry.text.many else entry.text.key
            pairs[name] = "\0".join(entry.forms)
    names = sorted(name.encode() for name in pairs)
    said_by = {name.encode(): value.encode() for name, value in pairs.items()}
    body, at, tables = b"", 28 + 16 * len(names), [b"", b""]
    for table, texts in enumerate((names, [said_by[name] for name in names])):
        for text in texts:
            tables[table] += struct.pack("<2I", len(text), at + len(body))
            body += text + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(names), 28, 28 + 8 * len(names), 0, at)
    return head + tables[0] + tables[1] + body


def as_english(texts: Mapping[Text, str]) -> dict[str, Words]:
    return {text.key: Words(text, (text.one, text.many) if text.many else (text.one,)) for text in texts}


def write(home: Path = LOCALE) -> dict[str, int]:
    """Brings every file in step; says how many texts each language still lacks."""
    texts, lacking = said(), {}
    for code in ("en", *SPOKEN):
        words = as_english(texts) if code == "en" else read(code, home)
        path_of(code, "mo", home).parent.mkdir(parents=True, exist_ok=True)
        if code != "en":
            path_of(code, "po", home).write_text(contents(code, texts, words), "utf-8")
            words = read(code, home)
            lacking[code] = sum(not all(entry.forms) for entry in words.values())
        path_of(code, "mo", home).write_bytes(compiled(code, words))
    return lacking


# ---- what is wrong


def problems(home: Path = LOCALE) -> Iterator[str]:
    """What keeps the pages from being whole in every language, in sentences."""
    texts = said()
    yield from _stale("en", as_english(texts), home)
    for code in SPOKEN:
        words = read(code, home)
        yield from missing(code, texts, words)
        yield from _stale(code, words, home)
        for entry in words.values():
            for fault in wrong(code, entry):
                yield f"{code}: {fault} in '{' / '.join(entry.forms)}' for '{entry.text.one}'."


def missing(code: str, texts: Mapping[Text, str], words: Mapping[str, Words]) -> Iterator[str]:
    """Texts without words, and words without a text."""
    for text, place in texts.items():
        entry = words.get(text.key)
        if entry is None or entry.text.many != text.many:
            yield f"{code}: '{text.one}' ({place}) is not in the file."
        elif not all(entry.forms):
            yield f"{code}: no words for '{text.one}' ({place})."
    known = {text.key for text in texts}
    yield from (
        f"{code}: '{entry.text.one}' is said nowhere any more." for key, entry in words.items() if key not in known
    )


def _stale(code: str, words: Mapping[str, Words], home: Path) -> Iterator[str]:
    path = path_of(code, "mo", home)
    if not path.is_file() or path.read_bytes() != compiled(code, words):
        yield f"{code}: {path.name} is not what the words say."


_PLACE = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
_MARKUP = re.compile(r"</?\w[^>]*>")
_IDIOM = re.compile(r"\b(?:put (?:that )?right|not right|minutes? left)\b", re.IGNORECASE)
"""Where right and left name no side."""


def wrong(code: str, entry: Words) -> Iterator[str]:
    """What a program can see of a wrong translation; what it can see in the content, it can see here."""
    text = entry.text
    if entry.doubted:
        yield "marked as doubtful"
    if len(entry.forms) != (3 if text.many else 1):
        yield "not as many forms as the language has"
    english = text.many or text.one
    for form in filter(None, entry.forms):
        if Counter(_PLACE.findall(english)) != Counter(_PLACE.findall(form)):
            yield "other %(placeholders)s"
        if Counter(_MARKUP.findall(english)) != Counter(_MARKUP.findall(form)):
            yield "other mark-up"
        if form.strip() != form and english.strip() == english:
            yield "space at its ends"
        if any(char.isalpha() for char in _PLACE.sub("", english)):
            yield from faults(code, _plain_words(_IDIOM.sub("", english)), _plain_words(form))


def _plain_words(text: str) -> str:
    """Without the names of placeholders, which are words only to us."""
    return _PLACE.sub("{x}", text).replace("%%", "%")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument("--write", action="store_true")
    choice.add_argument("--check", action="store_true")
    if parser.parse_args().write:
        for code, lacking in write().items():
            print(f"{code}: {len(read(code))} texts, {lacking} without words")
        return 0
    found = [*problems()]
    print("\n".join(found) or "The words of the pages are in step with the code.")
    if found:
        print("Run: python -m tools.messages --write, and have the empty words translated.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
