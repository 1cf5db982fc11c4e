"""What Leitung reads on her list where the scheduler is silent: one line, and none where all is well.

"Overdue" is right without it; what is missing is the mark, the mail and the warnings. Proven by
`tests/scheduler/test_silence.py`.
"""

from typing import TYPE_CHECKING

from adapters.db.sweep_statements import unflagged
from adapters.millis import millis
from adapters.scheduler.heartbeat import LATE, MINUTE, clocks_of_this_machine, heartbeats
from states.vocabulary import Role
from workflow.office import Person

if TYPE_CHECKING:
    from adapters.lotse import Lotse

_HOUR, _DAY = 60 * MINUTE, 24 * 60 * MINUTE
_NEXT = "Nächster Schritt: die IT bitten, nachzusehen (lotse doctor)."


def silence(lotse: "Lotse", person: Person) -> str:
    """The line for this person, empty where there is nothing to say: by the machine's clock, whatever time is told."""
    if Role.SUPERVISOR not in person.roles:
        return ""
    now = millis(lotse.moment.real_at)
    with lotse.store.reading() as connection:
        beat = heartbeats(connection, lotse.store.tenant).get("sweep")
        late, _ = unflagged(connection, lotse.store.tenant, now - LATE)
    told = []
    if beat is not None:
        age = beat.age(clocks_of_this_machine(lambda: now))
        if age is None or age > LATE:
            told.append("wann, ist nicht zu sagen" if age is None else f"zuletzt vor {_span(age)}")
    if not told and not late:
        return ""
    ran = f"Die Fristenuhr lief nicht mehr ({told[0]})." if told else "Die Fristenuhr kommt nicht nach."
    cases = "1 Fall ist" if late == 1 else f"{late} Fälle sind"
    missed = (
        f" {cases} überfällig und noch nicht markiert; auf den Listen stehen sie trotzdem." if late else ""
    )
    return f"{ran}{missed} {_NEXT}"


def _span(millis: int) -> str:
    for size, name in ((_DAY, "Tagen"), (_HOUR, "h"), (MINUTE, "min")):
        if millis >= 2 * size:
            return f"{millis // size} {name}"
    return f"{millis // MINUTE} min"
