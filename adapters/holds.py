"""Legal holds as a person reads them: which cases nobody may erase now, since when, by whom, and why.

The reason is content of the case, in a person's words. Who reads the case whole reads it freely, Leitung and Datenschutz
with a reason of their own; each reading is on record with its case before anything is opened. `tests/cli/test_holds.py`.
"""

from adapters.lotse import DAMAGED, Lotse
from workflow.access import reads_whole
from workflow.audited import Audited
from workflow.erasure import LegalHold
from workflow.log_rights import Right, reading_of_all
from workflow.office import Person


def holds_for(lotse: Lotse, person: Person, reason: str) -> list[LegalHold]:
    """The holds that this person may read, oldest first; `reason` is why, for who reads of others' cases."""
    with lotse.store.work(reading=True) as work:
        held, directory = sorted(work.legal_holds()), work.directory
        if reading_of_all(person) is Right.NOT_AT_ALL:
            moment = lotse.moment
            held = [each for each in held if reads_whole(person, work.case(each), directory, moment)]
    for case in held:
        read = {"action": str(Audited.HOLDS), "actor": person.id, "case": case}
        lotse.record("access", read | ({"purpose": reason} if reason else {}), case)
    found = []
    with lotse.store.work(reading=True) as work:
        for case in held:
            try:
                hold = work.legal_hold(case)
            except DAMAGED:
                lotse.damaged.add(case)
                continue
            found += [hold] if hold else []
    return sorted(found, key=lambda each: each.held_at)
