"""The notary signs what continues what it signed, and once in doubt nothing more."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.checkpoint import open_checkpoint
from audit.errors import WrongKey
from audit.notary import NotaryDamaged, NotaryHalted, State, countersign
from audit.notary_file import NotaryFile, NotaryMissing
from audit.note import Verifier, sign_note
from audit.reader import StoredHead
from tests.audit.world import FixedKeys, MemoryLog, World, a_log, an_access


def signed(world: World, state: State) -> tuple[State, bytes]:
    return countersign(world.log, state, world.ring, world.provider)


def a_file(folder: Path, world: World) -> NotaryFile:
    file = NotaryFile(folder / "notar.json")
    file.create(world.origin)
    return file


def file_signs(file: NotaryFile, world: World) -> bytes:
    return file.sign(lambda: nullcontext(world.log), world.ring, world.provider)


def test_the_notary_signs_the_empty_log_and_each_state_after_it() -> None:
    world = World()
    state, note = signed(world, State(world.origin))
    assert open_checkpoint(note, world.verifier).size == 0
    for size in (1, 2, 3):
        world.record(an_access())
        state, note = signed(world, state)
        checkpoint = open_checkpoint(note, world.verifier, alone=True)
        assert (checkpoint.size, checkpoint.root) == (size, world.current.frontier.root())
    assert signed(world, state) == (state, note)
    assert world.verify(notes=[note]).size == 3


@given(st.lists(st.integers(0, 6), max_size=6))
@settings(max_examples=25, deadline=None)
def test_in_whatever_portions_it_looks_the_notary_sees_the_same_log(portions: list[int]) -> None:
    world, state = World(), State("lotse/0b5e/1")
    for portion in portions:
        world.record(*[an_access()] * portion)
        state, _ = signed(world, state)
    assert state.frontier == world.current.frontier
    assert state.last_time_ms == world.current.last_time_ms


def test_more_than_a_page_of_new_entries_is_followed() -> None:
    world = World()
    world.record(*[an_access()] * 9000)
    state, _ = signed(world, State(world.origin))
    assert state.frontier == world.current.frontier


def test_a_log_grown_long_is_read_in_short_snapshots_and_signed_once(tmp_path: Path) -> None:
    """Each snapshot is closed before the next, and between two of them the log may grow on."""
    world = World()
    world.record(*[an_access()] * 9000)
    file = a_file(tmp_path, world)
    sizes: list[int] = []

    @contextmanager
    def snapshot() -> Iterator[MemoryLog]:
        world.record(an_access())
        sizes.append(world.current.size)
        yield world.copied().log

    note = file.sign(snapshot, world.ring, world.provider)
    assert sizes == [9001, 9002, 9003]
    assert open_checkpoint(note, world.verifier).size == 9003
    assert file.load().frontier == world.current.frontier


@pytest.mark.parametrize("place", [0, 4095, 4096, 8999])
def test_what_is_wrong_in_a_long_log_halts_it_and_nothing_more_counts_as_signed(
    tmp_path: Path, place: int
) -> None:
    world = World()
    world.record(*[an_access()] * 9000)
    file = a_file(tmp_path, world)
    seq, leaf, _, body = world.log.entries[place]
    world.log.entries[place] = (seq, leaf, bytes(32), body)
    with pytest.raises(NotaryHalted, match=f"Eintrag {place}"):
        file_signs(file, world)
    state = file.load()
    assert (state.size, state.note) == (0, None)
    assert state.halted
    assert not file.checkpoint.exists()


def test_a_row_whose_number_is_a_text_halts_a_long_log_too(tmp_path: Path) -> None:
    world = World()
    world.record(*[an_access()] * 5000)
    numbered = world.log.rows

    def texts(after: int | None, count: int) -> list[Any]:
        return [(str(row[0]), *row[1:]) for row in numbered(after, count)]

    world.log.rows = texts  # type: ignore[method-assign]  # this one world lies here
    with pytest.raises(NotaryHalted, match="keine Nummer"):
        file_signs(a_file(tmp_path, world), world)


def test_the_last_note_lies_beside_the_state_for_others_to_fetch(tmp_path: Path) -> None:
    world = a_log(6)
    file = a_file(tmp_path, world)
    assert not file.checkpoint.exists()
    note = file_signs(file, world)
    assert file.checkpoint.read_bytes() == note
    assert file.checkpoint.stat().st_mode & 0o777 == 0o600
    for gone in (b"", note[:20]):
        file.checkpoint.write_bytes(gone)
        assert file_signs(file, world) == note
        assert file.checkpoint.read_bytes() == note


def test_a_note_in_the_state_that_is_not_genuine_is_not_given_out() -> None:
    world = a_log(6)
    state, note = signed(world, State(world.origin))
    world.record(an_access())
    for other in (signed(world, state)[1], note[:-3], b""):
        assert signed(a_log(6), replace(state, note=other))[1] == note


def test_another_key_does_not_go_on_where_one_has_signed() -> None:
    """Two keys under one name would be two logs; that is a new incarnation, by two people."""
    world, other = a_log(6), FixedKeys(seed=9)
    state, note = signed(world, State(world.origin))
    for entries in (0, 2):
        for _ in range(entries):
            world.record(an_access())
        with pytest.raises(NotaryHalted, match="ein anderer") as halted:
            countersign(world.log, state, world.ring, other)
        assert halted.value.state == replace(state, halted=halted.value.state.halted)
    # A witness may have signed beside the log's own key; that one still counts.
    witness = Verifier("zeuge.example", other.public_key())
    cosigned = note + sign_note("x\n", witness, other.sign).partition(b"\n\n")[2]
    assert signed(world, replace(state, note=cosigned))[0].size == state.size + 2


def test_a_size_already_signed_is_not_signed_again() -> None:
    """Keys that lie on another machine are asked once for each size, not each second."""
    world = a_log(6)
    state, note = signed(world, State(world.origin))

    def asked(message: bytes) -> bytes:
        raise AssertionError(message)

    world.provider.sign = asked  # type: ignore[method-assign]  # this one world lies here
    assert signed(world, state) == (state, note)


def test_whom_a_person_lets_go_on_signs_only_what_continues_the_log(tmp_path: Path) -> None:
    world = a_log(6)
    file = a_file(tmp_path, world)
    note = file_signs(file, world)
    honest = world.log
    world.log = a_log(4).log
    with pytest.raises(NotaryHalted):
        file_signs(file, world)
    file.resume()
    with pytest.raises(NotaryHalted, match="unterschrieben sind 6"):
        file_signs(file, world)
    world.log = honest
    assert file.resume().halted is None
    assert file_signs(file, world) == note


def test_who_halts_it_says_why_and_the_first_reason_stays(tmp_path: Path) -> None:
    world = a_log(6)
    file = a_file(tmp_path, world)
    file_signs(file, world)
    file.halt("Das Protokoll fehlt.")
    assert file.halt("Später.").halted == "Das Protokoll fehlt."
    with pytest.raises(NotaryHalted, match="Das Protokoll fehlt"):
        file_signs(file, world)


def test_what_a_killed_process_left_is_taken_away(tmp_path: Path) -> None:
    world = a_log(6)
    file = a_file(tmp_path, world)
    (tmp_path / ".notar.json-abc").write_text("halb")
    file.tidy()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["notar.json", "notar.json.lock"]


@pytest.mark.parametrize(
    "change",
    [
        {"size": 3},
        {"size": 9},
        {"origin": "lotse/9999/1"},
        {"frontier": bytes(64)},
        {"last_time_ms": 5},
        {"size": "viele"},
    ],
)
def test_a_head_that_does_not_fit_the_entries_is_not_signed(change: dict[str, Any]) -> None:
    world = a_log(6)
    state, _ = signed(world, State(world.origin))
    world.log.stored_head = replace(world.log.stored_head, **change)
    for before in (state, State(world.origin)):
        with pytest.raises(NotaryHalted) as halted:
            signed(world, before)
        assert halted.value.state == replace(before, halted=halted.value.state.halted)
        assert halted.value.state.halted


def test_a_log_without_head_or_mac_key_is_not_signed() -> None:
    world = a_log(6)
    world.log.stored_head = None
    with pytest.raises(NotaryHalted):
        signed(world, State(world.origin))
    world = a_log(6)
    del world.log.keys["mac"]
    fresh = world.ring.__class__(world.provider, world.log.keys, "0b5e")
    with pytest.raises(NotaryHalted, match="Beglaubigung"):
        countersign(world.log, State(world.origin), fresh, world.provider)
    world.log.keys["mac"] = (1, b"x" * 60, bytes(32))
    with pytest.raises(WrongKey):
        countersign(world.log, State(world.origin), fresh, world.provider)


def test_once_halted_it_never_signs_again_though_all_is_well(tmp_path: Path) -> None:
    world = a_log(6)
    file = a_file(tmp_path, world)
    file_signs(file, world)
    honest = world.log.stored_head
    world.log.stored_head = StoredHead(world.origin, 0, b"", 0)
    with pytest.raises(NotaryHalted):
        file_signs(file, world)
    world.log.stored_head = honest
    for _ in range(2):
        with pytest.raises(NotaryHalted, match="unterschrieben sind 6"):
            file_signs(NotaryFile(tmp_path / "notar.json"), world)
    assert file.load().size == 6


def test_the_state_outlives_the_process_and_is_private(tmp_path: Path) -> None:
    world = a_log(6)
    note = file_signs(a_file(tmp_path, world), world)
    again = NotaryFile(tmp_path / "notar.json")
    assert again.load().note == note
    assert file_signs(again, world) == note
    path = tmp_path / "notar.json"
    assert path.stat().st_mode & 0o077 == 0
    names = sorted(entry.name for entry in tmp_path.iterdir())
    assert names == ["checkpoint", "notar.json", "notar.json.lock"]
    content = json.loads(path.read_text())
    assert (content["size"], content["root"]) == (6, world.current.frontier.root().hex())


def test_a_missing_state_is_no_fresh_start_and_an_existing_one_is_not_begun_again(tmp_path: Path) -> None:
    """Else whoever deletes the file gets a signature over a log cut short."""
    world = a_log(6)
    file = a_file(tmp_path, world)
    with pytest.raises(FileExistsError):
        file.create(world.origin)
    (tmp_path / "notar.json").unlink()
    with pytest.raises(NotaryMissing):
        file_signs(file, world)
    assert not (tmp_path / "notar.json").exists()


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_damaged_state_is_refused_never_believed(data: st.DataObject) -> None:
    world = a_log(5)
    state, _ = signed(world, State(world.origin))
    content = state.to_json()
    assert State.from_json(content) == state
    place = data.draw(st.integers(0, len(content) - 1))
    altered = (
        content[:place] + bytes([content[place] ^ data.draw(st.integers(1, 255))]) + content[place + 1 :]
    )
    try:
        believed = State.from_json(altered)
    except NotaryDamaged:
        return
    # What still reads has another origin, time or note, but the tree is held by its own root.
    assert (believed.frontier, believed.size) == (state.frontier, 5)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"null", b'{"origin": 1}', b"\xff", b'{"frontier": [1]}']
)
def test_a_file_that_is_no_state_is_refused(content: bytes) -> None:
    with pytest.raises(NotaryDamaged):
        State.from_json(content)


def test_processes_that_sign_at_once_never_step_back(tmp_path: Path) -> None:
    """Each looks at the log under the lock, so none of them takes an older view for a roll-back."""
    world = a_log(3)
    file = a_file(tmp_path, world)
    growing = threading.Lock()

    def snapshot() -> AbstractContextManager[MemoryLog]:
        with growing:
            return nullcontext(world.copied().log)

    def sign() -> None:
        for _ in range(10):
            with growing:
                world.record(an_access())
            NotaryFile(tmp_path / "notar.json").sign(snapshot, world.ring, world.provider)

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(sign) for _ in range(4)]:
            done.result()
    assert file.load().size == 43
