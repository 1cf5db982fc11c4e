"""The ASD at work: its inbox, and one notice with what was told and asked; on record before anything is opened.

Confirming, asking, telling and returning are steps of the case like any other (`Lotse.submit`).
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from adapters.lotse import Lotse
from adapters.seeing import View
from states.vocabulary import Command, Role
from workflow.access import Relation, relations
from workflow.audited import Audited, Recorded
from workflow.errors import Blocked, RefusedError, UnknownCaseError
from workflow.inbox import Notice, inbox, notice_of
from workflow.judge import DENIED
from workflow.office import Person

_TALK = (Command.ASK, Command.REPLY)


@dataclass(frozen=True, slots=True)
class Word:
    """One question of the ASD, or one answer: by whom (id), when (aware)."""

    question: bool
    by: str
    at: datetime
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Opened:
    """One notice, opened: the case as the ASD sees it, and what was asked and answered, oldest first."""

    notice: Notice
    view: View
    words: tuple[Word, ...]


def notices(lotse: Lotse, person: Person) -> tuple[Notice, ...]:
    """The inbox. Raises RefusedError, on record, for who is not the ASD."""
    if Role.ASD_WORKER not in person.roles or not person.active:
        tried = {
            "action": str(Audited.ESCALATIONS), "actor": person.id, "outcome": "refused", "reason": DENIED,
        }  # fmt: skip
        lotse.record("access", tried)
        raise RefusedError(Blocked(DENIED, "Den Eingang der Mitteilungen liest der ASD."))
    cases, directory = lotse.visible(person, Audited.ESCALATIONS)
    return inbox(person, cases, directory, lotse.moment)


def notice_opened(lotse: Lotse, person: Person, number: str) -> Opened:
    """One notice. Raises RefusedError and UnknownCaseError as any opening does, and where it is no notice to them."""
    try:
        view = lotse.view(person, number)
    except UnknownCaseError:
        lotse.asked_in_vain(person)
        raise
    question = view.question
    mine = {
        relation
        for _, relation in relations(question.person, question.case, question.directory, question.moment)
    }
    if Relation.NOTIFIED not in mine:
        raise RefusedError(Blocked(DENIED, "Dieser Fall liegt nicht als Mitteilung bei Ihnen."))
    return Opened(notice_of(question.case, question.moment), view, _words(view))


def _words(view: View) -> tuple[Word, ...]:
    found = []
    for told in view.timeline:
        action = told.a.get("action")
        if action not in _TALK or told.a.get("outcome") != "done" or told.b is None:
            continue
        text: Any = told.b.get("question" if action == Command.ASK else "answer", "")
        at = Recorded(told.seq, datetime.fromisoformat(str(told.a["at"])), told.a).said_at
        found.append(Word(action == Command.ASK, str(told.a.get("actor", "")), at, str(text)))
    return tuple(found)
