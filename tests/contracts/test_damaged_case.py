"""One case that somebody damaged holds up nobody else: it is left out, named, and found by the replay."""

import sqlite3
from datetime import timedelta
from pathlib import Path

from adapters.bootstrap import create_lotse
from adapters.settings import read_settings
from workflow.perform import Request


def test_a_damaged_case_stops_neither_the_day_s_list_nor_the_sweep(tmp_path: Path) -> None:
    lotse = create_lotse(read_settings(tmp_path))
    worker = lotse.person()
    long_ago = lotse.moment.at - timedelta(days=30)
    for surname in ("Muster", "Beispiel"):
        lotse.submit(Request("receive(self)", worker, details={"received": long_ago, "surname": surname}))
    database = sqlite3.connect(lotse.settings.database)
    with database:
        database.execute("UPDATE cases SET record = zeroblob(300) WHERE number LIKE '%-0001'")
    database.close()
    assert {item.number[-4:] for item in lotse.today(worker)} == {"0002"}
    assert lotse.flag_overdue() == 1
    assert len(lotse.damaged) == 1
