"""„Heute“: what is to be done, the most urgent first, by numbers and without names."""

from adapters.api.callers import TheCaller, TheLotse
from adapters.api.needs import NEAR_A_CASE, Needs, Rooms
from adapters.api.schemas_lists import WorkItem, Worklist
from adapters.scheduler.silence import silence

rooms = Rooms(prefix="/worklist", tags=["Heute"])


@rooms.get("", needs=Needs(NEAR_A_CASE), summary="„Heute“ lesen")
def worklist(caller: TheCaller, lotse: TheLotse) -> Worklist:
    """Give what is to be done today."""
    items = lotse.today(caller.person)
    return Worklist(
        day=lotse.moment.day,
        notice=silence(lotse, caller.person),
        items=[
            WorkItem(
                heading=item.heading.value,
                heading_label=item.heading.label,
                number=item.number,
                state_label=item.state,
                what=item.what,
                due=item.due,
                days=item.days,
                remark=item.remark,
                obligation=item.obligation,
                for_whom=item.for_whom,
                opening=item.opening or None,
            )
            for item in items
        ],
    )
