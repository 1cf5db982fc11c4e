"""What a store says in the end, without what chance decides: ids, keys, nonces and the moments of the machine.

Two runs that brought the same list in must give the same end state, however often one of them was killed.
"""

from collections import Counter
from dataclasses import dataclass, fields
from pathlib import Path

from adapters.bootstrap import open_lotse
from adapters.db import statements as sql
from adapters.db import tables as t
from adapters.db.reader import StoreReplay
from adapters.intake.held import held_rows
from adapters.lotse import Lotse
from adapters.settings import read_settings
from audit.notary_file import NotaryFile
from audit.verify import Report, verify
from workflow.case import Case, Family
from workflow.policies import facts_recorded


@dataclass(frozen=True, slots=True)
class EndState:
    """Everything that must be equal, each as a multiset."""

    cases: Counter[object]
    rows: Counter[str]
    quarantine: Counter[object]
    queries: Counter[object]
    steps: Counter[str]


def end_state(folder: Path) -> EndState:
    """Read the store below the folder."""
    lotse = open_lotse(read_settings(folder))
    try:
        with lotse.store.work(reading=True) as work:
            ids = lotse.store.ids(sql.ALL_CASES)
            cases = Counter(_case(work.case(each), work.family(each)) for each in ids)
        with lotse.store.reading() as connection:
            rows = Counter(
                str(row[0]) for row in connection.execute(t.intake_rows.select()).columns("judgement")
            )
            held = [
                bytes(row[0]) for row in connection.execute(t.intake_quarantine.select()).columns("identity")
            ]
        quarantine: Counter[object] = Counter((row.reason, row.cells) for row in held_rows(lotse.store, held))
        queries: Counter[object] = Counter(tuple(sorted(query.items())) for query in lotse.partner_queries())
        return EndState(cases, rows, quarantine, queries, _steps(lotse, ids))
    finally:
        lotse.store.engine.dispose()


def _case(case: Case, family: Family) -> object:
    duties = frozenset((duty.obligation, duty.recipient, duty.due, duty.flagged_at) for duty in case.duties)
    consents = frozenset((c.kind, c.form, c.given_on, c.evidence, c.scope) for c in case.consents)
    words = tuple(getattr(family, name.name) for name in fields(family))
    what = (case.source, case.received_on, case.child, case.district, case.responsible, case.tasks)
    return (case.number, case.state, case.version, facts_recorded(case), duties, consents, words, what)


def _steps(lotse: Lotse, ids: list[str]) -> Counter[str]:
    """How many entries of each action the log has about cases."""
    return Counter(str(told.a["action"]) for each in ids for told in lotse.store.timeline(each))


def verified(folder: Path) -> Report:
    """Verify the log below the folder with everything that can be asked: contents, replay, the notary's note."""
    lotse = open_lotse(read_settings(folder))
    try:
        note = NotaryFile(lotse.settings.notary).load().note
        with lotse.store.keys() as keys, lotse.store.log_reader() as reader:
            replay = StoreReplay(reader, keys)
            notes = [note] if note else []
            return verify(reader, lotse.verifier, keys, notes=notes, decrypt=True, replay=replay)
    finally:
        lotse.store.engine.dispose()
