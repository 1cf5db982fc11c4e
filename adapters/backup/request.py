"""The request for a restore: what a first person asks for, until a second one has approved it.

It lies beside the notary's file, because the database it is about may be the very thing that is gone. Who may ask and
who may approve stands literally in `tests/system/test_backup_two_people.py`. It is signed with the log's key: a file
that somebody has written by hand is no request.
"""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import orjson

from adapters.backup.errors import BackupError, RestoreRefused
from adapters.keys.choose import open_keys
from adapters.lotse import FIRST
from adapters.settings import Settings
from audit import durable
from audit.errors import MalformedNote
from audit.keys import KeyProvider
from audit.note import Verifier, open_note, sign_note
from states.vocabulary import Role
from workflow.office import Directory, Person

_NAME = "restore-request.json"
_SIGNER = "lotse/restore-request"
MAY_REQUEST = frozenset({Role.CASE_WORKER, Role.SUPERVISOR, Role.DPO, Role.ADMIN})
MAY_APPROVE = frozenset({Role.SUPERVISOR, Role.DPO, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class RestoreRequest:
    """Who asks for which backup (by the SHA-256 of its file), why, and when (ISO 8601, UTC).

    `here`: no backup, but the database as it stands; then `sha256` is that of the names of its log and its key.
    `recorded`: the running log could be written to and tells of it, so it must still tell when it is approved.
    """

    sha256: str
    requested_by: str
    reason: str
    requested_at: str
    here: bool = False
    recorded: bool = False

    @property
    def kind(self) -> dict[str, object]:
        """What an entry of the log adds where it is about the database as it stands."""
        return {"here": True} if self.here else {}


def request_file(settings: Settings) -> Path:
    """Where a request lies."""
    return settings.keys / _NAME


def read_request(settings: Settings, keys: KeyProvider | None = None) -> RestoreRequest | None:
    """The request that waits, if there is one. Raises BackupError where its file is none that Lotse has written here."""
    try:
        raw = request_file(settings).read_bytes()
    except FileNotFoundError:
        return None
    try:
        signer = Verifier(_SIGNER, (keys or open_keys(settings)).public_key())
        return RestoreRequest(**orjson.loads(open_note(raw, signer, alone=True)))
    except (ValueError, TypeError, MalformedNote):
        raise BackupError(
            f"Der Antrag {request_file(settings)} ist beschädigt oder nicht von Lotse. Nächster Schritt: "
            "lotse backup restore --withdraw."
        ) from None


def write_request(settings: Settings, request: RestoreRequest, keys: KeyProvider) -> None:
    """Keep a request, in the place of the one before."""
    text = orjson.dumps(asdict(request), option=orjson.OPT_INDENT_2).decode() + "\n"
    signed = sign_note(text, Verifier(_SIGNER, keys.public_key()), keys.sign)
    durable.put(request_file(settings), signed)


def withdraw_request(settings: Settings) -> bool:
    """Take the request back; whether there was one."""
    there = os.path.lexists(request_file(settings))
    durable.remove(request_file(settings))
    return there


def may_request(person: Person) -> None:
    """RestoreRefused unless this person may ask for a restore."""
    _active(person)
    if not person.roles & MAY_REQUEST:
        raise RestoreRefused(
            "Eine Wiederherstellung beantragen Fachkraft, Leitung, Datenschutzbeauftragte oder IT."
        )


def may_approve(person: Person, request: RestoreRequest | None, digest: str) -> RestoreRequest:
    """Give the request that this person may approve for the file with this SHA-256. Raises RestoreRefused."""
    _active(person)
    if request is None:
        raise RestoreRefused(
            "Niemand hat eine Wiederherstellung beantragt. Nächster Schritt: derselbe Befehl mit --request "
            "--reason GRUND --as PERSON."
        )
    if not person.roles & MAY_APPROVE:
        raise RestoreRefused("Eine Wiederherstellung geben Leitung, Datenschutzbeauftragte oder IT frei.")
    if person.id == request.requested_by:
        raise RestoreRefused(
            "Wer die Wiederherstellung beantragt hat, gibt sie nicht selbst frei: Es braucht eine zweite Person."
        )
    if digest != request.sha256:
        raise RestoreRefused(
            "Beantragt ist die Wiederherstellung einer anderen Sicherung, oder mit einem anderen Prüfschlüssel. Nächster "
            "Schritt: nennen, was beantragt ist, oder neu beantragen."
        )
    return request


def a_second(
    person: Person, request: RestoreRequest, directory: Directory, day: date, entered: "Entered"
) -> None:
    """RestoreRefused unless the two are two persons: as for an erasure (`workflow.retention.not_a_second`), and today.

    `entered` says when and by whom somebody was last entered, and when the request was made, by the running log.
    """
    first = directory.persons.get(request.requested_by)
    if first is None or not first.active or not first.roles & MAY_REQUEST:
        raise RestoreRefused(
            "Wer die Wiederherstellung beantragt hat, ist inzwischen gesperrt. Nächster Schritt: neu beantragen."
        )
    if first.id in directory.represented_by(person.id, day) or person.id in directory.represented_by(
        first.id, day
    ):
        raise RestoreRefused(
            "Wer die beantragende Person vertritt oder von ihr vertreten wird, gibt nicht frei: Es braucht eine dritte "
            "Person."
        )
    if entered.too_late(person.id, first) or entered.through(first.id, person.id):
        raise RestoreRefused(
            "Diese Person wurde erst nach dem Antrag eingetragen oder geändert, oder in den letzten 30 Tagen hat eine "
            "der beiden Personen die andere eingetragen. Nächster Schritt: Jemand anderes gibt frei; sonst beantragt es "
            "jemand anderes."
        )


LATELY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Entered:
    """When and by whom persons were last entered, and when the request was made; nothing where no log can say."""

    known: Mapping[str, tuple[datetime, str]]
    asked_at: datetime | None

    def too_late(self, person: str, first: Person) -> bool:
        """Whether this person became one after the request, or lately through who made it.

        Whoever was entered long ago is no accomplice: in a small town Leitung enters everybody. Nor is who was entered
        by the Fachkraft made with the store, who begins.
        """
        at, by = self.known.get(person, (None, ""))
        if at is None:
            return False
        founding = first.id == FIRST.id and not first.roles & {Role.ADMIN, Role.SUPERVISOR}
        if self.asked_at is None:
            return by == first.id and not founding
        return at > self.asked_at or (by == first.id and not founding and self.asked_at - at < LATELY)

    def through(self, first: str, person: str) -> bool:
        """Whether who asked became somebody lately through who approves: an account made to ask with."""
        at, by = self.known.get(first, (None, ""))
        if at is None or by != person:
            return False
        return self.asked_at is None or self.asked_at - at < LATELY


def _active(person: Person) -> None:
    if not person.active:
        raise RestoreRefused("Diese Person ist gesperrt und ändert hier nichts mehr.")


def person_in(persons: Mapping[str, Person], name: str) -> Person:
    """The person of this id or name. Raises RestoreRefused where there is none."""
    found = persons.get(name) or next(
        (p for p in persons.values() if p.name.casefold() == name.casefold()), None
    )
    if found is None:
        raise RestoreRefused("Diese Person gibt es hier nicht.")
    return found
