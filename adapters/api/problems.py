"""What goes wrong, as RFC 9457 problems: stable types, German titles, the next step, and never what was sent.

Every error of the API, whoever raises it, leaves as one of `Trouble`. `tests/api/test_problems.py` throws whatever it
can think of at every route and looks for a planted name in the answers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

MEDIA_TYPE = "application/problem+json"
PREFIX = "urn:lotse:problem:"
TROUBLE = "trouble"
"""Where the state of a request says which kind of problem it was answered with."""
REFUSED = "refused"
"""Where it says by which code the process refused."""


class Trouble(Enum):
    """Every kind of problem: its name in the type, its HTTP status, its German title, and what to do about it."""

    MALFORMED = "malformed", 400, "Anfrage nicht lesbar", "Bitte gültiges JSON in UTF-8 senden."
    TWO_CREDENTIALS = (
        "two-credentials",
        400,
        "Zwei Anmeldungen zugleich",
        "Bitte entweder mit einer Sitzung oder mit einem Zugangstoken anfragen, nicht mit beiden.",
    )
    SIGNED_OUT = "signed-out", 401, "Nicht angemeldet", "Nächster Schritt: anmelden."
    LOGIN_REFUSED = (
        "login-refused",
        401,
        "Anmeldung nicht möglich",
        "Name, Passwort oder Code stimmt nicht.",
    )
    ROLE = (
        "role",
        403,
        "Das steht Ihnen in Ihrer Rolle nicht zu",
        "Nächster Schritt: die zuständige Fachkraft fragen.",
    )
    SCOPE = (
        "scope",
        403,
        "Dieses Zugangstoken reicht dafür nicht",
        "Nächster Schritt: ein Token mit dem passenden Umfang ausstellen lassen.",
    )
    FACTOR = (
        "second-factor-missing",
        403,
        "Es fehlt noch der zweite Faktor",
        "Nächster Schritt: ihn einrichten; bis dahin geht nichts anderes.",
    )
    FOREIGN_ORIGIN = (
        "foreign-origin",
        403,
        "Anfrage von einer fremden Seite",
        "Nächster Schritt: die Seite von Lotse neu laden und dort noch einmal versuchen.",
    )
    NOT_YOURS = (
        "not-yours",
        403,
        "Dieser Fall ist Ihnen nicht zugeordnet",
        "Nächster Schritt: die zuständige Fachkraft fragen.",
    )
    NOT_FOUND = (
        "not-found",
        404,
        "Nicht gefunden",
        "Nächster Schritt: die Adresse oder die Fallnummer prüfen.",
    )
    METHOD = "method", 405, "Das geht mit dieser Adresse nicht", "Was hier möglich ist, sagt das Feld Allow."
    STEP_NOT_POSSIBLE = (
        "step-not-possible",
        409,
        "Dieser Schritt ist jetzt nicht möglich",
        "Nächster Schritt: den Fall neu ansehen.",
    )
    CONFLICT = (
        "conflict",
        409,
        "Inzwischen hat sich etwas geändert",
        "Nächster Schritt: neu ansehen und noch einmal versuchen.",
    )
    LINK_GONE = (
        "link-gone",
        410,
        "Dieser Link gilt nicht (mehr)",
        "Nächster Schritt: einen neuen ausstellen lassen.",
    )
    CHANGED = (
        "changed",
        412,
        "Der Fall wurde inzwischen geändert",
        "Nächster Schritt: neu ansehen, was sich geändert hat, und noch einmal versuchen.",
    )
    TOO_LARGE = "too-large", 413, "Die Anfrage ist zu groß", "Bitte höchstens 1 MB senden."
    MEDIA = "media-type", 415, "Dieses Format wird nicht gelesen", "Bitte als application/json senden."
    ELSEWHERE = (
        "unknown-host",
        421,
        "Unter diesem Namen antwortet Lotse nicht",
        "Nächster Schritt: die Adresse prüfen, oder LOTSE_BASE_URL.",
    )
    INVALID = (
        "invalid",
        422,
        "Etwas an den Angaben passt nicht",
        "Nächster Schritt: die genannten Angaben berichtigen.",
    )
    KEY_REUSED = (
        "key-reused",
        422,
        "Dieser Idempotency-Key gehört schon zu einer anderen Anfrage",
        "Nächster Schritt: für eine neue Anfrage einen neuen Schlüssel nehmen.",
    )
    VERSION_MISSING = (
        "version-missing",
        428,
        "Es fehlt, welchen Stand Sie gesehen haben",
        "Nächster Schritt: den Fall ansehen und sein ETag als If-Match mitsenden.",
    )
    TOO_MANY = (
        "too-many",
        429,
        "Zu viele Versuche",
        "Nächster Schritt: warten, so lange das Feld Retry-After sagt.",
    )
    INTERNAL = (
        "internal",
        500,
        "Das ist bei uns schiefgegangen",
        "Nächster Schritt: noch einmal versuchen; bleibt es so, die IT fragen.",
    )
    DAMAGED = (
        "damaged",
        500,
        "Ein Datensatz lässt sich nicht öffnen",
        "Nächster Schritt: die IT bitten, lotse audit verify --replay auszuführen.",
    )
    PROVIDER = (
        "provider-unreachable",
        502,
        "Der Anmeldedienst antwortet nicht",
        "Nächster Schritt: gleich noch einmal versuchen; bleibt es so, die IT fragen.",
    )
    BUSY = (
        "busy",
        503,
        "Gerade zu viel zu tun",
        "Nächster Schritt: nach der Zeit in Retry-After noch einmal versuchen.",
    )
    LEFT = (
        "store-elsewhere",
        503,
        "Der Speicher liegt jetzt woanders",
        "Nächster Schritt: die IT bitten, das Programm neu zu starten.",
    )

    def __init__(self, slug: str, status: int, title: str, detail: str) -> None:
        self.slug = slug
        self.status = status
        self.title = title
        self.detail = detail

    @property
    def type(self) -> str:
        """The stable name, a URN."""
        return f"{PREFIX}{self.slug}"


class Fault(BaseModel):
    """One field that does not fit: where it is, and what is expected; never what was sent."""

    model_config = ConfigDict(extra="forbid")

    pointer: str = Field(
        description="Wo im Körper (JSON Pointer), sonst Kopffeld oder Parameter.", examples=["/phone"]
    )
    detail: str = Field(description="Was erwartet wird.", examples=["Telefon: höchstens 20000 Zeichen."])


class Change(BaseModel):
    """Something that was done since: what, by whom, when; no content."""

    model_config = ConfigDict(extra="forbid")

    version: int | None = Field(description="Der Stand danach.", examples=[8])
    at: str = Field(description="Wann (ISO 8601).", examples=["2026-03-10T08:15:00+00:00"])
    actor: str = Field(description="Wer.", examples=["Frau Beispiel"])
    label: str = Field(description="Was.", examples=["Kontakt hergestellt"])


class Problem(BaseModel):
    """A problem as RFC 9457 has it; what else stands in it depends on its type."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(description="Stabiler Name der Art.", examples=["urn:lotse:problem:invalid"])
    title: str = Field(description="Was es ist.", examples=["Etwas an den Angaben passt nicht"])
    status: int = Field(description="HTTP-Status.", examples=[422])
    detail: str = Field(
        description="Was zu tun ist.", examples=["Nächster Schritt: die genannten Angaben berichtigen."]
    )
    errors: list[Fault] | None = Field(None, description="Was nicht passt, Feld für Feld.")
    next_step: str | None = Field(
        None, description="Der nächste Schritt in Worten.", examples=["„Erstkontakt“"]
    )
    next_command: str | None = Field(
        None, description="Der nächste Schritt als Befehl.", examples=["triage-no"]
    )
    version: int | None = Field(None, description="Der Stand, der jetzt gilt.", examples=[8])
    changes: list[Change] | None = Field(None, description="Was seither geschah.")


