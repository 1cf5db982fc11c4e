"""The worklist of one Fachkraft among many, beside bare `sqlite3`, in a small and in a ten times larger office.

It may not grow with the cases of others.
"""

from pathlib import Path

from adapters.db.statements import Prepared
from adapters.db.visible import CASES_OF
from adapters.lotse import Lotse
from states.vocabulary import Role
from tests.bench import office
from tests.bench.figure import Figure, Line, Target, german
from tests.bench.scale import Scale
from tests.bench.tape import Bare, Transaction, recording
from tests.bench.timing import Contender, Timing, interleaved, repeated, tell
from workflow.office import Person

GROUP = "Arbeitsliste"
HERS = 80
OVERDUE = 100
SMALL = 10
WITHIN = Target("≤", 5, of_value=True)
"""Milliseconds in the database."""
GROWTH = Target("≤", 3)


def measure(folder: Path, scale: Scale) -> list[Line]:
    """Take the figures in both offices in turn."""
    sizes = {"small": max(scale.cases // SMALL, 2), "large": scale.cases}
    lotses = {}
    for name, size in sizes.items():
        tell(f"worklist: {size} Fälle anlegen")
        lotses[name] = _office(folder / f"worklist-{name}", size)
    tell("worklist")
    bare = Bare(lotses["large"].settings.database)
    contenders: dict[str, Contender] = {}
    for name, lotse in lotses.items():
        worker = lotse.person()
        contenders |= {
            f"ids/{name}": repeated(scale.repeats, _asking(lotse, CASES_OF, responsible=worker.id)),
            f"today/{name}": repeated(scale.repeats // 4 or 1, _looking(lotse, worker)),
        }
    large = lotses["large"]
    with recording() as tape:
        large.today(large.person())
    tape.cut()
    reading = tuple(call for call in tape.transactions[0] if not call.writes)
    contenders["bare/today"] = repeated(scale.repeats, lambda: _send(bare, reading))
    finding = CASES_OF.form(large.store.engine.dialect).sql
    hers = tuple(call for call in reading if call.sql == finding)
    contenders["bare/ids"] = repeated(scale.repeats, lambda: _send(bare, hers))
    timing = interleaved(contenders, scale.rounds)
    bare.close()
    lines = _lines(timing, sizes)
    lines.append(_flagging(large, scale))
    for lotse in lotses.values():
        office.close(lotse)
    return lines


def _lines(timing: Timing, sizes: dict[str, int]) -> list[Line]:
    among = f"{min(HERS, sizes['large'])} unter {german(sizes['large'])} Fällen"
    names = (
        ("Ihre Fälle finden", "ids", among),
        ("Die ganze Arbeitsliste, protokolliert", "today", among),
    )
    lines: list[Line] = []
    for name, key, note in names:
        who = f"{key}/large"
        value = timing.each(who) * 1e3
        target = WITHIN if key != "today" else None
        lines.append(
            Figure(
                GROUP, name, value, "ms", timing.each(f"bare/{key}") * 1e3, "sqlite3 allein, dieselben Abfragen",
                timing.costs(who, f"bare/{key}"), target, note,
            )
        )  # fmt: skip
        lines.append(
            Figure(
                GROUP, name, value, "ms", timing.each(f"{key}/small") * 1e3, f"bei {sizes['small']} Fällen",
                timing.costs(who, f"{key}/small"), GROWTH, "Wachstum",
            )
        )  # fmt: skip
    return lines


def _office(folder: Path, size: int) -> Lotse:
    """An office of `size` cases: HERS are the Fachkraft's, the others her colleagues'; some are newly overdue."""
    lotse = office.new_office(folder)
    hers, overdue = min(HERS, size // 2), min(OVERDUE, size // 4)
    others = [f"kollegin-{number}" for number in range(max(1, (size - hers) // HERS))]
    lotse.store.put(*(Person(each, each, frozenset({Role.CASE_WORKER})) for each in others))
    office.fill(lotse, hers)
    office.fill(lotse, overdue, days_ago=14, responsible=others)
    office.fill(lotse, size - hers - overdue, responsible=others)
    return lotse


def _asking(lotse: Lotse, prepared: Prepared, **values: object) -> Contender:
    def contender() -> int:
        lotse.store.ids(prepared, **values)
        return 1

    return contender


def _looking(lotse: Lotse, worker: Person) -> Contender:
    def contender() -> int:
        lotse.today(worker)
        return 1

    return contender


def _send(bare: Bare, transaction: Transaction) -> int:
    bare.send(transaction)
    return 1


def _flagging(lotse: Lotse, scale: Scale) -> Figure:
    """Flag all that is overdue, once; there is no second round of this."""
    timing = interleaved({"flag": lambda: lotse.flag_overdue() or 1}, 1)
    assert lotse.flag_overdue() == 0
    note = f"{min(OVERDUE, scale.cases // 4)} auf einmal"
    return Figure(GROUP, "Ein Überfälliges markieren", timing.each("flag") * 1e3, "ms", note=note)
