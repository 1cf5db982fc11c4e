"""Two people bring a backup back: who may ask, who may approve, and that nobody does both."""

from pathlib import Path

import pytest

from adapters.backup.errors import RestoreRefused
from adapters.backup.request import may_approve, may_request, read_request
from adapters.backup.restoring import approve_restore, request_restore, withdraw
from adapters.bootstrap import open_lotse
from adapters.settings import Settings
from states.vocabulary import Role
from tests.system.backups import REASON, an_office_that_asks, backed_up, copied, origin_of
from workflow.office import Person


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return an_office_that_asks(tmp_path_factory.mktemp("asked"), rows=12)


@pytest.fixture
def settings(asked: tuple[Path, Path], tmp_path: Path) -> Settings:
    return copied(asked[0], tmp_path / "haus")


@pytest.fixture
def file(asked: tuple[Path, Path]) -> Path:
    return asked[1]


MATRIX = {
    Role.CASE_WORKER: "request",
    Role.SUPERVISOR: "request approve",
    Role.DPO: "request approve",
    Role.ADMIN: "request approve",
    Role.DEPUTY: "",
    Role.NETWORK_COORDINATOR: "",
    Role.FAMILY_MIDWIFE: "",
    Role.FAMILY_NURSE: "",
    Role.FAMILY_VOLUNTEER: "",
    Role.PARTNER: "",
    Role.CHILD_PROTECTION_ADVISER: "",
    Role.ASD_WORKER: "",
    Role.PLANNER: "",
    Role.CLOCK: "",
    Role.RECIPIENT: "",
}


@pytest.mark.parametrize("role", Role)
def test_who_may_ask_for_a_restore_and_who_may_approve_it(settings: Settings, role: Role) -> None:
    person = Person("jemand", "Jemand", frozenset({role}))
    request = read_request(settings)
    assert request is not None
    may = set(MATRIX[role].split())
    for right, judged in (
        ("request", may_request),
        ("approve", lambda who: may_approve(who, request, request.sha256)),
    ):
        if right in may:
            judged(person)
        else:
            with pytest.raises(RestoreRefused):
                judged(person)
        locked = Person("jemand", "Jemand", frozenset({role}), active=False)
        with pytest.raises(RestoreRefused, match="gesperrt"):
            judged(locked)


def test_nobody_approves_what_they_asked_for_themselves(settings: Settings, file: Path) -> None:
    withdraw(settings, "okafor")
    request_restore(settings, file, "okafor", REASON)
    with pytest.raises(RestoreRefused, match="zweite Person"):
        approve_restore(settings, file, "okafor")
    assert origin_of(settings).endswith("/1")


def test_nothing_is_approved_that_nobody_asked_for(settings: Settings, file: Path) -> None:
    withdraw(settings, "fachkraft")
    with pytest.raises(RestoreRefused, match="Niemand hat"):
        approve_restore(settings, file, "okafor")
    with pytest.raises(RestoreRefused, match="gibt es hier nicht"):
        request_restore(settings, file, "niemand", REASON)


def test_another_backup_than_the_one_asked_for_is_not_approved(settings: Settings, tmp_path: Path) -> None:
    running = open_lotse(settings)
    other = backed_up(running, tmp_path / "dienstag.backup")
    running.store.engine.dispose()
    with pytest.raises(RestoreRefused, match="einer anderen Sicherung"):
        approve_restore(settings, other, "okafor")
