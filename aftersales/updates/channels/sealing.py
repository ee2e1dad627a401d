"""The two promises of web push: only the browser can read it (RFC 8291), and it is we who sent it (RFC 8292). Pure."""

import base64
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

RECORD = 4096
# Of a record: the sign of its end, and the cipher's own 16 bytes; of a body: 86 bytes of head.
MAX_CONTENT = RECORD - 86 - 17
# At most a day is allowed; ours are used at once.
_SIGNED_FOR = timedelta(hours=12)
_CURVE = ec.SECP256R1()


def sealed(
    content: bytes,
    p256dh: bytes,
    auth: bytes,
    *,
    salt: bytes | None = None,
    key: ec.EllipticCurvePrivateKey | None = None,
) -> bytes:
    """The body of a push, one record of `aes128gcm`. Raises ValueError for a key that is none, or too much content.

    Salt and key are fresh each time; a test may give its own.
    """
    if len(content) > MAX_CONTENT:
        raise ValueError(f"a push holds {MAX_CONTENT} bytes")
    salt = os.urandom(16) if salt is None else salt
    key = ec.generate_private_key(_CURVE) if key is None else key
    ours = _raw(key)
    shared = key.exchange(ec.ECDH(), point(p256dh))
    secret = _derived(auth, shared, b"WebPush: info\0" + p256dh + ours, 32)
    cipher = AESGCM(_derived(salt, secret, b"Content-Encoding: aes128gcm\0", 16))
    nonce = _derived(salt, secret, b"Content-Encoding: nonce\0", 12)
    head = salt + RECORD.to_bytes(4, "big") + bytes([len(ours)]) + ours
    return head + cipher.encrypt(nonce, content + b"\x02", None)


def signed(key: ec.EllipticCurvePrivateKey, endpoint: str, contact: str, now: datetime) -> str:
    """The Authorization head for one push service."""
    parts = urlsplit(endpoint)
    until = int((now + _SIGNED_FOR).timestamp())
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": until, "sub": contact}
    text = f"{_json({'typ': 'JWT', 'alg': 'ES256'})}.{_json(claims)}"
    r, s = decode_dss_signature(key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
    return f"vapid t={text}.{encoded(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}, k={public_key(key)}"


def private(text: str) -> ec.EllipticCurvePrivateKey:
    """The key as the setting has it: base64url of its 32 bytes. Raises ValueError."""
    raw = decoded(text)
    if len(raw) != 32:
        raise ValueError("AFTERSALES_PUSH_PRIVATE_KEY is no VAPID key; `aftersales push-key` makes one")
    return ec.derive_private_key(int.from_bytes(raw, "big"), _CURVE)


def new_key() -> str:
    """A fresh key for the setting."""
    return encoded(ec.generate_private_key(_CURVE).private_numbers().private_value.to_bytes(32, "big"))


def public_key(key: ec.EllipticCurvePrivateKey) -> str:
    """The public half as browsers want it: base64url of the uncompressed point."""
    return encoded(_raw(key))


def point(raw: bytes) -> ec.EllipticCurvePublicKey:
    """A browser's public key. Raises ValueError for bytes that are no point of the curve."""
    return ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, raw)


def encoded(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """The bytes of base64url, padded or not. Raises ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _raw(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _derived(salt: bytes, material: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(material)


def _json(value: Mapping[str, object]) -> str:
    return encoded(orjson.dumps(value))
