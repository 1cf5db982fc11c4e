"""How a deadline was counted, in words: each day that counts, and what was left out (DOMAIN section 4, no. 6)."""

from workflow.case import Duty
from workflow.deadlines import Counting, deadline
from workflow.judge import Question

FEW = 10
"""So many days are named one by one."""


def explained(duty: Duty, question: Question) -> str:
    """How a deadline was counted; where the child's age cut it short, that is said instead."""
    calendar = question.network.calendar
    counting = Counting(duty.counted.partition(" ")[0])
    counted = deadline(duty.anchor, duty.days, counting, calendar)
    if counted.due != duty.due:
        return (
            f"gezählt ab {duty.anchor:%d.%m.%Y}, verkürzt durch die Altersgrenze oder einen früheren Kalender"
        )
    days = " · ".join(counted.explanation) if duty.days <= FEW else f"{duty.days} Tage"
    return f"ab {duty.anchor:%d.%m.%Y}, {counting.label}: {days}"