@dataclass(eq=False)
class ApiProblem(Exception):
    """Raised anywhere behind a route, it is the answer: a `Trouble`, a German detail, and what belongs to its kind."""

    trouble: Trouble
    detail: str = ""
    errors: Iterable[tuple[str, str]] = ()
    more: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.trouble.slug


class Answer(Response):
    """A problem on its way; the shell around everything learns of which kind it is."""

    def __init__(self, trouble: Trouble, body: bytes, headers: Mapping[str, str]) -> None:
        super().__init__(body, trouble.status, headers, MEDIA_TYPE)
        self._slug = trouble.slug

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        scope.setdefault("state", {})[TROUBLE] = self._slug
        await super().__call__(scope, receive, send)


def answer(problem: ApiProblem) -> Response:
    """The problem as a response."""
    trouble = problem.trouble
    body: dict[str, Any] = {
        "type": trouble.type,
        "title": trouble.title,
        "status": trouble.status,
        "detail": problem.detail or trouble.detail,
        **problem.more,
    }
    if errors := [{"pointer": pointer, "detail": detail} for pointer, detail in problem.errors]:
        body["errors"] = errors
    headers = dict(problem.headers)
    if trouble.status == Trouble.SIGNED_OUT.status:
        headers.setdefault("WWW-Authenticate", 'Bearer realm="lotse"')
    if trouble is Trouble.BUSY:
        headers.setdefault("Retry-After", "2")
    return Answer(trouble, orjson.dumps(body), headers)


def example(trouble: Trouble) -> dict[str, object]:
    """What the problem looks like, for the specification."""
    return {"type": trouble.type, "title": trouble.title, "status": trouble.status, "detail": trouble.detail}
