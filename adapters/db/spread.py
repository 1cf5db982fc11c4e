"""Many rows in one statement of PostgreSQL: each column goes as one array, in the server's own binary form.

So both sides handle one statement for a batch and not one for each row; `COPY` is refused under row-level security.
`tests/contracts/test_spread.py` holds it against one row at a time.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from itertools import chain
from struct import Struct
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Integer, LargeBinary, Table, Text, bindparam, func
from sqlalchemy.sql.selectable import TableValuedAlias

_HEAD = Struct(">iiIii").pack
"""How many dimensions, whether anything is NULL, of which type, how many, and the number of the first."""
_FOUR, _EIGHT = Struct(">i").pack, Struct(">q").pack
_BYTEA, _INT8, _TEXT = 17, 20, 25


class Packed:
    """An array as it is sent; the driver passes it on as it stands (`adapters.db.postgres`)."""

    __slots__ = ("content",)

    def __init__(self, content: bytes) -> None:
        self.content = content


class Spread:
    """The columns of rows that go together; `rows` stands in a statement for the table they make."""

    def __init__(self, columns: Mapping[str, object]) -> None:
        """`columns`: the type of each, as Core has it."""
        self._kinds = {name: _kind(kind) for name, kind in columns.items()}
        self._packs = {name: _PACKS[kind] for name, kind in self._kinds.items()}

    @classmethod
    def of(cls, table: Table) -> "Spread":
        """Whole rows of a table."""
        return cls({column.name: column.type for column in table.columns})

    @cached_property
    def rows(self) -> TableValuedAlias:
        """The table they make; built when it is first needed, as where the command line begins nobody writes."""
        arrays = (bindparam(name, type_=ARRAY(kind)) for name, kind in self._kinds.items())
        return func.unnest(*arrays).table_valued(*self._kinds).render_derived(name="given")

    def column(self, name: str) -> ColumnElement[Any]:
        """What stands in the statement where one row at a time has a parameter."""
        found: ColumnElement[Any] = self.rows.c[name]
        return found

    def packed(self, many: Sequence[Mapping[str, object]]) -> dict[str, Packed]:
        """The rows, column by column."""
        return {name: pack([values[name] for values in many]) for name, pack in self._packs.items()}


def _kind(kind: object) -> type[BigInteger] | type[LargeBinary] | type[Text]:
    if isinstance(kind, LargeBinary):
        return LargeBinary
    return BigInteger if isinstance(kind, Integer) else Text


def _bytes(values: Sequence[Any]) -> Packed:
    return _array(_BYTEA, values)


def _numbers(values: Sequence[Any]) -> Packed:
    return _array(_INT8, [None if each is None else _EIGHT(each) for each in values])


def packed(values: Sequence[str | None]) -> Packed:
    """Texts as one array."""
    return _array(_TEXT, [None if each is None else each.encode() for each in values])


_PACKS: Mapping[type, Callable[[Sequence[Any]], Packed]] = {
    LargeBinary: _bytes,
    BigInteger: _numbers,
    Text: packed,
}


def _array(kind: int, values: Sequence[bytes | None]) -> Packed:
    """Each with its length before it; what is NULL has the length -1 and nothing after it."""
    known = [b"" if each is None else each for each in values]
    lengths = [-1 if each is None else len(each) for each in values]
    framed = chain.from_iterable(zip(map(_FOUR, lengths), known, strict=True))
    return Packed(b"".join((_HEAD(1, -1 in lengths, kind, len(known), 1), *framed)))
