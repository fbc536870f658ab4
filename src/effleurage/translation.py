"""Content in another language: which of its texts people read, what stands in the language files, and a library in it.

The files stand outside the content, so that its hash, which every plan names, is the same in every language. An entry
is found by its English text, as the content has it; when that changes, the entry fits no more, and a language that
lacks a single sentence by which somebody could be harmed cannot be spoken at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from effleurage.errors import ContentError
from effleurage.language import ENGLISH, NATIVE, Language, LanguageBlocked
from effleurage.lib.marked import Tree, decode, parse_yaml, read_bytes
from effleurage.lib.text import counted
from effleurage.library import Library
from effleurage.protocol.documents import Documents, spread
from effleurage.protocol.load import load_protocols

HOME: Final = Path(__file__).resolve().parent / "languages"
WORDS, NAMES = "words", "names"
"""The files of what code says, and of names in the content that are said as they stand: units, groups, folders."""
DRAFT, CONFIRMED = "draft", "confirmed"
_SPREAD: Final = ("facts", "rules", "guarantees", "regimens")
_TERMS: Final = ("term", "means", "how", "tell", "act", "asks")
_VOCABULARY: Final = tuple(f"*.[].{key}" for key in _TERMS)
_SAFETY: Final[Mapping[str, tuple[str, ...]]] = {
    "vocabulary": (*_VOCABULARY, "turns.how"),
    "facts": ("batches.*", "pages.*", "facts.[].ask", "facts.[].help", "facts.[].options.*", "facts.[].items.*",
              "facts.[].not_this.*.means", "facts.[].not_this.*.instead"),
    "protocol": ("rules.[].because", "rules.[].tell"),
    "windows": ("windows.[].term",),
    "medicines": ("medicines.[].term",),
    "regimens": ("regimens.[].title", "regimens.[].about", "regimens.[].steps.[].title", "regimens.[].steps.[].rhythm"),
    "evidence": ("claims.[].claim", "claims.[].say"),
    "instruments": ("title", "period", "measures", "items.[].text", "items.[].scale.labels.*", "bands.[].term",
                    "score.missing"),
}  # fmt: skip
_OTHER: Final[Mapping[str, tuple[str, ...]]] = {
    "facts": ("facts.[].sources.[].note",),
    "protocol": ("title", "rules.[].sources.[].note"),
    "guarantees": ("guarantees.[].says",),
    "evidence": ("claims.[].basis", "claims.[].sources.[].note", "corrections.[].problem", "corrections.[].instead"),
    "not_shipped": ("instruments.[].measures", "instruments.[].explanation"),
}
Pattern = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """One text that people read: its English, where it first stands, and whether its lack could harm somebody."""

    en: str
    at: str
    safety: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a language file: the English, the words for it ("" where nobody wrote them yet), and who confirmed
    them.
    """

    en: str
    words: str
    at: str = ""
    safety: bool = True
    status: str = DRAFT
    by: str = ""


def kind_of(path: str) -> str:
    """What a document of the content holds, which decides what of it is translated; "" for what people do not read."""
    folder, _, file = path.rpartition("/")
    stem = file.removesuffix(".yaml")
    if folder in ("vocabulary", "instruments"):
        return stem if stem == "not_shipped" else folder
    return stem if stem in _SAFETY or stem in _OTHER else ""


def texts(library: Library) -> dict[str, dict[str, Text]]:
    """Every text of the content that people read: file of the language, then English, in the order of the content."""
    found: dict[str, dict[str, Text]] = {}
    for path, tree in library.documents.trees.items():
        folder = path.split("/")[0]
        if kind_of(path):
            rows = found.setdefault(folder, {})
            for text in _texts(path, tree):
                before = rows.get(text.en, text)
                rows[text.en] = replace(before, safety=before.safety or text.safety)
    found[NAMES] = {text.en: text for text in reversed([*_names(library)])}
    found[NAMES] = dict(reversed(found[NAMES].items()))
    return found


def _texts(path: str, tree: Tree) -> Iterator[Text]:
    seen: list[Text] = []

    def note(text: str, at: str, safety: bool) -> str:
        seen.append(Text(text, at, safety))
        return text

    translated(path, tree, note)
    yield from seen


