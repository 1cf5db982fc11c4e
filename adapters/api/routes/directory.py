"""The directory: who works here, and to whom a family can be handed over. Nothing private of anybody."""

from adapters.api.callers import TheLotse
from adapters.api.needs import STAFF, Needs, Rooms
from adapters.api.schemas_lists import People, PersonLine, RecipientLine, Recipients
from adapters.lotse import Lotse
from states.vocabulary import Role
from workflow.office import Directory

rooms = Rooms(tags=["Verzeichnis"])
READS = Needs(STAFF)


def _directory(lotse: Lotse) -> Directory:
    with lotse.store.work(reading=True) as work:
        return work.directory


@rooms.get("/persons", needs=READS, summary="Wer hier arbeitet")
def persons(lotse: TheLotse) -> People:
    """Give everybody of the house; partners' people are their institutions' affair."""
    found = sorted(_directory(lotse).persons.values(), key=lambda each: each.id)
    return People(
        items=[
            PersonLine(
                id=each.id,
                name=each.name,
                roles=sorted(role.value for role in each.roles),
                institution=each.institution,
                active=each.active,
            )
            for each in found
            if not each.roles <= {Role.CLOCK, Role.PARTNER}
        ]
    )


@rooms.get("/recipients", needs=READS, summary="An wen übergeben werden kann")
def recipients(lotse: TheLotse) -> Recipients:
    """Give everybody to whom a family can be handed over."""
    found = sorted(_directory(lotse).recipients.values(), key=lambda each: each.id)
    return Recipients(
        items=[
            RecipientLine(
                id=each.id,
                name=each.name,
                role=each.role.value,
                role_label=each.role.label,
                institution=each.institution,
                active=each.active,
                agreement_until=each.agreement_until,
            )
            for each in found
        ]
    )
