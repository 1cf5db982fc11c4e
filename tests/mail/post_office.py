"""A real mail server for the tests, on a free port of this machine: it takes mail, refuses it, or hangs up."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

OFFICE = LoginPassword(b"lotse", b"erfundenes-geheimnis")


@dataclass
class PostOffice:
    """What the server took, and how it answers: a code for each recipient and for the message, or a hang-up."""

    taken: list[EmailMessage] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    recipient_answer: str = "250 OK"
    message_answer: str = "250 OK"
    hangs_up_after_data: bool = False
    port: int = 0

    async def handle_RCPT(  # noqa: N802 - the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        if self.recipient_answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        del session
        if not self.message_answer.startswith("2"):
            return self.message_answer
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.taken.append(message)
        self.encrypted.append(_is_encrypted(server))
        if self.hangs_up_after_data:
            transport = server.transport
            assert transport is not None
            transport.abort()
            await asyncio.sleep(0)
        return self.message_answer


@contextmanager
def open_office(
    *, certificate: Path | None = None, starttls: bool = True, sign_in: bool = False
) -> Iterator[PostOffice]:
    """A server on a free port; with a certificate it speaks STARTTLS, or TLS from the first byte."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        office = PostOffice(port=free.getsockname()[1])
    context = None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
    controller = Controller(
        office,
        hostname="127.0.0.1",
        port=office.port,
        ssl_context=None if starttls else context,
        tls_context=context if starttls else None,
        require_starttls=context is not None and starttls,
        authenticator=_signs_in if sign_in else None,
        auth_required=sign_in,
    )
    controller.start()
    try:
        yield office
    finally:
        controller.stop()


def _is_encrypted(server: SMTP) -> bool:
    return server.transport is not None and server.transport.get_extra_info("ssl_object") is not None


def _signs_in(
    _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: object
) -> AuthResult:
    return AuthResult(success=given == OFFICE, handled=False)


def a_certificate(folder: Path, name: str = "localhost") -> Path:
    """A certificate that signed itself, with its key, for this name and the loopback address."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    names = [x509.DNSName(name)]
    address = [x509.IPAddress(ip_address("127.0.0.1"))] if name == "localhost" else []
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([*names, *address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    place = folder / f"{name}.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    place.write_bytes(secret + made.public_bytes(Encoding.PEM))
    return place
