"""The attacks that the log is to detect, on a real database, by somebody who repairs what can be repaired without a key.

Clause by clause of "Attacks to be detected", with where each is tried:

- any byte of any column flipped: `test_everything_altered.py`, `test_log_altered.py`, `tests/audit/test_every_byte.py`;
  repaired: here, and `tests/audit/test_attacks.py` (whatever is altered and however it is repaired)
- first, middle, last row or a range deleted; tail cut before and after signing; rows permuted and renumbered; bodies
  swapped across entries, cases and tenants; an old entry appended again; entries forged with database rights but no
  key; data key replaced: here and in `tests/audit/test_attacks.py`
- the database rolled back to an older copy: `test_audit_commands.py`, `test_backup_restore.py`, here
- clock moved by an hour or a year: `tests/audit/test_clock_moved.py`, `tests/audit/test_log.py`;
  doctor red: `tests/cli/test_doctor.py`
- many writers at once, no gap and no double: `test_many_writers.py`
- process killed at every statement between step and entry: `test_faults.py`, `test_settled.py`
- two clones of one database appending: `test_audit_commands.py`, `tests/audit/test_attacks.py`
- an erased case read from an old backup: `test_backup_erased.py`, `test_erasure_killed.py`, `tests/audit/test_erasure.py`
- malicious proofs and notes: `tests/audit/test_hostile_notes.py`, `test_proof.py`, `test_vectors.py`
- what cannot be detected: `tests/audit/test_not_detectable.py`
"""

import random
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text

from adapters.lotse import Lotse
from audit.faults import FaultClass
from tests.system.everything import a_store_of_everything, fault_in_everything, verify_everything
from tests.system.lived_in import Suspect, suspected
from tests.system.repairing import entries, repaired, without, written

DICE = random.Random(2026)  # noqa: S311 - which rows, no secret


@pytest.fixture(scope="module")
def lotse(tmp_path_factory: pytest.TempPathFactory) -> Lotse:
    return a_store_of_everything(tmp_path_factory.mktemp("attacked") / "haus")


@pytest.fixture
def suspect(lotse: Lotse) -> Iterator[Suspect]:
    with suspected(lotse) as opened:
        yield opened


def fault(suspect: Suspect) -> tuple[int | None, FaultClass]:
    found = fault_in_everything(suspect)
    assert found is not None
    return found.seq, found.fault


def size(suspect: Suspect) -> int:
    return len(entries(suspect.connection))


def test_repairing_what_is_not_broken_changes_nothing(suspect: Suspect) -> None:
    root = verify_everything(suspect).root
    repaired(suspect.connection)
    assert verify_everything(suspect).root == root


