"""One town and many on SQLite, a file for each, served by two processes, beside `sqlite3` alone with the same statements.

`sqlite3` alone goes from file to file, one step after the other, as a program without a combining writer would.
"""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import cycle, islice
from pathlib import Path

from adapters.bootstrap import open_lotse
from adapters.db.connect import journal_mode
from adapters.settings import read_settings
from adapters.writer import Writer
from states.vocabulary import Command
from tests.bench import office
from tests.bench.figure import Figure, Line, Skipped
from tests.bench.in_flight import Send
from tests.bench.many import EACH, PROCESSES, in_rotation, own_turn, turn
from tests.bench.neighbour import Neighbour
from tests.bench.places import DELAY_US, in_process, modelled_disk
from tests.bench.scale import Scale
from tests.bench.step import requests_of
from tests.bench.tape import Bare, Transaction, recording
from tests.bench.timing import Timing, in_turn, tell


def measure(folder: Path, scale: Scale) -> list[Line]:
    """Take the figures on the plain tmpfs and on the modelled disk."""
    source = folder / "files"
    lotse = office.new_office(source)
    office.fill(lotse, scale.portion * scale.rounds, office.TO_FIRST_CONTACT)
    office.close(lotse)
    found: list[Line] = []
    for delay, preload in ((0, None), (DELAY_US, modelled_disk(folder)))[: scale.disks]:
        if delay and preload is None:
            found.append(Skipped(_group(1, delay), "alles", "cc fehlt"))
            continue
        for towns in (1, scale.tenants):
            tell(f"files: {towns} Träger, {delay // 1000} ms")
            told = in_process(
                "many_files", "run", preload, source=str(source), towns=towns, portion=scale.portion, rounds=scale.rounds
            )  # fmt: skip
            found += _figures(towns, delay, Timing(told))
    return found


def _group(towns: int, delay: int) -> str:
    who = "ein Träger, ein Prozess" if towns == 1 else f"{towns} Träger zugleich, {PROCESSES} Prozesse"
    return f"SQLite, eine Datei je Träger, {who}, {delay // 1000} ms je fsync, Wanduhr"


def _figures(towns: int, delay: int, timing: Timing) -> list[Line]:
    bare = f"sqlite3 allein, dieselben Anweisungen, einzeln, {journal_mode()}"
    return [
        Figure(
            _group(towns, delay), f"Lotse.submit, {callers * towns} zugleich", timing.rate(f"{callers}"), "/s",
            timing.rate("bare"), bare, timing.share(f"{callers}", "bare"), note=f"{callers} je Träger",
        )
        for callers in EACH
    ]  # fmt: skip


def run(source: str, towns: int, portion: int, rounds: int) -> dict[str, tuple[float, ...]]:
    """Let the processes and `sqlite3` take turns; seconds per step of each contender, round by round."""
    folder = Path(tempfile.mkdtemp(dir=Path(source).parent))
    places = [folder / f"{number}" for number in range(towns)]
    for place in (*places, *(folder / f"bare{number}" for number in range(towns))):
        shutil.copytree(source, place)
    transactions = _recorded(folder, Path(source), portion * rounds)
    with ExitStack() as stack:
        processes = [
            stack.enter_context(Neighbour("many_files", "some_files", folders=mine))
            for number in range(PROCESSES)
            if (mine := [str(place) for place in places[number::PROCESSES]])
        ]
        for process in processes:
            process.answer()
        bare = [Bare(read_settings(folder / f"bare{number}").database) for number in range(towns)]
        for each in bare:
            stack.callback(each.close)
        fewer = max(1, portion // 4)
        contenders: dict[str, Callable[[], float]] = {
            "bare": partial(_sending, bare, iter(transactions), fewer),
            **{f"{callers}": partial(turn, processes, callers, portion) for callers in EACH},
        }
        return dict(in_turn(contenders, rounds).seconds)


def _recorded(folder: Path, source: Path, count: int) -> list[Transaction]:
    """So many steps in a copy of their own; each copy of the office begins alike."""
    lotse = office.copied(source, folder / "taped")
    with recording() as tape:
        for request in islice(cycle(requests_of(Command.NOTE, lotse)), count):
            lotse.submit(request)
            tape.cut()
    office.close(lotse)
    return tape.transactions


def _sending(files: Sequence[Bare], transactions: Iterator[Transaction], portion: int) -> float:
    mine = list(islice(transactions, portion))
    began = time.perf_counter()
    for transaction in mine:
        for file in files:
            file.send(transaction)
    return (time.perf_counter() - began) / (len(mine) * len(files))


@contextmanager
def some_files(folders: list[str]) -> Iterator[Callable[..., tuple[float, float, int]]]:
    """One process: these offices are open, each with its writer."""
    with ExitStack() as stack:
        sends: list[Iterator[Send]] = []
        for folder in folders:
            lotse = open_lotse(read_settings(Path(folder)))
            stack.callback(lotse.store.engine.dispose)
            writer = stack.enter_context(Writer(lotse.store.work, lotse.office))
            sends.append(cycle([partial(writer.submit, each) for each in requests_of(Command.NOTE, lotse)]))
        yield partial(own_turn, in_rotation(sends), len(folders))
