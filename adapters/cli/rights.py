"""The house matrix (`workflow.rights`) at the command line: whoever has no right is refused, on record."""

from adapters.cli.desk import Desk, denied, in_office
from adapters.cli.screen import notice
from adapters.lotse import FIRST, Lotse
from workflow.office import Person
from workflow.rights import ON_RECORD, Act, may, sets_up, who_may

__all__ = ["Act", "entitled", "may", "require"]


def entitled(desk: Desk, act: Act, *, own: str | None = None) -> Desk:
    """The desk of somebody who may do this; `own` is whom it is about, where that person may do it too."""
    in_office(desk, ON_RECORD[act])
    require(desk.lotse, desk.person, act, own=own)
    return desk


def require(lotse: Lotse, person: Person, act: Act, *, own: str | None = None) -> None:
    """Raise NotAllowed, on record, unless this person may do this."""
    if may(person, act, own=own):
        return
    with lotse.store.work(reading=True) as work:
        directory = work.directory
    if sets_up(person, directory, FIRST.id):
        notice(f"Noch ist hier weder Leitung noch IT eingetragen; bis dahin tut {person.id} es für sie.")
        return
    raise denied(
        lotse, person, ON_RECORD[act],
        f"{who_may(act)} Nächster Schritt: derselbe Befehl mit --as PERSON; wer das ist, sagt lotse user list.",
    )  # fmt: skip
