"""Mail: a message handed to the town's mail server, encrypted on the way and with its certificate checked.

In plain only to this machine, or where the settings allow it in so many words. What comes back is said without
addresses. Proven against a real server that refuses, cuts off and has a wrong certificate (`tests/mail`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.settings import Settings, SettingsError

if TYPE_CHECKING:
    import smtplib

TIMEOUT = 30.0
"""Seconds for each answer of the server."""
_PORTS = {"starttls": 587, "tls": 465, "plain": 25, "plain-anywhere": 25}
_FOR_GOOD = range(500, 600)
_SIGNING_IN = {530, 534, 535, 538}
_SILENT = "Der Mailserver antwortet nicht."
_LONGEST = 320
_ROLES = ("dpo", "audit_office", "supervisor")


class MailSettingsError(SettingsError):
    """The settings for mail do not fit together."""


class Undelivered(Exception):
    """The server did not take the message; `permanent` where trying again cannot help."""

    def __init__(self, sentence: str, *, permanent: bool = False) -> None:
        super().__init__(sentence)
        self.permanent = permanent


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a letter goes to: the role that the log may name, and the address that it may not."""

    role: str
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Server:
    """The mail server and how to talk to it."""

    host: str
    port: int
    security: str
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    authority: Path | None = None
    timeout: float = TIMEOUT

    def hand_over(self, message: EmailMessage) -> None:
        """Give the message to the server; Undelivered unless it took it."""
        import smtplib  # noqa: PLC0415 - 30 ms, only where mail is sent

        try:
            with self._connected() as server:
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise _refused(min(codes, default=550), permanent=True) from None
        except smtplib.SMTPDataError as error:
            raise _refused(error.smtp_code, permanent=True) from None
        except smtplib.SMTPResponseException as error:
            raise _refused(error.smtp_code) from None
        except smtplib.SMTPNotSupportedError:
            raise Undelivered("Der Mailserver bietet keine Verschlüsselung oder Anmeldung an.") from None
        except smtplib.SMTPServerDisconnected as error:
            silent = isinstance(error.__context__, TimeoutError)
            raise Undelivered(
                _SILENT if silent else "Der Mailserver hat die Verbindung abgebrochen."
            ) from None
        except OSError as error:
            raise Undelivered(_unreached(error)) from None

    @contextmanager
    def _connected(self) -> Iterator["smtplib.SMTP"]:
        """A connection, encrypted and signed in. What fails after the message was taken is no failure of it."""
        import smtplib  # noqa: PLC0415 - as above
        import ssl  # noqa: PLC0415 - as above

        context = ssl.create_default_context(cafile=str(self.authority) if self.authority else None)
        if self.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=self.timeout, context=context
            )
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        try:
            if self.security == "starttls":
                server.starttls(context=context)
            if self.user is not None:
                server.login(self.user, self.password or "")
            yield server
            try:
                server.quit()
            except (smtplib.SMTPException, OSError):
                return
        finally:
            server.close()


def server_of(settings: Settings) -> Server | None:
    """The mail server of the settings, None where there is none. Raises MailSettingsError."""
    host = settings.smtp_host
    if host is None:
        return None
    security = settings.smtp_security
    near = _is_this_machine(host)
    if security == "plain" and not near:
        raise MailSettingsError(
            "LOTSE_SMTP_SECURITY=plain gilt nur für diesen Rechner; sonst bitte starttls oder tls."
        )
    if settings.smtp_from is None or not is_address(settings.smtp_from):
        raise MailSettingsError("Zum Mailserver fehlt der Absender: LOTSE_SMTP_FROM.")
    if settings.smtp_user is not None and security.startswith("plain") and not near:
        raise MailSettingsError(
            "Ein Passwort geht nicht unverschlüsselt über das Netz: LOTSE_SMTP_SECURITY ändern."
        )
    return Server(
        host,
        settings.smtp_port or _PORTS[security],
        security,
        settings.smtp_from,
        settings.smtp_user,
        settings.smtp_password,
        settings.smtp_ca,
    )


def checkpoint_recipients(settings: Settings) -> tuple[Recipient, ...]:
    """Who gets the daily checkpoint: `dpo=ADRESSE,audit_office=ADRESSE`. Raises MailSettingsError."""
    found = []
    for part in (settings.checkpoint_mail or "").split(","):
        role, equals, address = part.strip().partition("=")
        if not part.strip():
            continue
        if role not in _ROLES or not equals or not is_address(address):
            raise MailSettingsError(
                "LOTSE_CHECKPOINT_MAIL passt nicht; erwartet wird dpo=ADRESSE,audit_office=ADRESSE."
            )
        found.append(Recipient(role, address))
    return tuple(found)


def is_address(text: str) -> bool:
    """Whether this can be an address: one part before the @ and one behind, nothing unseen in between."""
    name, at, domain = text.partition("@")
    plain = text.isascii() and text.isprintable() and not set(text) & set(' <>(),;:"[]\\')
    return bool(name and at and domain) and plain and "@" not in domain and len(text) <= _LONGEST


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _refused(code: int, *, permanent: bool = False) -> Undelivered:
    """Say with which code; `permanent`: where the message itself was refused for good, not our settings."""
    what = "lehnt die Anmeldung ab" if code in _SIGNING_IN else "nimmt die Nachricht nicht an"
    return Undelivered(f"Der Mailserver {what} ({code}).", permanent=permanent and code in _FOR_GOOD)


def _unreached(error: OSError) -> str:
    import ssl  # noqa: PLC0415 - as above

    if isinstance(error, ssl.SSLCertVerificationError):
        return "Das Zertifikat des Mailservers ist nicht gültig."
    if isinstance(error, ssl.SSLError):
        return "Mit dem Mailserver kommt keine verschlüsselte Verbindung zustande."
    return _SILENT if isinstance(error, TimeoutError) else "Der Mailserver ist nicht erreichbar."