GONE: dict[str, Callable[[int], list[int]]] = {
    "first": lambda _: [0],
    "middle": lambda size: [size // 2],
    "a range": lambda size: list(range(size // 3, size // 3 + 20)),
}


@pytest.mark.parametrize("which", GONE)
def test_rows_deleted_and_the_gap_closed(suspect: Suspect, which: str) -> None:
    """Each leaf carries its number under the MAC: the first one moved is named."""
    gone = GONE[which](size(suspect))
    without(suspect.connection, gone)
    repaired(suspect.connection)
    assert fault(suspect) == (gone[0], FaultClass.MAC)


def test_rows_deleted_and_the_gap_left(suspect: Suspect) -> None:
    """Tree and head fit what is left; the number that is missing is named."""
    suspect.connection.execute(text("DELETE FROM log WHERE seq = 40"))
    suspect.connection.execute(text("DELETE FROM log_contents WHERE seq = 40"))
    suspect.connection.execute(text("DELETE FROM log_index WHERE seq = 40"))
    repaired(suspect.connection)
    assert fault(suspect) == (40, FaultClass.MISSING)


def test_the_tail_cut_after_it_was_signed(suspect: Suspect) -> None:
    """The notary's note, outside the database, is over more entries than there are."""
    last = size(suspect) - 1
    without(suspect.connection, [last])
    repaired(suspect.connection)
    assert fault(suspect) == (last, FaultClass.ROLLED_BACK)


def test_rows_permuted_and_renumbered(suspect: Suspect) -> None:
    rows = entries(suspect.connection)
    order = list(range(len(rows)))
    DICE.shuffle(order)
    written(suspect.connection, [(place, *rows[source][1:]) for place, source in enumerate(order)])
    repaired(suspect.connection)
    moved = next(place for place, source in enumerate(order) if place != source)
    seq, kind = fault(suspect)
    assert (seq, kind) == (moved, FaultClass.MAC)


def test_bodies_swapped_between_two_entries(suspect: Suspect) -> None:
    rows = entries(suspect.connection)
    rows[50], rows[60] = (*rows[50][:3], rows[60][3]), (*rows[60][:3], rows[50][3])
    written(suspect.connection, rows)
    assert fault(suspect) == (50, FaultClass.BODY_A)
    repaired(suspect.connection)
    assert fault(suspect) == (50, FaultClass.MAC)


def test_contents_swapped_between_two_cases(suspect: Suspect) -> None:
    [(first, one), (second, other)] = suspect.connection.execute(
        text("SELECT seq, body_b FROM log_contents ORDER BY seq LIMIT 2")
    ).all()
    for seq, body in ((first, other), (second, one)):
        suspect.connection.execute(
            text("UPDATE log_contents SET body_b = :body WHERE seq = :seq"), {"seq": seq, "body": body}
        )
    assert fault(suspect) == (first, FaultClass.BODY_B)
    repaired(suspect.connection)
    assert fault(suspect) == (first, FaultClass.MAC)


def test_an_old_entry_appended_again(suspect: Suspect) -> None:
    rows = entries(suspect.connection)
    written(suspect.connection, [*rows, (len(rows), *rows[5][1:])])
    assert fault(suspect) == (len(rows), FaultClass.MOVED)
    repaired(suspect.connection)
    assert fault(suspect) == (len(rows), FaultClass.MAC)


def test_an_entry_forged_with_all_rights_on_the_database(suspect: Suspect) -> None:
    """The attacker writes a leaf that fits, and whatever they like as MAC and as body."""
    rows = entries(suspect.connection)
    seq, leaf, _, body = rows[-1]
    for mac in (bytes(32), rows[-1][2], b""):
        written(suspect.connection, [*rows, (seq + 1, leaf, mac, body[::-1])])
        repaired(suspect.connection)
        assert fault(suspect) == (seq + 1, FaultClass.MAC)


@pytest.mark.parametrize(("purpose", "other"), [("mac", "import"), ("steps/2026/0", "mac")])
def test_a_data_key_replaced_by_another(suspect: Suspect, purpose: str, other: str) -> None:
    row = suspect.connection.execute(
        text("SELECT kek_version, wrapped, key_id FROM log_keys WHERE purpose = :other"), {"other": other}
    ).one()
    suspect.connection.execute(
        text("UPDATE log_keys SET kek_version = :v, wrapped = :w, key_id = :k WHERE purpose = :p"),
        {"v": row[0], "w": row[1], "k": row[2], "p": purpose},
    )
    assert fault(suspect)[1] is FaultClass.KEY


def test_the_key_of_one_case_given_to_another(suspect: Suspect) -> None:
    first, second = suspect.rowids("cases")[:2]
    suspect.write("cases", first, wrapped_key=suspect.cells("cases", second)["wrapped_key"])
    assert fault(suspect)[1] in {FaultClass.KEY, FaultClass.CASE_ALTERED}


def test_an_entry_of_an_earlier_incarnation_in_the_present_one(suspect: Suspect) -> None:
    """Same keys, same tenant; but each leaf names its log, and a MAC cannot be made for another."""
    rows = entries(suspect.connection)
    old = suspect.connection.execute(text("SELECT leaf, mac, body_a FROM past_log WHERE seq = 30")).one()
    written(suspect.connection, [*rows[:30], (30, *old), *rows[31:]])
    assert fault(suspect) == (30, FaultClass.FOREIGN)


def test_any_byte_flipped_and_all_repaired(suspect: Suspect) -> None:
    """Twenty-five bytes of leaves, MACs and bodies, drawn by lot."""
    rows = entries(suspect.connection)
    for _ in range(25):
        place, column = DICE.randrange(len(rows)), DICE.randrange(1, 4)
        value = rows[place][column]
        byte = DICE.randrange(len(value))
        wrong = value[:byte] + bytes([value[byte] ^ (1 << DICE.randrange(8))]) + value[byte + 1 :]
        row = (*rows[place][:column], wrong, *rows[place][column + 1 :])
        with suspect.attack():
            written(suspect.connection, [*rows[:place], row, *rows[place + 1 :]])
            repaired(suspect.connection)
            if entries(suspect.connection) != rows:
                seq, _ = fault(suspect)
                assert seq == place
