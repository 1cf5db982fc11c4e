"""The request for a restore: what a first person asks for, until a second one has approved it.

It lies beside the notary's file, because the database it is about may be the very thing that is gone. Who may ask and
who may approve stands literally in `tests/system/test_backup_two_people.py`.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from adapters.backup.errors import BackupError, RestoreRefused
from adapters.backup.working import remove_durably, write_durably
from adapters.settings import Settings
from states.vocabulary import Role
from workflow.office import Person

_NAME = "restore-request.json"
MAY_REQUEST = frozenset({Role.CASE_WORKER, Role.SUPERVISOR, Role.DPO, Role.ADMIN})
MAY_APPROVE = frozenset({Role.SUPERVISOR, Role.DPO, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class RestoreRequest:
    """Who asks for which backup (by the SHA-256 of its file), why, and when (ISO 8601, UTC).

    `here`: no backup, but the database as it stands; then `sha256` is that of the names of its log and its key.
    """

    sha256: str
    requested_by: str
    reason: str
    requested_at: str
    here: bool = False

    @property
    def kind(self) -> dict[str, object]:
        """What an entry of the log adds where it is about the database as it stands."""
        return {"here": True} if self.here else {}


def request_file(settings: Settings) -> Path:
    """Where a request lies."""
    return settings.keys / _NAME


def read_request(settings: Settings) -> RestoreRequest | None:
    """The request that waits, if there is one. Raises BackupError where its file is no request."""
    try:
        return RestoreRequest(**orjson.loads(request_file(settings).read_bytes()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        raise BackupError(
            f"Der Antrag {request_file(settings)} ist beschädigt. Nächster Schritt: lotse backup restore --withdraw."
        ) from None


def write_request(settings: Settings, request: RestoreRequest) -> None:
    """Keep a request, in the place of the one before."""
    write_durably(request_file(settings), orjson.dumps(asdict(request), option=orjson.OPT_INDENT_2))


def withdraw_request(settings: Settings) -> bool:
    """Take the request back; whether there was one."""
    there = request_file(settings).exists()
    remove_durably(request_file(settings))
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
