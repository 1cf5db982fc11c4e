"""Every statement of the program says whose rows it means: each table in it is bound to a tenant.

All of them are looked at, those that are made on demand included; and none is written out as text beside them.
"""

import ast
import gc
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Dialect, create_engine

import adapters
from adapters.db import log_pages as pages
from adapters.db import statements
from adapters.db import tables as t
from adapters.db.statements import Prepared

ROOT = Path(__file__).parents[2]
TABLES = {table.name for table in t.metadata.sorted_tables if "tenant" in table.columns}


DIALECTS = (
    create_engine("sqlite://").dialect,
    create_engine("postgresql+psycopg://", paramstyle="format").dialect,
)


def plain(prepared: Prepared, dialect: Dialect = DIALECTS[0]) -> str:
    """The SQL in one line, as a database has it."""
    return " ".join(prepared.form(dialect).sql.split())


WHICH_TENANTS = plain(statements.TENANT)
"""Which tenants there are: the only one that asks for all."""


def prepared() -> Iterator[str]:
    """The SQL of every statement of the program."""
    for module in pkgutil.walk_packages(adapters.__path__, "adapters."):
        if "migrations" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    on_demand = [
        pages.foreign_to(t.log, 1),
        pages.foreign_to(t.log, 2),
        pages.without_head(t.past_log),
        *(pages.content_of(past=past) for past in (False, True)),
        *(
            pages.page_of(t.log, "leaf", key="seq", past=False, first=first, ends=True)
            for first in (False, True)
        ),
    ]
    gc.unfreeze()  # what was laid aside when the tests began is looked at too
    found = [each for each in gc.get_objects() if isinstance(each, Prepared)]
    assert len(found) > 150
    assert {id(each) for each in on_demand} <= {id(each) for each in found}
    for dialect in DIALECTS:
        yield from (plain(each, dialect).replace("%s", "?") for each in found)


def lacks(text: str) -> set[str]:
    """The tables that a statement reads or writes without saying whose rows."""
    inserted = re.match(r"INSERT (?:OR \w+ )?INTO (\w+) \(([^)]*)\)", text)
    if inserted is not None:
        bound = "tenant" in inserted[2].split(", ") or inserted[1] == "tenants"
        return set() if bound else {inserted[1]}
    named = set(re.findall(r"(?:FROM|JOIN|UPDATE|,) (?:OR \w+ )?(\w+)(?: AS (\w+))?", text))
    lacking = {table for table, alias in named if table in TABLES and not _bound(alias or table, text)}
    if any(table == "tenants" for table, _ in named) and "tenants.id =" not in text and text != WHICH_TENANTS:
        lacking.add("tenants")
    return lacking


def _bound(name: str, text: str) -> bool:
    return re.search(rf"\b{name}\.tenant (?:=|<|>|IN\b)|= {name}\.tenant\b", text) is not None


def test_every_statement_says_whose_rows_it_means() -> None:
    assert {text: lacks(text) for text in prepared() if lacks(text)} == {}


@pytest.mark.parametrize(
    ("text", "lacking"),
    [
        ("SELECT cases.id FROM cases WHERE cases.number = ?", {"cases"}),
        ("DELETE FROM outbox WHERE outbox.sent_at < ?", {"outbox"}),
        ("UPDATE cases SET state=? WHERE cases.id = ?", {"cases"}),
        ("INSERT INTO cases (id, number) VALUES (?, ?)", {"cases"}),
        (
            "SELECT log.seq FROM log JOIN log_index ON log_index.seq = log.seq WHERE log.tenant = ?",
            {"log_index"},
        ),
        ("UPDATE tenants SET profile=?", {"tenants"}),
        ("SELECT cases.id FROM cases WHERE cases.tenant = ?", set()),
    ],
)
def test_a_statement_that_forgets_its_tenant_is_found(text: str, lacking: set[str]) -> None:
    assert lacks(text) == lacking


BY_FILE = {
    "adapters/backup/making.py": "the head of the log in the copy that was just made",
    "adapters/backup/swap.py": "the head of the log in the file that is to take the place of another",
    "adapters/db/postgres.py": "the head of one tenant's log, locked in the message that begins a transaction",
}
"""Who reads a whole database file, which belongs to one town; of several in one file these serve none."""


def test_no_statement_over_these_tables_is_written_out_as_text() -> None:
    """What is no `Prepared` would not be looked at; backups and the notary read the head of a file as a whole."""
    words = re.compile(rf"\b(?:FROM|JOIN|INTO|UPDATE)\s+(?:{'|'.join(sorted(TABLES))})\b")
    found = {
        str(file.relative_to(ROOT))
        for file in sorted((ROOT / "adapters").rglob("*.py"))
        if "migrations" not in file.parts
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and words.search(node.value)
    }
    assert found == set(BY_FILE)
