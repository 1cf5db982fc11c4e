"""What happened with a case: its story, who opened it, what was passed on, and which cases may be of the same family."""

from adapters.api.callers import TheCaller, TheLotse
from adapters.api.cursors import Cursor, Cursors, Limit
from adapters.api.names import in_url
from adapters.api.needs import NEAR_A_CASE, STAFF, Needs, Rooms
from adapters.api.numbers import Number
from adapters.api.opened import Opened, opened_case
from adapters.api.reading import case_meant, log_of, look_into
from adapters.api.schemas_log import (
    Accesses,
    AccessLine,
    Alike,
    DisclosureLine,
    DisclosureQuery,
    Disclosures,
    Reason,
    StoryEntry,
    StoryPage,
    Word,
    plain_words,
)
from adapters.db.timeline import Told
from adapters.millis import instant
from workflow.audited import ACTIONS, Audited, Recorded
from workflow.disclosures import Disclosure, Why, accesses, disclosures
from workflow.disclosures import Told as Category
from workflow.fields import fields_of
from workflow.log_rights import disclosures_of_case, may_review_danger

rooms = Rooms(prefix="/cases/{number}", tags=["Verlauf"])
READS = Needs(NEAR_A_CASE)
LOOKS_INTO = Needs(STAFF)
_NOW = 10**9


@rooms.get("/timeline", needs=READS, summary="Der Verlauf")
def timeline(
    number: Number,
    caller: TheCaller,
    lotse: TheLotse,
    accesses_too: bool = False,
    *,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> StoryPage:
    """Give what was done, the newest first; with `accesses_too` also who looked, and what was tried."""
    opened = opened_case(lotse, caller.person, number)
    cursors = Cursors(lotse, caller.person.id, "timeline", number, accesses_too)
    before = cursors.read(cursor)
    wanted = [
        told
        for told in reversed(opened.view.timeline)
        if (accesses_too or _is_step(told)) and (before is None or _place(told) < before)
    ]
    shown = wanted[:limit]
    return StoryPage(
        items=[_story(told, opened) for told in shown],
        next=cursors.after(_place(shown[-1])) if len(wanted) > limit else None,
    )


def _is_step(told: Told) -> bool:
    return "version" in told.a and told.a.get("outcome") == "done"


def _place(told: Told) -> tuple[int, int]:
    return (_NOW if told.incarnation is None else told.incarnation, told.seq)


def _story(told: Told, opened: Opened) -> StoryEntry:
    a, question = told.a, opened.question
    action, actor = str(a.get("action", "")), str(a.get("actor", ""))
    known, person = ACTIONS.get(action), question.directory.persons.get(actor)
    version = a.get("version")
    recipient = a.get("recipient")
    entry = Recorded(told.seq, instant(told.at_ms), dict(a), told.incarnation)
    return StoryEntry(
        seq=told.seq,
        incarnation=told.incarnation,
        at=entry.said_at,
        action=str(known) if known else in_url(action),
        label=known.label if known else question.network.profile.process.label(action),
        actor=actor,
        actor_name=person.name if person else actor,
        outcome=str(a.get("outcome", "")),
        version=version if isinstance(version, int) else None,
        recipient=str(recipient) if recipient is not None else None,
        words=_words(action, told),
    )


def _words(action: str, told: Told) -> list[Word]:
    labels = {field.name: field.label for field in fields_of(action)}
    return [
        Word(name=name, label=labels.get(name, name), values=plain_words(value))
        for name, value in (told.b or {}).items()
    ]


@rooms.get("/duplicates", needs=READS, summary="Vielleicht dieselbe Familie")
def duplicates(number: Number, caller: TheCaller, lotse: TheLotse) -> Alike:
    """Give the cases that may be of the same family, for who reads the case whole; for others none."""
    opened = opened_case(lotse, caller.person, number)
    whole = opened.sight.whole
    return Alike(numbers=lotse.duplicates_of(caller.person, opened.case.id) if whole else [])


@rooms.post("/accesses", needs=LOOKS_INTO, summary="Wer den Fall geöffnet hat")
def who_looked(number: Number, body: Reason, caller: TheCaller, lotse: TheLotse) -> Accesses:
    """Give who opened a case; for who is responsible, else for Leitung and Datenschutz with a reason."""
    case, directory = case_meant(lotse, caller.person, number, Audited.LOG)
    right = disclosures_of_case(caller.person, case, directory, lotse.moment)
    look_into(lotse, caller.person, right, Audited.LOG, body.reason, case.id)
    found = accesses(log_of(lotse).of_case(case.id), case.id)
    return Accesses(
        items=[
            AccessLine(
                at=each.at,
                action=each.entry.action,
                label=known.label if (known := ACTIONS.get(each.entry.action)) else each.entry.action,
                actor=each.actor,
                roles=sorted(person.roles) if (person := directory.persons.get(each.actor)) else [],
            )
            for each in found
        ]
    )


@rooms.post("/disclosures", needs=LOOKS_INTO, summary="Wer welche Daten bekam (Art. 15 DSGVO)")
def what_was_disclosed(
    number: Number, body: DisclosureQuery, caller: TheCaller, lotse: TheLotse
) -> Disclosures:
    """Give who got which data of a family; what names third persons or the ASD waits for a review."""
    case, directory = case_meant(lotse, caller.person, number, Audited.DISCLOSURES)
    right = disclosures_of_case(caller.person, case, directory, lotse.moment)
    look_into(lotse, caller.person, right, Audited.DISCLOSURES, body.reason, case.id, reviewed=body.reviewed)
    given = disclosures(log_of(lotse).of_case(case.id), case.id)
    decides = may_review_danger(caller.person, case, directory, lotse.moment)
    told = [
        each
        for each in given
        if not each.waits_for_review or (body.reviewed and (decides or not each.is_notice))
    ]
    return Disclosures(items=[_disclosure(each) for each in told], withheld=len(given) - len(told))


def _disclosure(each: Disclosure) -> DisclosureLine:
    to = each.recipient
    return DisclosureLine(
        at=each.at,
        to=to.id,
        role=to.role,
        institution=to.institution,
        data=list(each.data),
        data_labels=[Category(code).label if code in list(Category) else code for code in each.data],
        why=each.why,
        why_label=Why(each.why).label if each.why in list(Why) else each.why,
        legal_basis=each.legal_basis,
        channel=each.channel,
        until=each.until,
        confirmed_at=each.confirmed_at,
    )
