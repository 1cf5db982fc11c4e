"""A login elsewhere from start to return: one state, used once, sealed in a short-lived cookie.

Code with PKCE (S256), nonce and state. On the return the person is whoever the identity belongs to: linked by an admin,
by an invitation, or entered now where the office has it so (LOTSE_OIDC_CREATE). Where roles are listed
(LOTSE_OIDC_ROLES), those of the token are the person's roles from then on.
"""

import re
import secrets
import threading
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from os import urandom
from typing import Any
from urllib.parse import urlencode

import orjson
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from adapters.db.work import SqlWork
from adapters.login import factor, links, sessions, staff
from adapters.login.door import now_of
from adapters.login.links import Purpose
from adapters.login.oidc.claims import Claims, read_id_token, read_logout_token, roles_of, strong
from adapters.login.oidc.errors import ElsewhereError, Reason
from adapters.login.oidc.provider import Provider
from adapters.login.passwords import same
from adapters.login.porter import Admitted, Porter
from adapters.login.record import UNKNOWN, note
from adapters.login.rows import Identity, Rows
from adapters.login.sessions import as_text
from audit.errors import UnreadableBody
from audit.seal import NONCE_SIZE, DataKey
from workflow.audited import Audited
from workflow.errors import RefusedError
from workflow.office import Directory, Person
from workflow.staff import LONGEST, Particulars, StaffError, entered, usable_id

