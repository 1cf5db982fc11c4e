"""Two people bring a backup back: who may ask, who may approve, and that nobody does both."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from adapters.backup.errors import BackupError, RestoreRefused
from adapters.backup.request import Entered, may_approve, may_request, read_request, request_file
from adapters.backup.restoring import approve_restore, request_restore, withdraw
from adapters.bootstrap import open_lotse
from adapters.lotse import FIRST
from adapters.settings import Settings
from states.vocabulary import Role
from tests.system.backups import IT, REASON, an_office_that_asks, backed_up, copied, origin_of
from workflow.office import Person, Substitution


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


def test_a_request_that_was_written_by_hand_is_none(settings: Settings, file: Path) -> None:
    """Whatever names and check sums stand in it; also one of before, that was taken back meanwhile."""
    genuine = request_file(settings).read_bytes()
    plain = genuine.decode().rpartition("\n\n")[0]
    forged = plain.replace('"fachkraft"', '"vogt"')
    assert forged != plain
    for raw in (plain, forged, genuine.decode().replace("fachkraft", "vogt"), "", "{}", "[" * 100_000):
        request_file(settings).write_text(raw)
        with pytest.raises(BackupError, match="nicht von Lotse"):
            approve_restore(settings, file, "it")
    assert withdraw(settings, "okafor")
    assert not request_file(settings).exists()
    request_restore(settings, file, "fachkraft", REASON)
    kept = request_file(settings).read_bytes()
    withdraw(settings, "fachkraft")
    request_file(settings).write_bytes(kept)
    with pytest.raises(RestoreRefused, match="weiß das Protokoll nichts"):
        approve_restore(settings, file, "it")
    assert origin_of(settings).endswith("/1")


def entering(settings: Settings, *entries: Person | Substitution, actor: str = "system") -> None:
    running = open_lotse(settings)
    running.store.put(*entries, actor=actor)
    running.countersign()
    running.store.engine.dispose()


NEW = Person("neu", "Herr Neu", frozenset({Role.DPO}))
ALWAYS = (date(2000, 1, 1), date(2100, 1, 1))


@pytest.mark.parametrize(
    ("entries", "by", "actor", "why"),
    [
        ((replace(FIRST, active=False),), "okafor", "system", "gesperrt"),
        ((replace(FIRST, roles=frozenset({Role.PLANNER})),), "okafor", "system", "gesperrt"),
        ((Substitution("fachkraft", "it", *ALWAYS),), "it", "okafor", "dritte"),
        ((Substitution("it", "fachkraft", *ALWAYS),), "it", "okafor", "dritte"),
        ((NEW,), "neu", "okafor", "erst nach dem Antrag"),
        ((replace(IT, roles=frozenset({Role.ADMIN, Role.DPO})),), "it", "okafor", "erst nach dem Antrag"),
    ],
    ids=["locked", "another-role", "her-deputy", "whose-deputy", "new", "given-a-role"],
)  # fmt: skip
def test_what_happens_after_the_request_makes_no_second_person(
    settings: Settings, file: Path, entries: tuple[Person | Substitution, ...], by: str, actor: str, why: str
) -> None:
    entering(settings, *entries, actor=actor)
    with pytest.raises(RestoreRefused, match=why):
        approve_restore(settings, file, by)
    assert origin_of(settings).endswith("/1")


def test_whom_the_first_person_has_entered_is_no_second_one(settings: Settings, file: Path) -> None:
    """But for the Fachkraft made with the store, who enters everybody in the beginning."""
    entering(settings, NEW, actor="okafor")
    request_restore(settings, file, "okafor", REASON)
    with pytest.raises(RestoreRefused, match="eine der beiden Personen die andere"):
        approve_restore(settings, file, "neu")
    entering(settings, NEW, actor="fachkraft")
    request_restore(settings, file, "fachkraft", REASON)
    approve_restore(settings, file, "neu")
    assert origin_of(settings).endswith("/2")


def test_another_backup_than_the_one_asked_for_is_not_approved(settings: Settings, tmp_path: Path) -> None:
    running = open_lotse(settings)
    other = backed_up(running, tmp_path / "dienstag.backup")
    running.store.engine.dispose()
    with pytest.raises(RestoreRefused, match="einer anderen Sicherung"):
        approve_restore(settings, other, "okafor")


def test_in_a_small_town_leitung_has_entered_everybody_long_ago_and_that_makes_nobody_an_accomplice() -> None:
    leitung = Person("okafor", "Frau Okafor", frozenset({Role.SUPERVISOR}))
    asked = datetime(2026, 11, 22, 9, tzinfo=UTC)

    def too_late(days: int, by: str = "okafor") -> bool:
        return Entered({"vogt": (asked - timedelta(days=days), by)}, asked).too_late("vogt", leitung)

    assert [too_late(days) for days in (-1, 0, 29, 30, 400)] == [True, True, True, False, False]
    assert [too_late(days, by="it") for days in (-1, 0, 1)] == [True, False, False]


def test_whom_leitung_has_just_entered_does_not_ask_for_what_she_approves() -> None:
    """An account made to ask with is no first person either; made by somebody else, or long ago, it is."""
    asked = datetime(2026, 11, 22, 9, tzinfo=UTC)

    def through(days: int, by: str = "okafor") -> bool:
        return Entered({"neu": (asked - timedelta(days=days), by)}, asked).through("neu", "okafor")

    assert [through(days) for days in (0, 29, 30, 400)] == [True, True, False, False]
    assert [through(1, by="it"), through(1)] == [False, True]
    assert Entered({"neu": (asked, "okafor")}, None).through("neu", "okafor")
