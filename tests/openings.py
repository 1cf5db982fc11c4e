"""People to whom a case is opened for a while, and builders for what stands open. All of them are invented."""

from datetime import timedelta

from states.vocabulary import Role
from tests.people import COLLEAGUE, SUPERVISOR
from tests.world import World
from workflow.case import Case
from workflow.office import Opening, OpeningKind, Person
from workflow.openings import LASTS, Opened, Wanted, end_opening, open_case, review_opening

DPO = Person("datenschutz", "Herr Siegel", frozenset({Role.DPO}))
COORDINATOR = Person("koordination", "Frau Netz", frozenset({Role.NETWORK_COORDINATOR}))
ADVISER = Person("ief", "Frau Rat", frozenset({Role.CHILD_PROTECTION_ADVISER}))
ADMIN = Person("it", "Herr Kabel", frozenset({Role.ADMIN}))
SECOND_SUPERVISOR = Person("leitung2", "Frau Weitblick", frozenset({Role.SUPERVISOR}))
OTHERS = (DPO, COORDINATOR, ADVISER, ADMIN, SECOND_SUPERVISOR)
HOLDERS = {
    OpeningKind.EMERGENCY: COLLEAGUE,
    OpeningKind.INSPECTION: SUPERVISOR,
    OpeningKind.SAMPLE: DPO,
    OpeningKind.CLARIFY: COORDINATOR,
    OpeningKind.ADVICE: ADVISER,
}


def stands_open(world: World, case: Case, kind: OpeningKind, person: Person | None = None) -> Opening:
    """Put an opening into the directory as if it had been taken now."""
    holder = person or HOLDERS[kind]
    opening = Opening(world.new_id(), holder.id, case.id, kind, world.now, world.now + LASTS[kind])
    world.put(opening)
    return opening


def take(
    world: World,
    case: Case | str,
    kind: OpeningKind,
    by: Person,
    whom: Person | None = None,
    reason: str = "Anruf der Mutter, die Kollegin ist nicht zu erreichen.",
    lasts: timedelta = LASTS[OpeningKind.EMERGENCY],
) -> Opened:
    """Open a case as `by`, and make it durable; a refusal is too."""
    number = case if isinstance(case, str) else case.number
    wanted = Wanted(by, number, kind, reason, whom.id if whom else None)
    return world.carry_out(lambda work: open_case(wanted, work, world.office, lasts))


def end(world: World, opening: Opening, by: Person) -> Opening:
    """End an opening as `by`."""
    return world.carry_out(lambda work: end_opening(by, opening.id, work, world.office))


def review(
    world: World, opening: Opening, by: Person, remark: str = "Mit der Kollegin besprochen."
) -> Opening:
    """Review an emergency as `by`."""
    return world.carry_out(lambda work: review_opening(by, opening.id, remark, work, world.office))
