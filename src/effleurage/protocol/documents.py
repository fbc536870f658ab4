"""The content folder as trees, and its hash.

Parsing YAML is most of a cold start, so the parsed trees of each content folder are kept as JSON, once everything in
them was checked. The file begins with a hash of the content's bytes, of the code that read and checked them, and of
the rest of the file: after a change of any of these it does not fit, and is made again, as one that is missing or
unreadable is. Of what is kept, a document becomes a tree when it is first asked for; most of the content is cases, and
a plan reads none of them.

The hash finds faults, not forgers: whoever may write to the user's cache folder controls what is read from it, as with
the bytecode that Python keeps. So the folder and the file are the user's alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from effleurage.errors import ContentError
from effleurage.language import ENGLISH, Language
from effleurage.lib.marked import Tree, decode, parse_yaml
from effleurage.lib.text import listed, nearest

BUILT_IN = Path(__file__).resolve().parent.parent / "content"
READERS = ("facts", "lib", "protocol", "outcome", "plan", "decision")
"""The packages that read content or check it."""
_FOLDERS = ("vocabulary", "instruments")
_FILES = tuple(
    f"{name}.yaml"
    for name in ("facts", "protocol", "guarantees", "cases", "cases_base", "cases_base_answers", "regimens", "evidence",
                 "medicines", "windows", "sources")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Documents:
    """Every document of a content folder by its path inside ('general/protocol.yaml'), and the hash of all bytes.

    `checked` says that the trees were kept, and so were checked as a whole before. `language` is the one that their
    texts are in; the hash is that of the English bytes in every language.
    """

    root: Path
    hash: str
    trees: Mapping[str, Tree]
    checked: bool = False
    language: Language = ENGLISH

    def get(self, path: str) -> Tree:
        if path not in self.trees:
            raise ContentError(
                where=str(self.root),
                what=f"'{path}' is missing.",
                remedy="Put the file back, or name another content folder.",
            )
        return self.trees[path]

    def named(self, name: str) -> Iterator[tuple[str, Tree]]:
        """(folder, document) for every file of this name, in the order of the folders."""
        for path in self.trees:
            folder, _, file = path.rpartition("/")
            if file == name:
                yield folder, self.trees[path]

    def under(self, folder: str) -> Iterator[tuple[str, Tree]]:
        for path in self.trees:
            if path.startswith(folder + "/"):
                yield path, self.trees[path]


class _Recalled(Mapping[str, Tree]):
    """Kept documents by path, each made a tree on first use."""

    def __init__(self, kept: dict[str, str]) -> None:
        self._kept = kept
        self._trees: dict[str, Tree] = {}

    def __getitem__(self, path: str) -> Tree:
        if path not in self._trees:
            self._trees[path] = _tree(json.loads(self._kept[path]), path)
        return self._trees[path]

    def __contains__(self, path: object) -> bool:
        return path in self._kept

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


def read_documents(root: Path, *, cache: Path | None = None) -> Documents:
    """All YAML of a content folder. `cache` is the folder in which `keep` may have kept it, or None."""
    paths = sorted(root.rglob("*.yaml"), key=lambda path: _order(path.relative_to(root).as_posix()))
    if not paths:
        raise ContentError(
            where=str(root),
            what="There is no content here.",
            remedy="Name a folder that holds vocabulary/ and protocols.",
        )
    _refuse_strangers(root, paths)
    texts = {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}
    digest = _hash(texts)
    recalled = _recall(_kept(cache, root), digest, texts) if cache else None
    if recalled is not None:
        return Documents(root=root, hash=digest, trees=recalled, checked=True)
    trees = {
        name: parse_yaml(decode(data, name, ContentError), name, error=ContentError) for name, data in texts.items()
    }
    return Documents(root=root, hash=digest, trees=trees)


def _kept(cache: Path, root: Path) -> Path:
    """One file for each content folder, so that old ones do not gather."""
    return cache / f"trees-{hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:16]}.json"


def _refuse_strangers(root: Path, paths: Iterable[Path]) -> None:
    """A file whose name nothing reads would be a protocol that nobody notices is missing."""
    for path in (*paths, *root.rglob("*.yml")):
        name = path.relative_to(root).as_posix()
        if path.suffix == ".yml" or (name.split("/")[0] not in _FOLDERS and path.name not in _FILES):
            hint = nearest(f"{path.stem}.yaml", _FILES) or f"Known: {listed(_FILES)}."
            raise ContentError(where=name, what="No file of this name is read.", remedy=hint)


def _order(path: str) -> tuple[int, str]:
    """Vocabulary first, then what holds for everyone, then medicines and the conditions."""
    first = ("vocabulary", "general", "screening", "medicines")
    folder = path.split("/")[0]
    return (first.index(folder) if folder in first else len(first), path)


def _hash(texts: dict[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name in sorted(texts):
        digest.update(f"{name}\0{len(texts[name])}\0".encode())
        digest.update(texts[name])
    return digest.hexdigest()


def _recall(kept: Path, digest: str, texts: dict[str, bytes]) -> Mapping[str, Tree] | None:
    try:
        check, _, body = kept.read_bytes().partition(b"\n")
        plain = json.loads(body) if check == _check(digest, body) else {}
    except (OSError, ValueError):
        return None
    return _Recalled({name: plain[name] for name in texts}) if plain.keys() == texts.keys() else None


def keep(documents: Documents, cache: Path) -> None:
    """Keeps trees that were checked as a whole. Written beside and moved into place, so that a reader never sees half
    a file; a folder that refuses costs only time.
    """
    kept = _kept(cache, documents.root)
    draft = kept.with_suffix(f".{os.getpid()}")
    plain = {name: json.dumps(_plain(tree), separators=(",", ":")) for name, tree in documents.trees.items()}
    body = json.dumps(plain).encode()
    try:
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(_check(documents.hash, body) + b"\n" + body)
        draft.replace(kept)
    except OSError:
        with contextlib.suppress(OSError):
            draft.unlink()


def _check(content: str, body: bytes) -> bytes:
    digest = hashlib.sha256(f"{content} {sys.version} {yaml.__version__}".encode())
    for package in READERS:
        for path in sorted((BUILT_IN.parent / package).glob("*.py")):
            digest.update(path.read_bytes())
    digest.update(body)
    return digest.hexdigest().encode()


def _plain(tree: Tree) -> list[Any]:
    line = int(tree.place.rpartition(":")[2])
    if isinstance(tree.value, dict):
        return [line, {key: _plain(item) for key, item in tree.value.items()}]
    return [line, [_plain(item) for item in tree.value]] if isinstance(tree.value, list) else [line, tree.value]


def _tree(plain: list[Any], name: str) -> Tree:
    line, value = plain
    place = f"{name}:{line}"
    if isinstance(value, dict):
        return Tree({key: _tree(item, name) for key, item in value.items()}, place, ContentError)
    if isinstance(value, list):
        return Tree([_tree(item, name) for item in value], place, ContentError)
    return Tree(value, place, ContentError)


def spread(entries: Tree) -> Iterator[Tree]:
    """The entries of a list, each `each: {side: [left, right]}` written out for every value, `{side}` filled in."""
    for entry in entries:
        mapping = entry.entries()
        if "each" not in mapping:
            yield entry
            continue
        names = {key: values.names() for key, values in mapping["each"].entries().items()}
        if not names or not all(names.values()):
            mapping["each"].refuse("'each' names no values.", "Write 'each: {side: [left, right]}'.")
        rest = Tree({key: value for key, value in mapping.items() if key != "each"}, entry.place, entry.error)
        for values in itertools.product(*names.values()):
            yield _filled(rest, dict(zip(names, values, strict=True)))


def _filled(tree: Tree, values: dict[str, str]) -> Tree:
    if isinstance(tree.value, dict):
        return Tree(
            {_fill(key, values): _filled(item, values) for key, item in tree.value.items()}, tree.place, tree.error
        )
    if isinstance(tree.value, list):
        return Tree([_filled(item, values) for item in tree.value], tree.place, tree.error)
    return Tree(None if tree.value is None else _fill(tree.value, values), tree.place, tree.error)


def _fill(text: str, values: dict[str, str]) -> str:
    for key, value in values.items():
        text = text.replace("{" + key + " words}", value.replace("_", " ")).replace("{" + key + "}", value)
    return text
