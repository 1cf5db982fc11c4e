"""Whether the second person of an erasure is a second one: another, no stand-in, and not behind a fresh account.

Pure rules. What the log says of the directory decides, so an account that one of the two has just entered for the purpose
counts for nothing, on whichever side it acts. Proven in `tests/workflow/test_second_person.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from states.vocabulary import Role
from workflow.erasure import ErasureRequest
from workflow.errors import Blocked
from workflow.office import Directory, Person

LATELY = timedelta(days=30)
FOUNDER = "fachkraft"
"""Who is there from the first day (`adapters.lotse.FIRST`), and enters everybody else in a fresh office."""


@dataclass(frozen=True, slots=True)
class Entered:
    """When (aware) and by whom somebody was last entered in the directory, or changed there."""

    at: datetime
    by: str


def not_a_second(request: ErasureRequest, person: Person, directory: Directory, day: date) -> Blocked | None:
    """Why this person is no second pair of eyes for the request, or None."""
    first = request.requested_by
    if first == person.id:
        return Blocked(
            "same_person",
            "Eine Löschung brauchen zwei Personen; diese haben Sie selbst beantragt.",
            "eine andere Person aus Leitung oder Datenschutz genehmigt",
        )
    if first in directory.represented_by(person.id, day) or person.id in directory.represented_by(first, day):
        return Blocked(
            "deputy",
            "Wer die beantragende Person vertritt oder von ihr vertreten wird, genehmigt nicht mit.",
            "eine dritte Person aus Leitung oder Datenschutz genehmigt",
        )
    known = directory.persons.get(first)
    if known is None or not known.active:
        return Blocked(
            "gone",
            "Wer die Löschung beantragt hat, ist inzwischen gesperrt.",
            "den Antrag zurückziehen und neu stellen",
        )
    return None


def entered_too_late(
    first: str,
    asked_at: datetime,
    person: Person,
    directory: Directory,
    entered: Callable[[str], Entered | None],
) -> Blocked | None:
    """Why these two are perhaps one person behind two accounts, or None.

    `first` asked at `asked_at`, `entered` is what is known of an id: both by the log's own time (aware), not by a clock
    that may have been told.

    Whoever was entered long ago is no accomplice: in a small town Leitung enters everybody. Nor is who was entered by
    the Fachkraft made with the store, who begins.
    """
    second, before = entered(person.id), entered(first)
    if second is not None and second.at > asked_at:
        return Blocked(
            "entered_since",
            "Wer genehmigt, wurde erst nach dem Antrag ins Verzeichnis eingetragen oder dort geändert.",
            "eine andere Person aus Leitung oder Datenschutz genehmigt, oder den Antrag zurückziehen und neu stellen",
        )
    founding = first == FOUNDER and not directory.persons[first].roles & {Role.ADMIN, Role.SUPERVISOR}
    through_first = second is not None and second.by == first and not founding
    through_second = before is not None and before.by == person.id
    lately = [each for each, by in ((second, through_first), (before, through_second)) if each and by]
    if any(asked_at - each.at < LATELY for each in lately):
        return Blocked(
            "entered_lately",
            f"Eine der beiden Personen hat die andere in den letzten {LATELY.days} Tagen ins Verzeichnis eingetragen "
            "oder dort geändert.",
            "jemand anderes aus Leitung oder Datenschutz genehmigt, oder jemand anderes beantragt, etwa die Fachkraft",
        )
    return None
