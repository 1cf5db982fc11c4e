"""Who may do what to the house: enter persons, turn keys, make backups. Rights beside those of the process.

Deny by default; the matrix stands a second time, literally, in `tests/cli/test_rights.py`. A fresh store has only its
first Fachkraft: until somebody else is there for it, she sets the house up.
"""

from collections.abc import Mapping
from enum import Enum

from states.vocabulary import Role
from workflow.audited import Audited
from workflow.office import Directory, Person


class Act(Enum):
    """What is done to the house; the value is its German."""

    PEOPLE = "Personen eintragen, ändern, sperren"
    SUBSTITUTION = "Eine Vertretung eintragen (auch: die abwesende Person für sich selbst)"
    PARTNERS = "Einrichtungen eintragen, Vereinbarungen festhalten, einladen"
    KEYS = "Schlüssel wechseln, hinterlegen"
    KEYS_END = "Schlüssel vernichten, zurückholen"
    BACKUP = "Sicherungen machen"


HOUSE = frozenset({Role.ADMIN, Role.SUPERVISOR})
"""Who has charge of the house."""
RIGHTS: Mapping[Act, frozenset[Role]] = {
    Act.PEOPLE: HOUSE,
    Act.SUBSTITUTION: frozenset({Role.SUPERVISOR}),
    Act.PARTNERS: frozenset({Role.NETWORK_COORDINATOR, Role.SUPERVISOR, Role.ADMIN}),
    Act.KEYS: frozenset({Role.ADMIN}),
    # One person, after a preview: a version that anything hangs on is refused, and what ends is what was erased by two.
    Act.KEYS_END: frozenset({Role.ADMIN, Role.DPO}),
    Act.BACKUP: frozenset({Role.ADMIN, Role.SUPERVISOR, Role.DPO}),
}

ON_RECORD: Mapping[Act, Audited] = {
    Act.PEOPLE: Audited.USER,
    Act.SUBSTITUTION: Audited.SUBSTITUTION,
    Act.PARTNERS: Audited.INSTITUTION,
    Act.KEYS: Audited.KEYS_ROTATED,
    Act.KEYS_END: Audited.KEY_DESTROYED,
    Act.BACKUP: Audited.BACKUP,
}
"""As what a refusal stands in the log."""


def may(person: Person, act: Act, *, own: str | None = None) -> bool:
    """Whether this person may do this: by a role, or for themselves where `own` names them and that is enough."""
    if not person.active:
        return False
    return bool(person.roles & RIGHTS[act]) or (act is Act.SUBSTITUTION and own == person.id)


def sets_up(person: Person, directory: Directory, first: str) -> bool:
    """Whether this is the Fachkraft made with the store (`first`), while nobody here has charge of the house."""
    others = any(each.active and each.roles & HOUSE for each in directory.persons.values())
    return person.active and person.id == first and not others


def who_may(act: Act) -> str:
    """The German sentence that names who may do it."""
    return f"{act.value}: Das dürfen {', '.join(sorted(role.label for role in RIGHTS[act]))}."
