"""`lotse user substitute`, `substitutions` and `substitute-end`: who stands in for whom, from when to when.

What is sensible and who may is said in `workflow.substitutions`; a chain is fine, a ring is not.
"""

from typing import Annotated

import typer

from adapters.cli import options as o
from adapters.cli.desk import Desk, opened
from adapters.cli.failures import NotFound, UsageProblem
from adapters.cli.rights import Act, entitled
from adapters.cli.screen import as_json, plain, show
from adapters.lotse import FIRST
from workflow.office import Substitution
from workflow.substitutions import end, enter, listed_for

Absent = Annotated[str, typer.Argument(metavar="ABWESEND", help="Kennung der abwesenden Person.")]
Deputy = Annotated[str, typer.Argument(metavar="VERTRETUNG", help="Kennung der Vertretung.")]


def substitute(
    absent: Absent,
    deputy: Deputy,
    first: Annotated[str, typer.Argument(metavar="VON", help="Erster Tag.")],
    last: Annotated[str, typer.Argument(metavar="BIS", help="Letzter Tag.")],
    *,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Eine Vertretung eintragen, mit erstem und letztem Tag.

    Die Vertretung sieht und bewegt in dieser Zeit die Fälle der abwesenden Person; danach endet es von selbst.
    Eintragen darf sie die Leitung, und wer abwesend ist, für sich selbst.
    """
    start, until = o.read_day_option("VON", first), o.read_day_option("BIS", last)
    if until < start:
        raise UsageProblem("Der letzte Tag liegt vor dem ersten.")
    wanted = Substitution(absent, deputy, start, until)
    with opened(folder, user) as desk:
        lotse, person = entitled(desk, Act.SUBSTITUTION, own=absent).lotse, desk.person
        _require_known(desk, absent, deputy)
        lotse.write(lambda work: enter(person, wanted, work, lotse.office, FIRST.id))
        show(f"{deputy} vertritt {absent} vom {start:%d.%m.%Y} bis {until:%d.%m.%Y}.")


def end_one(
    absent: Absent,
    deputy: Deputy,
    first: Annotated[str, typer.Argument(metavar="VON", help="Ihr erster Tag.")],
    *,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Eine Vertretung sofort beenden; ab jetzt sieht die Vertretung durch sie nichts mehr."""
    start = o.read_day_option("VON", first)
    with opened(folder, user) as desk:
        lotse, person = entitled(desk, Act.SUBSTITUTION, own=absent).lotse, desk.person
        wanted = Substitution(absent, deputy, start, start)
        lotse.write(lambda work: end(person, wanted, work, lotse.office, FIRST.id))
        show(f"Beendet: {deputy} vertritt {absent} nicht mehr.")


def show_list(*, json: o.Json = False, user: o.As = None, folder: o.Folder = None) -> None:
    """Wer wen vertritt: für Leitung und IT alle, für andere ihre eigenen."""
    with opened(folder, user) as desk:
        with desk.lotse.store.work(reading=True) as work:
            found = listed_for(desk.person, work.directory)
        if json:
            as_json(
                [
                    {
                        "absent": each.absent,
                        "deputy": each.deputy,
                        "first": each.first.isoformat(),
                        "last": each.last.isoformat(),
                    }
                    for each in found
                ]
            )
            return
        lines = [
            f"{each.deputy} vertritt {each.absent} vom {each.first:%d.%m.%Y} bis {each.last:%d.%m.%Y}."
            for each in found
        ]
        show("\n".join(lines) if lines else "Keine Vertretungen.")


def _require_known(desk: Desk, *ids: str) -> None:
    """Raise NotFound for the first that nobody is called by."""
    with desk.lotse.store.work(reading=True) as work:
        unknown = [each for each in ids if each not in work.directory.persons]
    if unknown:
        raise NotFound(f"{plain(unknown[0])[:64]} gibt es hier nicht. Nächster Schritt: lotse user list")
