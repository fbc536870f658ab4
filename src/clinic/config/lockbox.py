"""A file behind a passphrase: scrypt makes the key, AES-256-GCM seals the file piece by piece.

Each piece is bound to its place and to whether it is the last, so that none can be left out, moved or cut off. A check
value in the head tells a wrong passphrase from a damaged file.
"""

from __future__ import annotations

import hmac
import os
from pathlib import Path
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from effleurage.errors import InputError

MAGIC: Final = b"effleurage locked backup 1\n"
PIECE: Final = 1 << 20
TAG: Final = 16
COST: Final = 1 << 16


def is_locked(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def lock(source: Path, target: Path, passphrase: str) -> None:
    """Writes `source` into `target`, which only the passphrase opens."""
    salt = os.urandom(16)
    box, check = _key(passphrase, salt)
    with source.open("rb") as clear, target.open("xb") as file:
        file.write(MAGIC + salt + check)
        number, piece = 0, clear.read(PIECE)
        while True:
            following = clear.read(PIECE)
            file.write(box.encrypt(_nonce(number), piece, _place(last=not following)))
            if not following:
                break
            number, piece = number + 1, following
        file.flush()
        os.fsync(file.fileno())


def unlock(source: Path, target: Path, passphrase: str) -> None:
    """The way back. Raises InputError for a wrong passphrase, and another for a damaged file."""
    with source.open("rb") as file, target.open("xb") as clear:
        file.seek(len(MAGIC))
        box, check = _key(passphrase, file.read(16))
        if not hmac.compare_digest(check, file.read(32)):
            raise InputError(
                where=source.name,
                what="This is not the passphrase of this backup.",
                remedy="Try the one that it was made with; without it nobody can open the file.",
            )
        _unlock_pieces(file, clear, box, source.name)


def _unlock_pieces(file: BinaryIO, clear: BinaryIO, box: AESGCM, name: str) -> None:
    number, piece = 0, file.read(PIECE + TAG)
    while True:
        following = file.read(PIECE + TAG)
        try:
            clear.write(box.decrypt(_nonce(number), piece, _place(last=not following)))
        except (InvalidTag, ValueError):
            raise InputError(
                where=name, what="This backup is damaged: it is not as it was written.", remedy="Take another backup."
            ) from None
        if not following:
            return
        number, piece = number + 1, following


def _key(passphrase: str, salt: bytes) -> tuple[AESGCM, bytes]:
    made = Scrypt(salt=salt, length=64, n=COST, r=8, p=1).derive(passphrase.encode())
    return AESGCM(made[:32]), made[32:]


def _nonce(number: int) -> bytes:
    """The place of a piece. The key belongs to one file, so no place comes twice under it."""
    return number.to_bytes(12, "big")


def _place(*, last: bool) -> bytes:
    return b"last" if last else b"more"
