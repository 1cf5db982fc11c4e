"""The sweep and the worklist in a town of many cases, on both databases: neither may grow with the cases of others.

The many are rows written straight into the table, as wide in what queries look at as real ones and with short records,
which nobody opens; the newly overdue and the Fachkraft's own are real cases.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from adapters.bootstrap import create_lotse
from adapters.db.visible import CASES_OF
from adapters.db.work import SqlWork
from adapters.lotse import Lotse
from adapters.scheduler.sweep import CLAIM, PORTION, sweep
from adapters.settings import Settings, read_settings
from tests import postgres
from tests.bench import office
from tests.bench.figure import Figure, Line, Target, german
from tests.bench.scale import Scale
from tests.bench.timing import Contender, Timing, cpu, interleaved, repeated, tell, wall

GROUP = "Fristendurchlauf und Arbeitsliste bei vielen Fällen"
HERS = 80
OVERDUE = 100
FACTOR = 100
WITHIN = Target("≤", 5, of_value=True)
"""Milliseconds."""
GROWTH = Target("≤", 3)
_DAY = 86_400_000
_MANY = """
    WITH RECURSIVE many(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < {count})
    INSERT INTO cases (tenant, id, number, state, version, responsible, partner, received_on, due_at, flag_at,
                       kek_version, wrapped_key, record, dossier)
    SELECT '{tenant}', {id}, 'X-' || n, 'in_contact', 7, 'kollegin-' || (n {modulo} {colleagues}), NULL, '2026-03-09',
           {now} + CAST({day} AS BIGINT) * (1 + n {modulo} 200), {now} + CAST({day} AS BIGINT) * (1 + n {modulo} 200),
           1, {blob}, {blob}, {blob}
    FROM many
"""


@dataclass(frozen=True, slots=True)
class Database:
    """One of the two, and by which clock it is timed: a server's work is none of this process."""

    name: str
    is_server: bool

    def settings(self, folder: Path, lent: postgres.Lent | None) -> Settings:
        """The settings of an office in it."""
        settings = read_settings(folder)
        if lent is None:
            return settings
        return Settings(
            data=settings.data, keys=settings.keys, exports=settings.exports, mode="development",
            database_url=postgres.as_application(lent.url), tenant=secrets.token_hex(16),
        )  # fmt: skip


DATABASES = (Database("SQLite", is_server=False), Database("PostgreSQL", is_server=True))


def measure(folder: Path, scale: Scale) -> list[Line]:
    """Take the figures in a small and in a hundred times larger town, in turn."""
    sizes = {"small": max(scale.cases // 10, 1), "large": max(scale.cases // 10, 1) * FACTOR}
    lines: list[Line] = []
    for database in DATABASES:
        with _towns(database, folder, sizes) as towns:
            tell(f"sweep: {database.name}")
            lines += _lines(database, _timed(database, towns, scale), sizes)
    return lines


@contextmanager
def _towns(database: Database, folder: Path, sizes: dict[str, int]) -> Iterator[dict[str, Lotse]]:
    lent = {name: postgres.Lent() if database.is_server else None for name in sizes}
    towns: dict[str, Lotse] = {}
    try:
        for name, size in sizes.items():
            tell(f"sweep: {size} Fälle in {database.name}")
            settings = database.settings(folder / f"sweep-{database.name}-{name}", lent[name])
            towns[name] = create_lotse(settings)
            _fill(towns[name], size)
        yield towns
    finally:
        for lotse in towns.values():
            office.close(lotse)
        for each in lent.values():
            if each is not None:
                each.give_back()


def _fill(lotse: Lotse, size: int) -> None:
    """So many cases, HERS of them real and the Fachkraft's."""
    hers = min(HERS, size)
    office.fill(lotse, hers)
    server = not lotse.settings.embedded
    statement = _MANY.format(
        count=max(size - hers, 1), tenant=lotse.store.tenant, now=int(lotse.moment.at.timestamp() * 1000), day=_DAY,
        colleagues=max(1, size // HERS), blob="'\\x00'::bytea" if server else "x'00'",
        modulo="%%" if server else "%", id="md5(n::text)" if server else "lower(hex(randomblob(16)))",
    )  # fmt: skip
    with lotse.store.writing() as connection:
        connection.exec_driver_sql(statement)
        connection.exec_driver_sql("ANALYZE" if not server else "SELECT 1")


def _timed(database: Database, towns: dict[str, Lotse], scale: Scale) -> Timing:
    contenders: dict[str, Contender] = {}
    portion = min(OVERDUE, scale.cases // 10)
    for name, lotse in towns.items():
        office.fill(lotse, portion * scale.rounds, days_ago=14)
        contenders |= {
            f"claim/{name}": repeated(scale.repeats, partial(_claim, lotse)),
            f"ids/{name}": repeated(scale.repeats, partial(_ids, lotse, lotse.person().id)),
        }
    clock = wall if database.is_server else cpu
    timing = interleaved(contenders, scale.rounds, clock)
    flagged: dict[str, Contender] = {
        f"flag/{name}": partial(_flag, lotse, portion) for name, lotse in towns.items()
    }
    return Timing({**timing.seconds, **interleaved(flagged, scale.rounds, clock).seconds})


def _claim(lotse: Lotse) -> int:
    """Find and lock the first portion of what is overdue; nothing is written."""
    now = int(lotse.moment.at.timestamp() * 1000)

    def job(work: SqlWork) -> None:
        CLAIM.rows(work.connection, tenant=lotse.store.tenant, now=now, after=0, after_id="", count=PORTION)

    lotse.write(job)
    return 1


def _ids(lotse: Lotse, worker: str) -> int:
    """Find the Fachkraft's own cases."""
    lotse.store.ids(CASES_OF, responsible=worker)
    return 1


def _flag(lotse: Lotse, portion: int) -> int:
    """Flag what is newly overdue: so many of them, there are more."""
    flagged = sweep(lotse, portion).flagged
    assert flagged == portion
    return flagged


def _lines(database: Database, timing: Timing, sizes: dict[str, int]) -> list[Line]:
    names = (
        ("Überfällige finden und sperren", "claim", WITHIN),
        ("Ihre Fälle finden", "ids", WITHIN),
        ("Ein Überfälliges markieren", "flag", None),
    )
    few = f"bei {german(sizes['small'])} Fällen"
    lines: list[Line] = []
    for name, key, target in names:
        large, small = f"{key}/large", f"{key}/small"
        value = timing.each(large) * 1e3
        note = f"{database.name}, {german(sizes['large'])} Fälle"
        growth = Figure(
            GROUP, name, value, "ms", timing.each(small) * 1e3, few, timing.costs(large, small), GROWTH,
            f"{database.name}, Wachstum auf {german(sizes['large'])}",
        )  # fmt: skip
        lines += [Figure(GROUP, name, value, "ms", target=target, note=note), growth]
    return lines
