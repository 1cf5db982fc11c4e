"""One of many writers: waits for a word, then writes notes on one case as fast as it can, and takes referrals in.

    python -m tests.system.one_of_many FOLDER CASE ROUNDS

Each round it reads the case's version and writes a note on exactly that version. Prints which versions it won, how often
somebody else did, and the numbers of its own referrals.
"""

import json
import sys
from pathlib import Path

from adapters.bootstrap import open_lotse
from adapters.settings import read_settings
from states.vocabulary import Command
from tests.people import WORKER
from tests.sensible import sensible
from tests.system.busy_office import NOW
from workflow.errors import ConflictError
from workflow.perform import Request


def main(folder: str, case: str, rounds: str) -> None:
    """Write."""
    lotse = open_lotse(read_settings(Path(folder)), lambda: NOW)
    print("ready", flush=True)
    sys.stdin.readline()
    won, lost, numbers = [], 0, []
    for _ in range(int(rounds)):
        with lotse.store.work(reading=True) as work:
            version = work.case(case).version
        try:
            note = Request(Command.NOTE, WORKER, case, version=version, details={"text": "Notiz"})
            won.append(lotse.submit(note).case.version)
        except ConflictError:
            lost += 1
        details = sensible(Command.RECEIVE_CONSENT, None, WORKER, NOW)
        numbers.append(lotse.submit(Request(Command.RECEIVE_CONSENT, WORKER, details=details)).case.number)
    lotse.store.engine.dispose()
    print(json.dumps({"won": won, "lost": lost, "numbers": numbers}))


if __name__ == "__main__":
    main(*sys.argv[1:])