def _names(library: Library) -> Iterator[Text]:
    """Names that are said as they stand, with their underscores as spaces."""
    protocols = library.protocols
    vocabulary = protocols.vocabulary
    units = [*(fact.unit for fact in protocols.facts.facts), *(each.unit for each in library.instruments)]
    yield from (Text(unit, "unit", safety=True) for unit in units if unit)
    groups = (name for name, _ in vocabulary.region_groups if not name.startswith("area_"))
    yield from (Text(name.replace("_", " "), "group of regions", safety=True) for name in groups)
    for name, _ in vocabulary.technique_groups:
        yield Text(name.replace("_", " "), "group of techniques, after 'anything'", safety=True)
    for fact in protocols.facts.facts:
        if not fact.ask:
            yield Text(fact.name.replace("_", " ").capitalize(), "name of a value that is worked out", safety=True)
    for folder, _ in library.documents.named("protocol.yaml"):
        yield Text(folder, "folder of the content", safety=True)


def translated(path: str, tree: Tree, say: Callable[[str, str, bool], str]) -> Tree:
    """A document with every text that people read put through `say` (English, place, safety), `each` written out."""
    kind = kind_of(path)
    patterns = [(tuple(each.split(".")), True) for each in _SAFETY.get(kind, ())]
    patterns += [(tuple(each.split(".")), False) for each in _OTHER.get(kind, ())]
    return _through(_spread(tree), patterns, "", say) if patterns else tree


def _spread(tree: Tree) -> Tree:
    """The document with its lists written out, since a side that is filled in has its own word in every language."""
    rows = {
        key: Tree(list(spread(value)), value.place, value.error) if key in _SPREAD else value
        for key, value in tree.entries().items()
    }
    return Tree(rows, tree.place, tree.error)


def _through(tree: Tree, patterns: list[tuple[Pattern, bool]], at: str, say: Callable[[str, str, bool], str]) -> Tree:
    if isinstance(tree.value, dict):
        rows = {key: _through(item, _behind(patterns, key), _place(at, key), say) for key, item in tree.value.items()}
        return Tree(rows, tree.place, tree.error)
    if isinstance(tree.value, list):
        behind = _behind(patterns, "[]")
        return Tree([_through(item, behind, _label(item, at), say) for item in tree.value], tree.place, tree.error)
    here = [safety for pattern, safety in patterns if not pattern]
    if tree.value is None or not here or not _is_words(tree.value):
        return tree
    return Tree(say(" ".join(tree.value.split()), at, here[0]), tree.place, tree.error)


def _is_words(text: str) -> bool:
    return any(char.isalpha() for char in text)


def _behind(patterns: list[tuple[Pattern, bool]], key: str) -> list[tuple[Pattern, bool]]:
    fits = (key,) if key == "[]" else (key, "*")
    return [(pattern[1:], safety) for pattern, safety in patterns if pattern and pattern[0] in fits]


def _place(at: str, key: str) -> str:
    return f"{at}.{key}" if at else key


def _label(item: Tree, at: str) -> str:
    """An entry of a list by its own name, else by the list's."""
    row = item.value if isinstance(item.value, dict) else {}
    name = next((row[key].value for key in ("id", "name", "key") if key in row), None)
    step = at.rpartition(".")[0]
    return _place(step, str(name)) if name else at


# ---- the files of a language


def languages(home: Path = HOME) -> tuple[str, ...]:
    """The codes of the languages that have a folder, English aside."""
    return tuple(code for code in NATIVE if code != ENGLISH.code and (home / code).is_dir())


def read_entries(code: str, file: str, home: Path = HOME) -> dict[str, Entry]:
    """The entries of one file by their English; none where the file is missing. Raises ContentError."""
    path = home / code / f"{file}.yaml"
    if not path.is_file():
        return {}
    place = f"languages/{code}/{path.name}"
    top = parse_yaml(decode(read_bytes(path), place, ContentError), place, error=ContentError)
    rows = top.mapping(required=("schema", "language", "entries"), optional=("gone",))
    rows["language"].one_of((code,), "language of this folder")
    found: dict[str, Entry] = {}
    for tree in rows["entries"]:
        entry = entry_of(tree, code)
        if entry.en in found:
            tree.refuse(f"'{entry.en}' stands here twice.", "Keep one of the two.")
        found[entry.en] = entry
    return found


def entry_of(tree: Tree, code: str) -> Entry:
    row = tree.mapping(required=("en", code), optional=("at", "safety", "status", "by"))
    words = row[code].value
    status = row["status"].one_of((DRAFT, CONFIRMED), "status") if "status" in row else DRAFT
    if status == CONFIRMED and "by" not in row:
        tree.refuse("Nobody is named who confirmed this.", "Add 'by: name, role, date'.")
    return Entry(
        en=row["en"].words(),
        words=" ".join(words.split()) if isinstance(words, str) else "",
        at=row["at"].words() if "at" in row else "",
        safety=row["safety"].flag() if "safety" in row else True,
        status=status,
        by=row["by"].words() if "by" in row else "",
    )


