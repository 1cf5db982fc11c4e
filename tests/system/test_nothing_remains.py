"""After an erasure nothing of a family remains: in no file, page, journal, dump or copy whose master key is gone.

Searched are 500 planted names, telephone numbers and streets in every way they could be written, and the raw bytes of
keys and sealed contents, which are in no page any more. Both searches are shown to find what is there.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import event

from adapters.bootstrap import open_lotse
from adapters.cli.audit import write_export
from adapters.db import connect as connecting
from adapters.db.connect import connect
from adapters.db.reader import StoreReplay
from adapters.db.store import Store
from adapters.lotse import Lotse
from adapters.retention import act, approve, clerk_of
from adapters.settings import read_settings
from audit.errors import KeyDestroyed
from audit.notary_file import NotaryFile
from audit.verify import Report, verify
from tests.contracts.erasing import DPO
from tests.people import SUPERVISOR
from tests.system.needles import found_below, found_in, needles
from tests.system.planted import FAMILIES, NOW, an_office, erase_all, planted
from workflow import clerk as acts
from workflow.erasure import Ground
from workflow.errors import UnknownCaseError

KEPT = 8
"""So many families stay: their pages lie between those of the others."""
FREE = 40
"""So many free pages may be left at most by what came after the file was written anew."""
KEY_ID = 32
PIECE = 16
"""Sealed bytes are looked for in pieces of this length, so that a rest of a page is found too."""


@dataclass(frozen=True, slots=True)
class Office:
    """An office before and after: `before` is a copy of the folder, `sealed` what was sealed under the erased keys."""

    lotse: Lotse
    folder: Path
    before: Path
    journals: Path
    numbers: tuple[str, ...]
    erased: tuple[str, ...]
    sealed: frozenset[bytes]
    kept: frozenset[bytes]


def pieces(blobs: Iterator[bytes]) -> frozenset[bytes]:
    return frozenset(blob[at : at + PIECE] for blob in blobs for at in range(0, len(blob) - PIECE + 1, PIECE))


def pieces_in(content: bytes, wanted: frozenset[bytes]) -> int:
    """How many of these pieces stand in the content."""
    return len(wanted & {content[at : at + PIECE] for at in range(len(content) - PIECE + 1)})


def sealed_in(database: Path, ids: set[str]) -> Iterator[bytes]:
    """Wrapped keys (without their ids, which the leaves name for ever), dossiers, records, contents of these cases."""
    with closing(sqlite3.connect(database)) as connection:
        for case_id, wrapped, record, dossier in connection.execute(
            "SELECT id, wrapped_key, record, dossier FROM cases"
        ):
            if case_id in ids:
                yield from (wrapped[KEY_ID:], record, dossier)
        contents = "SELECT case_id, body_b FROM log_contents JOIN log_index USING (tenant, seq)"
        yield from (body for case_id, body in connection.execute(contents) if case_id in ids)
        yield from (
            sealed
            for case_id, sealed in connection.execute("SELECT case_id, sealed FROM legal_holds")
            if case_id in ids
        )


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    before, journals = (tmp_path_factory.mktemp(name) / "kopie" for name in ("before", "journals"))
    lotse = an_office(folder)
    assert lotse.settings.database.stat().st_size > 1_000_000
    journals.mkdir()
    caught = _catch_journals(lotse, journals)
    shutil.copytree(folder, before)
    numbers = {case.id: case.number for case in lotse.cases_for(lotse.person("fachkraft"))}
    last = sorted(numbers.values())[-KEPT:]
    going = {case_id for case_id, number in numbers.items() if number not in last}
    database = before / "data" / "lotse.db"
    sealed, kept = (pieces(sealed_in(database, ids)) for ids in (going, set(numbers) - going))
    erased = erase_all(lotse, KEPT)
    event.remove(lotse.store.engine, "commit", caught)
    assert set(erased) == going
    write_export(lotse, folder / "log", bodies=True)
    yield Office(
        lotse,
        folder,
        before,
        journals,
        tuple(sorted(numbers[each] for each in erased)),
        tuple(erased),
        sealed,
        kept,
    )
    lotse.store.engine.dispose()


def _catch_journals(lotse: Lotse, journals: Path) -> Callable[[object], None]:
    """Copy database and journal as they lie on the disk right before each COMMIT, as a kill there would leave them."""

    def copy(_connection: object) -> None:
        journal = lotse.settings.database.with_name("lotse.db-journal")
        if journal.exists() and journal.stat().st_size:
            place = journals / str(len(list(journals.iterdir())))
            place.mkdir()
            for path in (lotse.settings.database, journal):
                shutil.copyfile(path, place / path.name)

    event.listen(lotse.store.engine, "commit", copy)
    return copy


@pytest.fixture(scope="module")
def wanted() -> Mapping[bytes, str]:
    """What must not be found: all words of all families, erased or not."""
    words = [word for number in range(FAMILIES) for word in planted(number).all]
    named = [word for number in range(FAMILIES) for word in planted(number).all[:5]]
    assert len(set(named)) >= 500
    return needles(words)


def test_nothing_in_any_file_beside_the_keys_or_the_database(
    office: Office, wanted: Mapping[bytes, str]
) -> None:
    assert not found_below(office.folder, wanted)
    names = {path.name for path in office.folder.rglob("*")}
    assert {"lotse.db", "notary.json", "erasures.json", "checkpoint"} <= names


def test_nothing_in_the_journal_of_the_erasure_itself(office: Office, wanted: Mapping[bytes, str]) -> None:
    """Killed right before its COMMIT: database and journal; what a program finds there is the office as it was."""
    moments = sorted(office.journals.iterdir(), key=lambda path: int(path.name))
    assert len(moments) > 5
    for moment in (*moments[:2], moments[-2], moments[-1]):
        assert (moment / "lotse.db-journal").stat().st_size > 0
        assert not found_below(moment, wanted)


def test_nothing_in_a_dump(office: Office, wanted: Mapping[bytes, str]) -> None:
    for database in (office.before / "data" / "lotse.db", office.lotse.settings.database):
        with closing(sqlite3.connect(database)) as connection:
            dump = "\n".join(connection.iterdump()).encode()
        assert b"INSERT INTO" in dump
        assert not found_in(dump, wanted)


def test_the_search_finds_each_word_where_it_is_planted(
    tmp_path: Path, office: Office, wanted: Mapping[bytes, str]
) -> None:
    """Written into the middle of a copy of the very database, in each of its ways."""
    content = office.lotse.settings.database.read_bytes()[:40_000]
    by_word: dict[str, list[bytes]] = {}
    for written, word in wanted.items():
        by_word.setdefault(word, []).append(written)
    for word, ways in list(by_word.items())[:: len(by_word) // 12]:
        assert len(ways) > 5, word
        for written in ways:
            (tmp_path / "lotse.db").write_bytes(content[:20_000] + written + content[20_000:])
            assert wanted[written] in found_below(tmp_path, {written: word})["lotse.db"]
    everything = b"\0".join(wanted)
    assert found_in(everything, wanted) == set(wanted.values())


def test_keys_and_sealed_contents_are_in_no_page_any_more(office: Office) -> None:
    """Free pages and the unused ends of pages are overwritten; what was kept is still found in the same way."""
    database = office.lotse.settings.database
    was, now = (path.read_bytes() for path in (office.before / "data" / "lotse.db", database))
    assert pieces_in(was, office.sealed) == len(office.sealed) > 10_000
    assert pieces_in(now, office.sealed) == 0
    assert pieces_in(now, office.kept) == len(office.kept) > 500
    journal = database.with_name("lotse.db-journal")
    assert not journal.exists() or journal.stat().st_size == 0
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA freelist_count").fetchone()[0] < FREE


def verified(lotse: Lotse) -> Report:
    """With keys, contents, replay and what the notary signed."""
    note = NotaryFile(lotse.settings.notary).load().note
    with lotse.store.keys() as keys, lotse.store.log_reader() as reader:
        images = StoreReplay(reader, keys)
        return verify(reader, lotse.verifier, keys, notes=[note] if note else [], decrypt=True, replay=images)


def test_the_log_verifies_before_and_after_and_still_tells_who_did_what(office: Office) -> None:
    before = open_lotse(read_settings(office.before), lambda: NOW)
    assert verified(before).erased == 0
    with before.store.work(reading=True) as work:
        was = {case_id: [a for _, a in work.told(case_id)] for case_id in office.erased}
    before.store.engine.dispose()
    assert verified(office.lotse).erased >= 6 * len(office.erased)
    with office.lotse.store.work(reading=True) as work:
        for case_id in office.erased:
            told = [a for _, a in work.told(case_id)]
            assert told[: len(was[case_id])] == was[case_id]
            assert (told[-1]["action"], told[-1]["actor"]) == ("erased", SUPERVISOR.id)
        for number in office.numbers[:3]:
            with pytest.raises(UnknownCaseError, match="gelöscht"):
                work.case_numbered(number)


def test_a_copy_from_before_opens_until_its_master_key_is_destroyed(office: Office, tmp_path: Path) -> None:
    """The keys live on outside the copy; once their version is gone the copy is noise."""
    folder = Path(shutil.copytree(office.before, tmp_path / "kopie"))
    lotse = open_lotse(read_settings(folder), lambda: NOW)
    with lotse.store.work(reading=True) as work:
        assert work.family(office.erased[0]).surname.startswith("Y")
    lotse.store.provider.add_version()
    lotse.store.provider.destroy_version(1)
    lotse.store.engine.dispose()
    again = Store.open(connect(lotse.settings.database), lotse.store.provider, lambda: 0)
    for case_id in office.erased[:5]:
        with again.work(reading=True) as work, pytest.raises(KeyDestroyed):
            work.family(case_id)
    again.engine.dispose()


def test_nothing_lies_in_a_write_ahead_log(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, wanted: Mapping[bytes, str]
) -> None:
    """Where the library allows WAL: it is written back and cut after an erasure, and while it lies there it is sealed."""
    monkeypatch.setattr(connecting, "journal_mode", lambda: "wal")
    lotse = an_office(tmp_path, families=4)
    log = lotse.settings.database.with_name("lotse.db-wal")
    assert log.stat().st_size > 0
    assert not found_below(tmp_path, wanted)
    case = min(lotse.cases_for(lotse.person("fachkraft")), key=lambda case: case.number)
    with closing(sqlite3.connect(lotse.settings.database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
    sealed = pieces(sealed_in(lotse.settings.database, {case.id}))
    act(lotse, lambda work: acts.request(work, clerk_of(lotse, DPO), case.id, Ground.FAMILY_REQUEST))
    approve(lotse, SUPERVISOR, case.number, dry_run=False)
    beside = [path.read_bytes() for path in lotse.settings.database.parent.iterdir()]
    assert sealed
    assert not any(pieces_in(content, sealed) for content in beside)
    assert not found_below(tmp_path, wanted)
    lotse.store.engine.dispose()
