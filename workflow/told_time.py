"""When a step may be told to have happened: not in days to come, and not before the step that came before it.

What happens now is never held up by it: a withdrawal or a child in danger waits for no clock. Late paper is entered in
its order. Proven by `tests/workflow/test_told_time.py`.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from workflow.calendar import BERLIN
from workflow.case import Case
from workflow.errors import Blocked
from workflow.office import Moment

AHEAD = timedelta(days=1)
"""So far may a told time lie beyond the machine's: a day alone means its end, and clocks differ."""


def not_ahead(moment: Moment) -> Blocked | None:
    """Why this moment has not come yet, or None: it would move deadlines, and how long a case is kept."""
    if moment.at <= moment.real_at + AHEAD:
        return None
    return Blocked(
        "ahead",
        f"Der angegebene Zeitpunkt {_wall(moment.at)} liegt in der Zukunft.",
        "ohne --at eingeben, oder mit dem Zeitpunkt, zu dem es wirklich war",
    )


def in_order(before: Case, moment: Moment, known: Callable[[], bool]) -> Blocked | None:
    """Why this moment lies before the last step of the case, or None.

    What the machine's clock says is never too early, whatever was told before; the clock's own flags do not count.
    When that step was is told only to who may know of the case (`known`).
    """
    last = before.moved_at or before.opened_at
    if moment.at >= min(last, moment.real_at):
        return None
    when = f"am {_wall(last)}" if known() else "später"
    return Blocked(
        "before_last",
        f"Der letzte Schritt von {before.number} war {when}; davor lässt sich nichts mehr einfügen.",
        "ohne --at eingeben, oder mit einem späteren Zeitpunkt; späte Einträge gehen nur in ihrer Reihenfolge",
    )


def _wall(at: datetime) -> str:
    return f"{at.astimezone(BERLIN):%d.%m.%Y %H:%M}"
