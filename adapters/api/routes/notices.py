"""Where „Es gibt Neues“ is written to: an address that people enter, change and take away for themselves."""

from typing import Annotated

from pydantic import Field

from adapters.api.callers import TheCaller, TheLotse
from adapters.api.login import told
from adapters.api.needs import SIGNED_IN, Needs, Rooms
from adapters.api.problems import Trouble
from adapters.api.schemas import Message, shown
from adapters.login.caller import Scope
from adapters.news import ADDRESS, LONGEST_ADDRESS, address_of, notify_at

rooms = Rooms(prefix="/session/mail", tags=["Anmeldung"])
Address = Annotated[
    str,
    Field(
        max_length=LONGEST_ADDRESS,
        pattern=ADDRESS,
        description="Dienstliche Adresse.",
    ),
]


class MailChoice(Message):
    """Whether, and where, somebody wants to hear that there is news."""

    model_config = shown(address="brandt@musterstadt.example")

    address: Address | None = Field(description="Adresse für „Es gibt Neues“, oder nichts: dann keine Post.")


@rooms.get("", needs=Needs(SIGNED_IN, Scope.READ), summary="Wohin „Es gibt Neues“ geschrieben wird")
def mail_choice(caller: TheCaller, lotse: TheLotse) -> MailChoice:
    """Say where one is written to."""
    return MailChoice(address=address_of(lotse, caller.person))


@rooms.put(
    "",
    needs=Needs(SIGNED_IN, Scope.WRITE),
    troubles=(Trouble.CONFLICT,),
    summary="„Es gibt Neues“ bestellen oder abbestellen",
)
def choose_mail(body: MailChoice, caller: TheCaller, lotse: TheLotse) -> MailChoice:
    """Have it written to this address, or to none."""
    with told():
        notify_at(lotse, caller.person, body.address)
    return body
