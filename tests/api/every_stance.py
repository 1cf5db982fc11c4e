"""Everybody who may ask: each role, and each relation to a case, with a case to which they stand so.

A stance is a person together with such a case: `notified` is the ASD and a case it was told of, `asd` the ASD and a
case it was not told of. The people are invented.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from adapters.lotse import CLOCK
from states.vocabulary import Role, State
from tests.openings import ADMIN, ADVISER, COORDINATOR, DPO, SECOND_SUPERVISOR, stands_open
from tests.people import (
    ASD,
    COLLEAGUE,
    DEPUTY,
    MIDWIFE,
    NURSE,
    OTHER_PARTNER,
    PARTNER,
    PLANNER,
    SECOND_MIDWIFE,
    SUPERVISOR,
    VOLUNTEER,
    WORKER,
)
from tests.world import World
from workflow.case import Case
from workflow.office import Opening, OpeningKind, Person, Substitution
from workflow.pseudonym import pseudonym

SPARE = Person("ersatz", "Frau Ersatz", frozenset({Role.CASE_WORKER}))
"""Somebody of the house who has no case, for whatever is done to somebody."""
AWAY = Person("stellvertretung", "Herr Rolle", frozenset({Role.DEPUTY}))
"""Has the role of a deputy and stands in for nobody: being a deputy is no right, a substitution is."""


@dataclass(frozen=True, slots=True)
class Stance:
    """A person, and in which state the case is to which they stand so; `kind` is how it was opened to them."""

    person: Person
    state: str = State.IN_CONTACT
    kind: OpeningKind | None = None
    to: Person = MIDWIFE


STANCES: Mapping[str, Stance] = {
    "responsible": Stance(WORKER),
    "substitute": Stance(DEPUTY),
    "emergency": Stance(COLLEAGUE, kind=OpeningKind.EMERGENCY),
    "unassigned": Stance(WORKER, State.RECEIVED),
    "colleague": Stance(COLLEAGUE),
    "deputy": Stance(AWAY),
    "midwife": Stance(SECOND_MIDWIFE, State.HANDED_OVER),
    "midwife-asked": Stance(MIDWIFE, State.HANDOVER_PROPOSED),
    "midwife-supporting": Stance(MIDWIFE, State.HANDED_OVER),
    "nurse": Stance(NURSE, State.HANDED_OVER),
    "nurse-asked": Stance(NURSE, State.HANDOVER_PROPOSED, to=NURSE),
    "nurse-supporting": Stance(NURSE, State.HANDED_OVER, to=NURSE),
    "volunteer": Stance(VOLUNTEER, State.HANDED_OVER),
    "volunteer-asked": Stance(VOLUNTEER, State.HANDOVER_PROPOSED, to=VOLUNTEER),
    "volunteer-supporting": Stance(VOLUNTEER, State.HANDED_OVER, to=VOLUNTEER),
    "partner": Stance(OTHER_PARTNER),
    "referrer": Stance(PARTNER, State.CONSENT_PENDING),
    "asd": Stance(ASD),
    "notified": Stance(ASD, State.ESCALATED),
    "supervisor": Stance(SUPERVISOR, State.HANDED_OVER),
    "inspecting": Stance(SUPERVISOR, kind=OpeningKind.INSPECTION),
    "dpo": Stance(DPO),
    "sampling": Stance(DPO, kind=OpeningKind.SAMPLE),
    "coordinator": Stance(COORDINATOR),
    "invited": Stance(COORDINATOR, kind=OpeningKind.CLARIFY),
    "adviser": Stance(ADVISER),
    "advising": Stance(ADVISER, kind=OpeningKind.ADVICE),
    "planner": Stance(PLANNER),
    "admin": Stance(ADMIN),
    "clock": Stance(CLOCK),
}
"""By name. Leitung stands to every case in the relation of the office, so it has no stance of a stranger."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A case to which somebody stands so, by what they call it."""

    case: Case
    number: str
    opening: str | None


def moved_in(world: World) -> None:
    """Enter everybody, and let DEPUTY stand in for WORKER."""
    world.put(DPO, COORDINATOR, ADVISER, ADMIN, SECOND_SUPERVISOR, SPARE, AWAY)
    world.put(
        Substitution(WORKER.id, DEPUTY.id, world.day - timedelta(days=1), world.day + timedelta(days=30))
    )


def a_scene(world: World, stance: Stance) -> Scene:
    """A fresh case, and what is open of it."""
    unassigned = stance.state == State.RECEIVED
    case = world.a_referral(by=PARTNER) if unassigned else world.a_case_in(stance.state, to=stance.to)
    if stance.kind is None:
        return Scene(case, case.number, None)
    opening = stands_open(world, case, stance.kind, stance.person)
    advises = stance.kind is OpeningKind.ADVICE
    return Scene(case, pseudonym(opening.id) if advises else case.number, opening.id)


def somebodys(world: World, case: Case, kind: OpeningKind, holder: Person = SPARE) -> Opening:
    """An opening of this case that is not the caller's."""
    return stands_open(world, case, kind, holder)
