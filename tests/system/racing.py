"""Many writers on one case: each looks at its version and writes a note on exactly that one, until there are enough.

    python -m tests.system.racing OFFICE PROCESSES THREADS VERSIONS       (OFFICE: a pickled `grounds.Office`)

Processes forked from one, each with its threads; half of the processes write through the combining writer. All wait
until all have opened the store. Prints the seconds as JSON.
"""

import json
import os
import pickle
import sys
import threading
import time
from pathlib import Path

from adapters.writer import Writer
from tests.system.forked import forked, prepare
from tests.system.grounds import Office
from tests.system.hands import Bounds, Hand, bounds_of
from tests.system.witness import Listening, Witness


def work(office: Office, bounds: Bounds, name: str, threads: int, last: int, all_there: int) -> None:
    """Write on the first case until its version is `last`; begins when the pipe `all_there` ends."""
    lotse = office.opened()
    if name.endswith(("1", "3", "5", "7")):
        lotse.writer = Writer(lotse.store.work, lotse.office)
    witness = Witness(office.history)
    witness.works()
    os.read(all_there, 1)
    hands = [Hand(lotse, witness, bounds, f"{name}.{number}") for number in range(threads)]
    running = [threading.Thread(target=_race, args=(hand, office.cases[0], last)) for hand in hands]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()


def _race(hand: Hand, case: str, last: int) -> None:
    while (version := hand.version(case)) is not None and version < last:
        hand.note_on(case, version)


def main(place: str, processes: str, threads: str, versions: str) -> None:
    """Let them race, tell."""
    office = pickle.loads(Path(place).read_bytes())  # noqa: S301 - the test's own
    prepare(office)
    first = office.opened()
    with first.store.work(reading=True) as reading:
        last = reading.case(office.cases[0]).version + int(versions)
    first.store.engine.dispose()
    waiting, go = os.pipe()
    bounds = bounds_of(office.cases)
    writers = []
    for number in range(int(processes)):
        name = f"race {number}"
        writers.append(forked(lambda: _joined(office, bounds, name, int(threads), last, waiting, go)))  # noqa: B023 - forked at once
    heard = Listening(office.history)
    while len(heard.listen().works) < len(writers):
        time.sleep(0.01)
    began = time.monotonic()
    os.close(go)
    for writer in writers:
        assert os.waitpid(writer, 0)[1] == 0
    print(json.dumps({"seconds": round(time.monotonic() - began, 1), "last": last}))


def _joined(
    office: Office, bounds: Bounds, name: str, threads: int, last: int, waiting: int, go: int
) -> None:
    os.close(go)
    work(office, bounds, name, threads, last, waiting)


if __name__ == "__main__":
    main(*sys.argv[1:])