@dataclass(frozen=True, slots=True)
class Translation:
    """What is written in one language, beside the texts that need it."""

    code: str
    entries: Mapping[str, Mapping[str, Entry]]
    wanted: Mapping[str, Mapping[str, Text]]

    @property
    def name(self) -> str:
        return NATIVE.get(self.code, self.code)

    @property
    def missing(self) -> tuple[Text, ...]:
        """Texts without words, those first by which somebody could be harmed."""
        rows = [text for file, texts in self.wanted.items() for text in texts.values() if not self.words(file, text.en)]
        return tuple(sorted(rows, key=lambda text: not text.safety))

    @property
    def blocking(self) -> tuple[Text, ...]:
        """The missing texts for which this language may not be offered."""
        return tuple(text for text in self.missing if text.safety)

    @property
    def drafts(self) -> int:
        """How many texts have words that no clinician has confirmed."""
        used = (self.entries.get(file, {}).get(en) for file, texts in self.wanted.items() for en in texts)
        return sum(1 for entry in used if entry and entry.words and entry.status == DRAFT)

    def words(self, file: str, english: str) -> str:
        entry = self.entries.get(file, {}).get(english)
        return entry.words if entry else ""

    def refuse(self) -> None:
        """Raises LanguageBlocked where anything is missing by which somebody could be harmed."""
        if self.blocking:
            first = "; ".join(f"'{text.en}' ({text.at})" for text in self.blocking[:3])
            raise LanguageBlocked(
                where=f"language {self.code}",
                what=f"{counted(len(self.blocking), 'safety sentence')} of it not translated, first: {first}.",
                remedy="Translate what 'python tools/languages.py --check' lists; until then choose another language.",
            )


def translation(library: Library, code: str, home: Path = HOME) -> Translation:
    """What stands in the files of a language, against what this content and this code say."""
    if code not in languages(home):
        raise LanguageBlocked(
            where=f"language {code}", what="There are no words in this language.", remedy="Choose another language."
        )
    wanted = texts(library)
    entries = {file: read_entries(code, file, home) for file in (WORDS, *wanted)}
    spoken = {en: Text(en, "code", safety=True) for en in entries[WORDS]}
    if not spoken:
        spoken = {"": Text("the words of the code", "words.yaml", safety=True)}
    return Translation(code, entries, {WORDS: spoken, **wanted})


def available(library: Library, home: Path = HOME) -> tuple[Translation, ...]:
    """Every language beside English with what it still lacks: it may be offered where nothing is `blocking`."""
    return tuple(translation(library, code, home) for code in languages(home))


# ---- a library in a language


def speak(library: Library, code: str, home: Path = HOME) -> Library:
    """The same library in another language: the same hash, names, rules and bits, other words.

    Raises LanguageBlocked where a single safety sentence is missing. What else is missing stays in English.
    """
    if code == ENGLISH.code:
        return library
    found = translation(library, code, home)
    found.refuse()
    return spoken_by(library, Language(code, _table(found)), lambda file, en: found.words(file, en) or en)


def _table(found: Translation) -> dict[str, str]:
    pairs = ((en, found.words(file, en)) for file in (NAMES, WORDS) for en in found.wanted[file])
    return {en: words for en, words in pairs if words}


def spoken_by(library: Library, language: Language, words: Callable[[str, str], str]) -> Library:
    """A library whose texts are replaced in the trees before anything is read from them: `words` gives those of a text
    in a file of the language.
    """
    documents = library.documents
    trees = {
        path: translated(path, tree, lambda text, _, __, path=path: words(path.split("/")[0], text))  # type: ignore[misc]
        for path, tree in documents.trees.items()
    }
    spoken = Documents(documents.root, documents.hash, trees, documents.checked, language)
    return Library(spoken, load_protocols(spoken))


def pseudo(library: Library) -> Library:
    """The library in a made-up language, every letter accented: what stays plain on a page was never translatable."""
    language = Language("xx", made=accented)
    return spoken_by(library, language, lambda _, text: accented(text))


_ACCENTS: Final = str.maketrans("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
                                "àƀçđéƒğħíĵķľɱñóþɋŕšţúṽŵẋýžÀƁÇĐÉƑĞĦÍĴĶĽṀÑÓÞɊŔŠŢÚṼŴẊÝŽ")  # fmt: skip


def accented(text: str) -> str:
    """Every letter accented, placeholders left as they are.

    >>> accented("at most {minutes} minutes")
    'àţ ɱóšţ {minutes} ɱíñúţéš'
    """
    return "".join(part if part.startswith("{") else part.translate(_ACCENTS) for part in _PLACES.split(text))


_PLACES: Final = re.compile(r"(\{\w+\})")
