"""Schedulers in processes of their own, at work on a test's store by a clock that they are told.

    python -m tests.scheduler.a_scheduler

Each line on stdin is a list in JSON. For ["start", folder, url or "-", now in ms, seed] one is forked and its process id
answered; for ["wait", id, …] their exit codes are. A scheduler sweeps and warns, round after round, until nothing is left
at that time; before that its clock goes wrong now and then, by two hours back or a day ahead. For each round it adds a
line to the file `told` in the folder with what it flagged and gave, once that is durable.
"""

import json
import os
import random
import sys
import traceback
from datetime import timedelta
from functools import partial
from pathlib import Path

from adapters.db.connect import connect
from adapters.db.postgres import connect as connect_postgres
from adapters.db.store import Store
from adapters.lotse import Lotse
from adapters.millis import instant, millis
from adapters.scheduler.forewarning import give, plan
from adapters.scheduler.heartbeat import begin, clocks_of_this_machine, end
from adapters.scheduler.sweep import sweep
from adapters.settings import Settings
from tests.audit.world import FixedKeys
from tests.world import TENANT

WRONG = (timedelta(hours=-2), timedelta(days=1), timedelta(0), timedelta(0))
"""By how much the clock is off in a round."""


def opened(folder: Path, url: str, now_ms: int) -> Lotse:
    """The store of the test, by a clock that stands still until it is set."""
    engine = connect(folder / "lotse.db") if url == "-" else connect_postgres(url)
    store = Store.open(engine, FixedKeys(), lambda: now_ms, TENANT)
    settings = Settings(
        data=folder,
        keys=folder / "keys",
        exports=folder,
        database_url=None if url == "-" else url,
        tenant=TENANT,
    )
    return Lotse(settings, store, partial(instant, now_ms), partial(instant, now_ms))


def round_of(lotse: Lotse) -> tuple[int, int]:
    """One round of both jobs, with its heartbeat; what it flagged and how many warnings it gave."""
    clocks = clocks_of_this_machine(lambda: millis(lotse.office.clock()))
    lotse.write(partial(begin, job="sweep", clocks=clocks))
    flagged = sweep(lotse).flagged
    plan(lotse)
    given = give(lotse)
    lotse.write(partial(end, job="sweep", clocks=clocks, late_ms=0, damaged=len(lotse.damaged)))
    return flagged, given


def work(where: Path, url: str, base: int, seed: str) -> None:
    """Be one scheduler, until nothing is left."""
    chance = random.Random(seed)  # noqa: S311 - which of them is wrong, and when, is no secret
    offs = [chance.choice(WRONG) // timedelta(milliseconds=1) for _ in range(chance.randrange(4))]
    for off in (*offs, 0, 0):
        lotse = opened(where, url, base + off)
        flagged, given = round_of(lotse)
        with (where / "told").open("a") as told:
            told.write(json.dumps({"flagged": flagged, "given": given, "off": off}) + "\n")
        lotse.store.engine.dispose()


def forked(where: str, url: str, base: int, seed: str) -> int:
    """Begin one in a process of its own and give its id."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work(Path(where), url, base, seed)
            code = 0
        except BaseException:  # noqa: BLE001 - a fork must not go on in its parent's place
            traceback.print_exc()
        os._exit(code)
    return child


def main() -> None:
    """Do what the lines say, until there are no more."""
    for line in sys.stdin:
        what, *told = json.loads(line)
        if what == "start":
            answer: object = forked(*told)
        else:
            answer = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in told]
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
