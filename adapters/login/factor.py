"""The second factor: time-based codes (RFC 6238), one step before and after, each step once.

The secret lies sealed; its enrolment is held by nobody until a code has shown that it arrived, so it travels sealed
with whoever enrols. Replay is refused by the step stored with the account (`tests/login/test_second_factor.py`).
"""

import io
from dataclasses import dataclass, field
from hmac import compare_digest
from os import urandom

import orjson

from adapters.db.work import SqlWork
from adapters.login.sessions import as_text
from audit.errors import UnreadableBody
from audit.seal import NONCE_SIZE, DataKey

SEALED = "login-sealed"
"""The key under which second factors, enrolments and the state of a login elsewhere are sealed."""
STEP = 30
DIGITS = 6
ENROLMENT = 10 * 60 * 1000
"""So long an enrolment may take, in milliseconds."""
ISSUER = "Lotse"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What is shown once: the address for the app, as text and as QR code (SVG), and what to bring back with a code."""

    address: str = field(repr=False)
    picture: str = field(repr=False)
    sealed: str = field(repr=False)


def sealing(work: SqlWork) -> DataKey:
    """The key, made where there is none; in a unit of work that writes."""
    return work.beside[1].key(SEALED)


def kept(key: DataKey, tenant: str, person: str, secret: str) -> bytes:
    """A secret as it lies in the table."""
    return key.seal(secret.encode(), _place(tenant, person), urandom(NONCE_SIZE))


def opened(key: DataKey, tenant: str, person: str, sealed: bytes) -> str:
    """Undo `kept`. Raises UnreadableBody where it is another person's."""
    return key.open(sealed, _place(tenant, person)).decode()


def enrol(key: DataKey, tenant: str, person: str, login: str, now: int) -> Enrolment:
    """Begin an enrolment with a fresh secret."""
    import pyotp  # noqa: PLC0415 - only where a code is made or read
    import segno  # noqa: PLC0415 - the same

    secret = pyotp.random_base32()
    address = pyotp.TOTP(secret, issuer=ISSUER, name=login).provisioning_uri()
    picture = io.BytesIO()
    segno.make(address, error="m", micro=False).save(picture, kind="svg", scale=4, xmldecl=False)
    plain = orjson.dumps([secret, now + ENROLMENT])
    sealed = key.seal(plain, _enrolling(tenant, person), urandom(NONCE_SIZE))
    return Enrolment(address, picture.getvalue().decode(), as_text(sealed))


def enrolled(key: DataKey, tenant: str, person: str, sealed: bytes, now: int) -> str | None:
    """The secret of an enrolment; None where it is another person's, altered, or took too long."""
    try:
        secret, until = orjson.loads(key.open(sealed, _enrolling(tenant, person)))
    except UnreadableBody:
        return None
    return str(secret) if now < until else None


def step_of(secret: str, code: str, now: int, used: int) -> int | None:
    """The step whose code this is: the present one, the one before or after, later than `used`; else None."""
    import pyotp  # noqa: PLC0415 - only where a code is made or read

    typed = "".join(code.split()).encode("utf-8", "replace")
    present = now // 1000 // STEP
    codes = pyotp.TOTP(secret, digits=DIGITS, interval=STEP)
    found = None
    for step in (present - 1, present, present + 1):
        if compare_digest(codes.generate_otp(step).encode(), typed) and step > used:
            found = step
    return found


def _place(tenant: str, person: str) -> bytes:
    return f"lotse/login/totp\n{tenant}\n{person}".encode()


def _enrolling(tenant: str, person: str) -> bytes:
    return f"lotse/login/enrolment\n{tenant}\n{person}".encode()
