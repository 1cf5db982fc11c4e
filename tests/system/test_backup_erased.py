"""What was erased stays erased: also when a backup from before is brought back, and for ever once its key is gone."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import retention as keeping
from adapters.backup.checking import opened_backup
from adapters.backup.errors import BackupLocked
from adapters.backup.lineage import Known
from adapters.backup.restoring import approve_restore, preview, request_restore
from adapters.backup.working import working_place
from adapters.bootstrap import open_lotse
from adapters.db import statements as sql
from adapters.erasures import read_erasures
from adapters.keys.choose import open_keys
from adapters.lotse import Lotse
from adapters.settings import Settings, read_settings
from audit.notary import State as Signed
from audit.tree import Frontier
from states.vocabulary import State
from tests.cli.program import fine, lotse
from tests.opened import opened
from tests.system.backups import REASON, SUPERVISOR, an_office, backed_up, copied
from tests.system.needles import found_in, needles
from workflow import clerk as acts
from workflow.case import Case
from workflow.erasure import CaseErasedError, Ground
from workflow.office import Person


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """An office, and a backup of it, with cases that are closed."""
    base = tmp_path_factory.mktemp("office")
    office = an_office(base / "haus", rows=30)
    file = backed_up(office, base / "montag.backup")
    office.store.engine.dispose()
    return base / "haus", file


@pytest.fixture
def settings(house: tuple[Path, Path], tmp_path: Path) -> Settings:
    return copied(house[0], tmp_path / "haus")


@pytest.fixture
def file(house: tuple[Path, Path]) -> Path:
    return house[1]


def a_closed_case(office: Lotse) -> Case:
    with office.store.work(reading=True) as work:
        cases = [work.case(each) for each in office.store.ids(sql.ALL_CASES)]
    return next(case for case in cases if case.state == State.CLOSED)


def erased(office: Lotse, case: Case, first: Person, second: Person) -> None:
    """Erase a case as two people do."""
    clerk = keeping.clerk_of(office, first)
    keeping.act(office, lambda work: acts.request(work, clerk, case.id, Ground.FAMILY_REQUEST))
    keeping.approve(office, second, case.number, dry_run=False)
    office.countersign()


def is_gone(office: Lotse, case: Case) -> bool:
    """Whether no row, no index of duplicates and no content of the case is left, in any incarnation."""
    try:
        with office.store.work(reading=True) as work:
            work.case_numbered(case.number)
    except CaseErasedError:
        return True
    return False


def test_a_case_erased_after_the_backup_is_erased_again_by_the_restore(
    settings: Settings, file: Path
) -> None:
    """It goes before anybody sees the store; the new log says so, and by whom; everything else is back."""
    office = open_lotse(settings)
    case = a_closed_case(office)
    with office.store.work(reading=True) as work:
        family = work.family(case.id)
    erased(office, case, SUPERVISOR, office.person("vogt"))
    assert is_gone(office, case)
    office.store.engine.dispose()
    with preview(settings, file) as ahead:
        assert ahead.lacks.names == (case.number,)
    request_restore(settings, file, "fachkraft", REASON)
    done = approve_restore(settings, file, "okafor")
    assert done.erased_again.names == (case.number,)
    office = open_lotse(settings)
    assert is_gone(office, case)
    with office.store.log_reader() as reader, office.store.keys() as ring:
        told = [entry.a for entry in opened(reader, ring)]
    assert [a["action"] for a in told[:2]] == ["restored", "erased"]
    again = told[1]
    assert (again["case"], again["actor"], again["requested_by"]) == (case.id, "okafor", "fachkraft")
    office.store.engine.dispose()
    words = {word for word in (family.surname, family.phone, family.street) if len(word) > 5}
    assert words
    assert not found_in(settings.database.read_bytes(), needles(words))
    assert lotse("audit", "verify", "--decrypt", "--replay", "--dir", settings.data.parent).code == 0


def test_it_stays_erased_through_every_further_restore(settings: Settings, file: Path) -> None:
    """The list beside the keys has it once, whichever incarnation told of it."""
    office = open_lotse(settings)
    case = a_closed_case(office)
    erased(office, case, SUPERVISOR, office.person("vogt"))
    office.store.engine.dispose()
    for _ in range(2):
        request_restore(settings, file, "fachkraft", REASON)
        approve_restore(settings, file, "okafor")
        office = open_lotse(settings)
        assert is_gone(office, case)
        office.store.engine.dispose()
    listed = read_erasures(settings.erasures)
    assert listed is not None
    assert {each.target for each in listed.erased} == {case.id}
    assert lotse("audit", "verify", "--replay", "--dir", settings.data.parent).code == 0


def test_what_was_not_erased_is_not_erased_by_a_restore(settings: Settings, file: Path) -> None:
    office = open_lotse(settings)
    count = len(office.store.ids(sql.ALL_CASES))
    office.store.engine.dispose()
    request_restore(settings, file, "fachkraft", REASON)
    assert approve_restore(settings, file, "okafor").erased_again.names == ()
    office = open_lotse(settings)
    assert len(office.store.ids(sql.ALL_CASES)) == count
    office.store.engine.dispose()


def test_once_the_key_is_rotated_and_destroyed_no_older_backup_opens_any_more(
    settings: Settings, file: Path
) -> None:
    """Then an erasure is complete; a backup made since opens."""
    folder = settings.data.parent
    fine("keys", "rotate", "--as", "it", "--dir", folder)
    fine("backup", "create", folder.parent / "neu.backup", "--as", "it", "--dir", folder)
    fine("keys", "destroy", "1", "--backup", folder.parent / "neu.backup", "--as", "it", "--dir", folder)
    answer = lotse("backup", "verify", file, "--dir", folder)
    assert answer.code == 1
    assert "Version 1 des Hauptschlüssels" in answer.err
    with (
        working_place(settings.data) as place,
        pytest.raises(BackupLocked),
        opened_backup(file, open_keys(settings), place),
    ):
        pass
    fine("backup", "verify", folder.parent / "neu.backup", "--dir", folder)


def test_a_damaged_list_of_erasures_is_no_empty_one(settings: Settings, file: Path) -> None:
    office = open_lotse(settings)
    erased(office, a_closed_case(office), SUPERVISOR, office.person("vogt"))
    office.store.engine.dispose()
    settings.erasures.write_bytes(b"{}")
    answer = lotse("backup", "restore", file, "--dry-run", "--dir", settings.data.parent)
    assert answer.code == 1
    assert "Liste der Löschungen" in answer.err


def test_a_new_machine_without_the_list_says_that_it_does_not_know(
    settings: Settings, file: Path, tmp_path: Path
) -> None:
    """What the backup itself tells of erasures is known again afterwards."""
    new = read_settings(tmp_path / "neu")
    new.keys.mkdir(parents=True, mode=0o700)
    for path in settings.keys.glob("*.key"):
        (new.keys / path.name).write_bytes(path.read_bytes())
        (new.keys / path.name).chmod(0o400)
    request_restore(new, file, "fachkraft", REASON)
    answer = fine("backup", "restore", file, "--approve", "--as", "okafor", "--dir", tmp_path / "neu")
    assert "erasures.json fehlt" in answer.err
    assert read_erasures(new.erasures) is not None


@pytest.mark.parametrize("listed", [True, False])
def test_a_log_that_cannot_be_read_whole_says_that_not_every_erasure_is_known(
    settings: Settings, file: Path, *, listed: bool
) -> None:
    """What can be read of it is erased again all the same."""
    office = open_lotse(settings)
    case = a_closed_case(office)
    erased(office, case, SUPERVISOR, office.person("vogt"))
    request_restore(settings, file, "fachkraft", REASON)
    with office.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE log SET body_a = zeroblob(90) WHERE seq = 0")
    office.store.engine.dispose()
    if not listed:
        settings.erasures.unlink()
    done = approve_restore(settings, file, "okafor").erased_again
    assert (done.names, done.known) == ((case.number,), listed)
    assert lotse("audit", "verify", "--replay", "--dir", settings.data.parent).code == 0


def test_a_list_older_than_what_the_notary_signed_is_told_as_incomplete(
    settings: Settings, file: Path
) -> None:
    """The list was put back from an old copy of the keys; the running log fills it up, and without it that is said."""
    office = open_lotse(settings)
    keeping.note_erasures(office)
    old = settings.erasures.read_bytes()
    case = a_closed_case(office)
    erased(office, case, SUPERVISOR, office.person("vogt"))
    office.store.engine.dispose()
    settings.erasures.write_bytes(old)
    with preview(settings, file) as ahead:
        assert (ahead.lacks.names, ahead.lacks.known) == ((case.number,), True)
    assert settings.erasures.read_bytes() == old, "looking ahead writes nothing"
    whole = settings.database.read_bytes()
    settings.database.write_bytes(b"\xff" * 8192)
    with preview(settings, file) as ahead:
        assert (ahead.lacks.names, ahead.lacks.known) == ((), False)
    shown = lotse("backup", "restore", file, "--dry-run", "--dir", settings.data.parent)
    assert "nicht ganz bekannt (erasures.json fehlt oder ist unvollständig)" in shown.out
    settings.database.write_bytes(whole)
    request_restore(settings, file, "fachkraft", REASON)
    assert approve_restore(settings, file, "okafor").erased_again.names == (case.number,)
    office = open_lotse(settings)
    assert is_gone(office, case)
    office.store.engine.dispose()


def test_a_list_read_to_the_last_signature_is_whole_though_the_database_is_gone(
    settings: Settings, file: Path
) -> None:
    office = open_lotse(settings)
    case = a_closed_case(office)
    erased(office, case, SUPERVISOR, office.person("vogt"))
    keeping.note_erasures(office)
    office.store.engine.dispose()
    settings.database.unlink()
    with preview(settings, file) as ahead:
        assert (ahead.lacks.names, ahead.lacks.known) == ((case.number,), True)


@given(st.data())
def test_what_was_signed_is_known_exactly_where_everything_lies_within_what_was_read(
    data: st.DataObject,
) -> None:
    """Oracle: the entries themselves, as pairs of incarnation and number."""
    sizes = data.draw(st.lists(st.integers(0, 6), min_size=1, max_size=4))
    states = tuple(
        Signed(f"lotse/a/{n}", Frontier().extend([bytes([i]) * 32 for i in range(size)]))
        for n, size in enumerate(sizes, 1)
    )
    parts = data.draw(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 7)), max_size=3))
    read = {
        (n, seq)
        for number, size in parts
        for n, signed in enumerate(sizes, 1)
        for seq in range(signed)
        if n < number or (n == number and seq < size)
    }
    everything = {(n, seq) for n, signed in enumerate(sizes, 1) for seq in range(signed)}
    known = Known(states).all_of_it(*((f"lotse/a/{number}", size) for number, size in parts))
    assert known == (everything <= read)
