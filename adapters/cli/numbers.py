"""Which case is meant: `FH-2026-0006`, `2026-6`, `0006` or `6`, as long as only one case is called so.

Looking a case up by its number opens nothing for anybody to read; who may act on it, and who may read it, is asked
afterwards. Proven by `tests/cli/test_numbers.py`.
"""

import re

from adapters.cli.desk import Desk
from adapters.cli.failures import UsageProblem
from workflow.calendar import FIRST_YEAR
from workflow.case import Case
from workflow.errors import UnknownCaseError
from workflow.judge import Question

_NUMBER = re.compile(r"(?:FH-)?(?:([0-9]{4})-)?([0-9]{1,6})", re.IGNORECASE)


def full_number(desk: Desk, text: str) -> str:
    """The whole number of the case that is meant. Raises UsageProblem where several are called so."""
    written = _NUMBER.fullmatch(text.strip())
    if written is None:
        return text.strip()
    year, place = written.groups()
    last = desk.lotse.moment.day.year
    years = [int(year)] if year else range(last, FIRST_YEAR - 1, -1)
    numbers = [f"FH-{each}-{int(place):04d}" for each in years]
    found = [number for number in numbers if _is_there(desk, number)] if len(numbers) > 1 else numbers
    if len(found) > 1:
        raise UsageProblem(f"Welcher Fall ist gemeint? Es gibt {' und '.join(sorted(found))}.")
    return (found or numbers)[0]


def _is_there(desk: Desk, number: str) -> bool:
    try:
        _looked_up(desk, number)
    except UnknownCaseError:
        return False
    return True


def _looked_up(desk: Desk, number: str) -> Case:
    with desk.lotse.store.work(reading=True) as work:
        return work.case_numbered(number)


def unopened(desk: Desk, text: str) -> Question:
    """What is needed to act on a case without reading it: who hears a withdrawal or sees a danger may act on any."""
    number = full_number(desk, text)
    with desk.lotse.store.work(reading=True) as work:
        case, directory = work.case_numbered(number), work.directory
    network = desk.lotse.office.network(case.profile, case.profile_version)
    return Question(desk.person, case, desk.lotse.moment, directory, network)