STATE_COOKIE = "__Host-lotse-oidc"
RETURN_PATH = "/api/v1/session/oidc/return"
LASTS = 600
"""Seconds that a login elsewhere may take."""
_SUBJECT = 255
_PLACE = b"lotse/login/oidc-state\n"


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the browser is sent, and the cookie it brings back."""

    address: str = field(repr=False)
    cookie: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Returned:
    """What the browser brings back from the provider, and the cookies it has kept."""

    query: Mapping[str, str] = field(repr=False)
    state_cookie: str = field(repr=False)
    cookie: str = field(default="", repr=False)
    address: str = ""


class Elsewhere:
    """Logging in at the identity provider of the settings. One for the whole process: a state is used once."""

    def __init__(self, porter: Porter, provider: Provider, base_url: str) -> None:
        self._porter = porter
        self._lotse = porter.lotse
        self._provider = provider
        self._base_url = base_url
        self._lock = threading.Lock()
        self._used: dict[str, int] = {}

    @property
    def redirect_uri(self) -> str:
        """The address to which the provider sends people back."""
        return self._base_url + RETURN_PATH

    def begin(self, link: str = "") -> Begun:
        """Begin; `link` is the secret of an invitation, where that is how the identity becomes known."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        acr = self._lotse.settings.oidc_acr
        address = prepare_grant_uri(
            self._provider.metadata().authorization,
            client_id=self._provider.client_id,
            response_type="code",
            redirect_uri=self.redirect_uri,
            scope="openid profile",
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
            **({"acr_values": " ".join(sorted(acr))} if acr else {}),
        )
        until = now_of(self._lotse) + LASTS * 1000
        plain = orjson.dumps([state, nonce, verifier, until, link[:100]])
        sealed = self._key().seal(plain, self._place(), urandom(NONCE_SIZE))
        return Begun(address, as_text(sealed))

    def _key(self) -> DataKey:
        """The key of what travels in the browser; written only where there is none yet."""
        with self._lotse.store.work(reading=True) as work:
            known = work.beside[1].known(factor.SEALED)
        return known or self._lotse.write(factor.sealing)

    def finish(self, returned: Returned) -> Admitted:
        """Let whoever comes back in. Raises ElsewhereError, on record, BrakedError, and UnreachableError."""
        self._porter.brakes.check_place(returned.address)
        try:
            return self._finish(returned)
        except ElsewhereError as error:
            self._porter.brakes.failed_at(returned.address)
            self._refused(f"oidc:{error.reason}", error.person)
            raise

    def _finish(self, returned: Returned) -> Admitted:
        nonce, verifier, link = self._state(returned)
        if returned.query.get("error") or not returned.query.get("code"):
            raise ElsewhereError(Reason.DENIED)
        if returned.query.get("iss", self._provider.issuer) != self._provider.issuer:
            raise ElsewhereError(Reason.CLAIMS)
        answer = self._provider.exchange(returned.query["code"], verifier, self.redirect_uri)
        claims = read_id_token(
            self._provider,
            answer.get("id_token"),
            nonce,
            now_of(self._lotse) // 1000,
            answer.get("access_token"),
        )
        return self._lotse.write(lambda work: self._admit(work, claims, link, returned.cookie))

    def _refused(self, reason: str, person: str | None) -> None:
        more = {"concerned": person} if person else {}
        self._lotse.write(
            lambda work: note(
                work, self._lotse, Audited.LOGIN, UNKNOWN, outcome="refused", reason=reason, **more
            )
        )

    def _state(self, returned: Returned) -> tuple[str, str, str]:
        """Nonce, verifier and link of the login that this browser began; each state counts once."""
        now = now_of(self._lotse)
        raw = sessions.as_any_bytes(returned.state_cookie)
        try:
            with self._lotse.store.work(reading=True) as work:
                key = work.beside[1].known(factor.SEALED)
            plain = key.open(raw, self._place()) if key is not None else b""
            state, nonce, verifier, until, link = orjson.loads(plain)
        except (UnreadableBody, orjson.JSONDecodeError):
            raise ElsewhereError(Reason.STATE) from None
        if not same(state, returned.query.get("state", "")) or now >= until:
            raise ElsewhereError(Reason.STATE)
        with self._lock:
            self._used = {each: end for each, end in self._used.items() if now < end}
            if state in self._used:
                raise ElsewhereError(Reason.STATE)
            self._used[state] = until
        return nonce, verifier, link

    def _admit(self, work: SqlWork, claims: Claims, link: str, cookie: str) -> Admitted:
        rows, subject = Rows.of(work), _subject(claims)
        known = rows.identity(self._provider.issuer, subject)
        person = self._person(work, rows, claims, known.person if known is not None else None, link)
        if self._lacks_factor(person, claims):
            raise ElsewhereError(Reason.FACTOR, person.id)
        if known is None:
            staff.link_identity(
                work, self._lotse, person.id, Identity(self._provider.issuer, subject, person.id)
            )
        sid = claims.get("sid")
        sessions.leave(rows, cookie)
        session = sessions.begin(
            rows,
            person.id,
            now_of(self._lotse),
            self._porter.terms,
            self._provider.issuer,
            sid if isinstance(sid, str) and len(sid) <= _SUBJECT else None,
        )
        note(work, self._lotse, Audited.LOGIN, person.id, factor="oidc")
        return Admitted(person, session)

    def _lacks_factor(self, person: Person, claims: Claims) -> bool:
        """Whether a second factor belongs to this person's login and the provider names none.

        Where the office does not say how the provider names one, it has seen to that there (docs/operation.md).
        """
        settings = self._lotse.settings
        asked = bool(settings.oidc_acr) and bool(person.roles & settings.second_factor)
        return asked and not strong(claims, settings.oidc_acr)

    def _person(self, work: SqlWork, rows: Rows, claims: Claims, known: str | None, link: str) -> Person:
        settings = self._lotse.settings
        roles = roles_of(claims, self._provider.client_id, settings.oidc_roles)
        if known is None and link:
            known = links.use_up(rows, Purpose.INVITATION, link, now_of(self._lotse))
            if known is None:
                raise ElsewhereError(Reason.LINK)
        if known is None:
            if not (settings.oidc_create and roles):
                raise ElsewhereError(Reason.PERSON)
            fresh = _free_id(work.directory, rows, claims)
            return self._with_roles(work, Particulars(fresh, _name(claims) or fresh, roles))
        person = work.directory.persons.get(known)
        if person is None or not person.active:
            raise ElsewhereError(Reason.LOCKED, known)
        if settings.oidc_roles and not roles:
            raise ElsewhereError(Reason.ROLES, known)
        if settings.oidc_roles and roles != person.roles:
            return self._with_roles(work, Particulars(person.id, person.name, roles))
        return person

    def _with_roles(self, work: SqlWork, particulars: Particulars) -> Person:
        """The person with the roles of the token, entered. Raises ElsewhereError where such a person cannot be."""
        try:
            person, recipient = entered(work.directory, particulars)
        except (StaffError, RefusedError):
            raise ElsewhereError(Reason.ROLES, particulars.id) from None
        staff.enter_person(work, self._lotse, "system", person, recipient)
        return person

    def log_out_by(self, logout_token: str) -> int:
        """End the sessions that the provider says are over; how many. Raises ElsewhereError, UnreachableError."""
        now = now_of(self._lotse)
        claims = read_logout_token(self._provider, logout_token, now // 1000)
        with self._lock:
            self._used = {each: end for each, end in self._used.items() if now < end}
            if f"jti:{claims['jti']}" in self._used:
                raise ElsewhereError(Reason.STATE)
            self._used[f"jti:{claims['jti']}"] = now + 2 * LASTS * 1000
        return self._lotse.write(lambda work: self._end(work, claims.get("sid"), claims.get("sub")))

    def _end(self, work: SqlWork, sid: str | None, subject: str | None) -> int:
        rows, issuer = Rows.of(work), self._provider.issuer
        known = rows.identity(issuer, subject) if subject else None
        ended = {
            each.sign_in: each.person
            for each in rows.sessions_from(issuer)
            if (sid is None or each.issuer_session == sid)
            and (subject is None or (known is not None and each.person == known.person))
        }
        for sign_in, person in ended.items():
            rows.drop_sign_in(sign_in)
            note(work, self._lotse, Audited.LOGOUT, person, by="provider")
        return len(ended)

    def logout_address(self) -> str:
        """Where the browser logs out at the provider too; empty where that is not offered."""
        end = self._provider.metadata().end_session
        if not end:
            return ""
        query = {"client_id": self._provider.client_id, "post_logout_redirect_uri": f"{self._base_url}/"}
        return f"{end}{'&' if '?' in end else '?'}{urlencode(query)}"

    def _place(self) -> bytes:
        return _PLACE + self._lotse.store.tenant.encode()


def _subject(claims: Claims) -> str:
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _SUBJECT:
        raise ElsewhereError(Reason.CLAIMS)
    return subject


def _name(claims: Claims) -> str:
    """The name as the provider has it, fit to be shown; empty where it has none."""
    name: Any = claims.get("name")
    shown = "".join(sign for sign in name if sign.isprintable()).strip() if isinstance(name, str) else ""
    return shown[:LONGEST]


def _free_id(directory: Directory, rows: Rows, claims: Claims) -> str:
    """An id that nobody has or logs in by, like the name there; being alike never makes anybody somebody."""
    said: Any = claims.get("preferred_username")
    text = said.partition("@")[0] if isinstance(said, str) else ""
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^a-z0-9._-]+", "", plain).lstrip("._-")[:40] or f"person-{secrets.token_hex(4)}"
    tries = [stem, *(f"{stem}-{number}" for number in range(2, 2 * len(directory.persons) + 4))]
    taken = {*directory.persons, *(each.login for each in rows.accounts())}
    return next(each for each in tries if each not in taken and usable_id(each))
