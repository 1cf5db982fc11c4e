"""Who may enter persons, turn keys and make backups: rights of the house, beside those of the process.

Deny by default; the matrix stands a second time, literally, in `tests/cli/test_rights.py`. A fresh store has only its
first Fachkraft: until somebody else is there for it, she sets the house up.
"""

from collections.abc import Mapping
from enum import Enum

from adapters.cli.desk import Desk, denied, in_office
from adapters.cli.screen import notice
from adapters.lotse import FIRST, Lotse
from states.vocabulary import Role
from workflow.audited import Audited
from workflow.office import Directory, Person


class Act(Enum):
    """What is done to the house; the value is its German, with its verb for `_REFUSED`."""

    PEOPLE = "Personen eintragen, ändern, sperren"
    SUBSTITUTION = "Eine Vertretung eintragen (auch: die abwesende Person für sich selbst)"
    KEYS = "Schlüssel wechseln, hinterlegen"
    KEYS_END = "Schlüssel vernichten, zurückholen"
    BACKUP = "Sicherungen machen"


_HOUSE = frozenset({Role.ADMIN, Role.SUPERVISOR})
RIGHTS: Mapping[Act, frozenset[Role]] = {
    Act.PEOPLE: _HOUSE,
    Act.SUBSTITUTION: frozenset({Role.SUPERVISOR}),
    Act.KEYS: frozenset({Role.ADMIN}),
    # One person, after a preview: a version that anything hangs on is refused, and what ends is what was erased by two.
    Act.KEYS_END: frozenset({Role.ADMIN, Role.DPO}),
    Act.BACKUP: frozenset({Role.ADMIN, Role.SUPERVISOR, Role.DPO}),
}

ON_RECORD: Mapping[Act, Audited] = {
    Act.PEOPLE: Audited.USER,
    Act.SUBSTITUTION: Audited.SUBSTITUTION,
    Act.KEYS: Audited.KEYS_ROTATED,
    Act.KEYS_END: Audited.KEY_DESTROYED,
    Act.BACKUP: Audited.BACKUP,
}
"""As what a refusal stands in the log."""


def entitled(desk: Desk, act: Act, *, own: str | None = None) -> Desk:
    """The desk of somebody who may do this; `own` is whom it is about, where that person may do it too."""
    in_office(desk, ON_RECORD[act])
    require(desk.lotse, desk.person, act, own=own)
    return desk


def require(lotse: Lotse, person: Person, act: Act, *, own: str | None = None) -> None:
    """Raise NotAllowed, on record, unless this person may do this."""
    with lotse.store.work(reading=True) as work:
        directory = work.directory
    if may(person, act) or (act is Act.SUBSTITUTION and own == person.id and person.active):
        return
    if sets_up(person, directory):
        notice(f"Noch ist hier weder Leitung noch IT eingetragen; bis dahin tut {person.id} es für sie.")
        return
    raise denied(
        lotse, person, ON_RECORD[act],
        f"{act.value}: Das dürfen {', '.join(sorted(role.label for role in RIGHTS[act]))}. Nächster Schritt: derselbe "
        "Befehl mit --as PERSON; wer das ist, sagt lotse user list.",
    )  # fmt: skip


def may(person: Person, act: Act) -> bool:
    """Whether this person may do this by a role."""
    return person.active and bool(person.roles & RIGHTS[act])


def sets_up(person: Person, directory: Directory) -> bool:
    """Whether this is the Fachkraft made with the store, while nobody who works here has charge of the house."""
    others = any(each.active and each.roles & _HOUSE for each in directory.persons.values())
    return person.active and person.id == FIRST.id and not others
