"""The ASD's inbox, and one notice with what was asked and answered; steps are taken at the case itself."""

from adapters.api.callers import TheCaller, TheLotse
from adapters.api.needs import Needs, Rooms
from adapters.api.numbers import Number
from adapters.api.problems import Trouble
from adapters.api.routes.partners import word_of
from adapters.api.schemas_escalations import NoticeList, NoticeOpened, NoticeView, TalkWord
from adapters.escalations import notice_opened, notices
from states.vocabulary import Role
from workflow.inbox import Notice

rooms = Rooms(prefix="/escalations", tags=["Mitteilungen an den ASD"])
ASD = Needs(frozenset({Role.ASD_WORKER}))


@rooms.get("", needs=ASD, summary="Eingang der Mitteilungen")
def list_notices(caller: TheCaller, lotse: TheLotse) -> NoticeList:
    """Give every notice that lies with the ASD: unconfirmed first, urgent first, the oldest first."""
    return NoticeList(items=[_view(each) for each in notices(lotse, caller.person)])


@rooms.get(
    "/{number}", needs=ASD, troubles=(Trouble.NOT_FOUND, Trouble.NOT_YOURS), summary="Eine Mitteilung ansehen"
)
def open_notice(number: Number, caller: TheCaller, lotse: TheLotse) -> NoticeOpened:
    """Give one notice with questions and answers; what was told stands in the case, as the ASD may read it."""
    opened = notice_opened(lotse, caller.person, number)
    return NoticeOpened(
        notice=_view(opened.notice),
        words=[TalkWord(question=w.question, by=w.by, at=w.at, text=w.text) for w in opened.words],
    )


def _view(notice: Notice) -> NoticeView:
    return NoticeView(
        number=notice.number,
        urgent=notice.urgent,
        since=notice.since,
        told=[str(part) for part in notice.told],
        told_to=notice.told_to,
        confirmed_at=notice.confirmed_at,
        due=notice.due,
        overdue=notice.overdue,
        way=notice.way or None,
        asked_since=notice.asked_since,
        record_missing=notice.record_missing,
        report=word_of(notice.report),
    )
