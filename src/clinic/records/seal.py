"""The server's sealing key: what a tablet has not sent yet is sealed to it, so that only the server can read it.

The key follows from the key of the journal, which every backup holds and nobody ever changes: what a tablet sealed long
ago still opens after a restore. A sealed text is an ephemeral public point, an IV and the ciphertext of AES-GCM; its
name is bound in, so that none can be put in the place of another.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from effleurage.errors import InputError

CURVE: Final = ec.SECP256R1()
ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""How many points the curve has: a private key is a number from 1 to one less."""
POINT, IV, TAG = 65, 12, 16
"""Bytes of a public point, of the IV, and of the tag at the end of the ciphertext."""
INFO: Final = b"effleurage seal 1"
PROOF: Final = b"effleurage proof 1"


def public_point() -> str:
    """What a tablet seals to: the raw public point in base64."""
    return base64.b64encode(_point(_private(settings.AUDIT_KEY))).decode()


def opened(name: str, sealed: str) -> str:
    """The text that was sealed under this name. Raises InputError."""
    try:
        raw = base64.b64decode(sealed, validate=True)
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, raw[:POINT])
        box = AESGCM(_shared(_private(settings.AUDIT_KEY), theirs))
        return box.decrypt(raw[POINT : POINT + IV], raw[POINT + IV :], name.encode()).decode()
    except (binascii.Error, ValueError, InvalidTag):
        raise InputError(
            where=name[:40],
            what="This cannot be opened: it was damaged, or sealed for another installation.",
            remedy="Keep it, and send it to the clinic where the tablet was set up.",
        ) from None


def proof(sealed: str, text_hash: str) -> str:
    """What only the server can say of a sealed text that it has opened: the hash of an event, under a key that follows
    from the same secret. A tablet that cannot read its own events any more compares this; whoever copies its storage
    cannot find the hash by trying. Expects what `opened` has opened.
    """
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, base64.b64decode(sealed)[:POINT])
    key = _shared(_private(settings.AUDIT_KEY), theirs, PROOF)
    return hmac.new(key, text_hash.encode(), hashlib.sha256).hexdigest()


def sealed(name: str, text: str) -> str:
    """As a tablet seals it: for tests, and for other programs that write what a tablet writes."""
    own = ec.generate_private_key(CURVE)
    iv = os.urandom(IV)
    box = AESGCM(_shared(own, _private(settings.AUDIT_KEY).public_key()))
    return base64.b64encode(_point(own) + iv + box.encrypt(iv, text.encode(), name.encode())).decode()


@lru_cache(maxsize=2)
def _private(secret: str) -> ec.EllipticCurvePrivateKey:
    long = HKDF(SHA256(), 48, salt=None, info=b"effleurage sealing key 1").derive(secret.encode())
    return ec.derive_private_key(int.from_bytes(long) % (ORDER - 1) + 1, CURVE)


def _shared(own: ec.EllipticCurvePrivateKey, theirs: ec.EllipticCurvePublicKey, info: bytes = INFO) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=info).derive(own.exchange(ec.ECDH(), theirs))


def _point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
