"""`lotse user mail`: where oneself is written to when there is news, as `PUT /session/mail` does it over HTTP.

Nobody enters an address for somebody else. That one was entered is on record, the address is not.
"""

import re
from typing import Annotated

import typer

from adapters.cli import options as o
from adapters.cli.desk import in_office, opened
from adapters.cli.failures import NotAllowed, NotFound, UsageProblem
from adapters.cli.screen import plain, show
from adapters.login.taken import TakenError
from adapters.news import ADDRESS, LONGEST_ADDRESS, address_of, notify_at
from workflow.audited import Audited


def mail(
    address: Annotated[
        str | None, typer.Argument(metavar="ADRESSE", help="Dienstliche Adresse; ohne sie: welche gilt.")
    ] = None,
    *,
    remove: Annotated[bool, typer.Option("--remove", help="Keine Post mehr.")] = False,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Sagen, wohin „Es gibt Neues“ für einen selbst geschrieben wird.

    In der Nachricht steht nie, was es Neues gibt, und nichts über eine Familie.
    """
    if address is not None and (
        remove or len(address) > LONGEST_ADDRESS or re.fullmatch(ADDRESS, address) is None
    ):
        raise UsageProblem(
            "Bitte eine Adresse angeben, zum Beispiel brandt@musterstadt.example, oder --remove."
        )
    with opened(folder, user) as desk:
        lotse, person = desk.lotse, desk.person
        if address is not None or remove:
            in_office(desk, Audited.MAIL_CHOSEN)
            with lotse.store.work(reading=True) as work:
                known = person.id in work.directory.persons
            if not known:
                raise NotFound(
                    f"{plain(person.id)} gibt es hier nicht. Nächster Schritt: --as PERSON, siehe lotse user list"
                )
            try:
                notify_at(lotse, person, address)
            except TakenError as error:
                raise NotAllowed(str(error)) from None
        show(address_of(lotse, person) or "keine Adresse: keine Post")
