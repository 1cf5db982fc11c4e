"""Changing a database by hand: any byte, number or type of any column, row by row, as who holds the file can."""

import random
from collections.abc import Iterator, Sequence

from sqlalchemy import Text, cast
from sqlalchemy.exc import IntegrityError

from audit.faults import VerificationError
from tests.system.lived_in import Suspect

DICE = random.Random(2026)  # noqa: S311 - which bytes to change, no secret
KEYS = {"cases": "id", "log_checkpoints": "size", "log_head": "tenant", "log_keys": "purpose"}
"""By what a row of a table is told from the others; elsewhere by the number of the entry."""


def altered(value: object, most: int) -> Iterator[object]:
    """The value changed in every way a byte, a number or a type can be; at most so many bytes, drawn by lot."""
    if isinstance(value, bytes):
        for place in DICE.sample(range(len(value)), min(most, len(value))):
            yield value[:place] + bytes([value[place] ^ (1 << DICE.randrange(8))]) + value[place + 1 :]
        yield from (b"", value[:-1], value + b"\0", value.decode("latin-1"), cast(value, Text), 7)
    elif isinstance(value, str):
        for place in DICE.sample(range(len(value)), min(most, len(value))):
            yield value[:place] + chr(ord(value[place]) ^ 1) + value[place + 1 :]
        yield from (
            "",
            value + " ",
            value + "\0",
            value.encode(),
            cast(value.encode() + b"\xff", Text),
            value.upper() + "X",
            7,
        )
    elif isinstance(value, int):
        yield from (value + 1, value - 1, -value - 1, -(2**63), 2**63 - 1, value + 0.5, float("-inf"))
        yield from (value ^ 1 << bit for bit in (1, 7, 31))
        yield from (f"{value}x", str(value).encode(), b"")
    else:
        yield from ("anders", 5, b"")
    yield None


def change(suspect: Suspect, table: str, rowid: int, column: str, value: object) -> bool:
    """Write it where the constraints of the table let it be; whether anything is different now."""
    before = suspect.cells(table, rowid)[column]
    try:
        suspect.write(table, rowid, **{column: value})
    except (IntegrityError, OverflowError):
        return False
    after = suspect.cells(table, rowid)[column]
    return (type(after), after) != (type(before), before)


def fault_in(suspect: Suspect, *, replay: bool = False) -> VerificationError | None:
    """What a verification says, None where it finds nothing."""
    try:
        suspect.verify(replay=replay)
    except VerificationError as fault:
        return fault
    return None


def rows_of(suspect: Suspect, table: str) -> list[int]:
    """The rows of a table in the order of its key."""
    return suspect.rowids(table, KEYS.get(table, "seq"))


def some_of(rows: Sequence[int], between: int = 3) -> list[int]:
    """All rows of a small table; of a long one the first, the last and some between."""
    if len(rows) <= between + 2:
        return list(rows)
    return [rows[0], rows[-1], *DICE.sample(rows[1:-1], between)]
