"""Handovers to audit: looked for by what may be wrong with them, one as a chain with its proofs, and a „geprüft“.

Leitung reads freely, data protection with a reason; on record before the log is opened.
"""

from collections.abc import Callable
from datetime import date
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import Path

from adapters.answers import answered
from adapters.api.callers import TheCaller, TheLotse, TheWriter
from adapters.api.names import in_url
from adapters.api.needs import Needs, Rooms
from adapters.api.problems import ApiProblem, Trouble
from adapters.api.reading import look_into
from adapters.api.schemas_escalations import (
    ChainEntry,
    ChainView,
    HandoverLine,
    HandoverList,
    HandoverQuery,
    HandoverReview,
)
from adapters.api.schemas_log import Reason
from adapters.db.recorded import numbers_of
from adapters.handovers import (
    NoSuchHandover,
    of_the_house,
    proofs_of,
    remarks_of,
    reviewing,
    the_one,
)
from adapters.login.caller import Scope
from adapters.lotse import Lotse
from states.vocabulary import Role
from workflow.audited import ACTIONS, Audited, Recorded
from workflow.calendar import local_date
from workflow.handover_checks import Check, Checked, counts
from workflow.log_rights import WITH_REASON, handovers_of_all
from workflow.office import Person

rooms = Rooms(prefix="/handovers", tags=["Übergaben prüfen"])
LOOKS = Needs(WITH_REASON)
CaseId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="Kennung des Falls.")]
HandoverId = Annotated[str, Path(pattern=r"^[0-9a-zA-Z._-]{1,80}$", description="Kennung der Übergabe.")]
Numbered = Callable[[str], str | None]


@rooms.post("/search", needs=LOOKS, summary="Übergaben zum Prüfen suchen")
def search_handovers(body: HandoverQuery, caller: TheCaller, lotse: TheLotse) -> HandoverList:
    """Give the handovers of these days under one heading or all, and how many stand under each."""
    look_into(lotse, caller.person, handovers_of_all(caller.person), Audited.HANDOVERS, body.reason)
    today, number = lotse.moment.day, _numbers(lotse, caller.person)
    found = [each for each in of_the_house(lotse) if _within(each, body.since, body.until)]
    check = Check(body.check) if body.check is not None else None
    return HandoverList(
        items=[_line(each, today, number) for each in found if check is None or each.meets(check, today)],
        counts={str(name): count for name, count in counts(found, today).items()},
    )


@rooms.post(
    "/{case}/{handover}/chain",
    needs=LOOKS,
    troubles=(Trouble.NOT_FOUND,),
    summary="Eine Übergabe als Kette mit Nachweisen",
)
def show_chain(
    case: CaseId, handover: HandoverId, body: Reason, caller: TheCaller, lotse: TheLotse
) -> ChainView:
    """Give one handover with its entries, each with the proof of its place in the log."""
    right = handovers_of_all(caller.person)
    look_into(lotse, caller.person, right, Audited.HANDOVERS, body.reason, case)
    return _chain(lotse, caller.person, _the_one(lotse, case, handover))


@rooms.post(
    "/{case}/{handover}/review",
    needs=Needs(frozenset({Role.SUPERVISOR}), Scope.WRITE),
    troubles=(Trouble.NOT_FOUND, Trouble.NOT_YOURS, Trouble.STEP_NOT_POSSIBLE, Trouble.CONFLICT),
    summary="Eine Übergabe geprüft vermerken",
)
async def review_handover(
    case: CaseId,
    handover: HandoverId,
    body: HandoverReview,
    caller: TheCaller,
    lotse: TheLotse,
    writer: TheWriter,
) -> ChainView:
    """Put on record that somebody else's handover was looked into, with a remark."""
    entry = {"action": str(Audited.HANDOVERS), "actor": caller.person.id, "case": case}
    await run_sync(lotse.record, "access", entry)
    found = await run_sync(_the_one, lotse, case, handover)
    await answered(writer.run(reviewing(lotse, caller.person, found, body.remark)))
    return await run_sync(_reread, lotse, caller.person, case, handover)


def _reread(lotse: Lotse, person: Person, case: str, handover: str) -> ChainView:
    return _chain(lotse, person, _the_one(lotse, case, handover))


def _the_one(lotse: Lotse, case: str, handover: str) -> Checked:
    try:
        return the_one(lotse, case, handover)
    except NoSuchHandover:
        raise ApiProblem(Trouble.NOT_FOUND) from None


def _within(each: Checked, since: date | None, until: date | None) -> bool:
    asked = local_date(each.chain.proposal.at)
    return (since is None or since <= asked) and (until is None or asked <= until)


def _numbers(lotse: Lotse, reader: Person) -> Numbered:
    """A case's number is for who knows the office's cases."""
    return numbers_of(lotse.store) if Role.SUPERVISOR in reader.roles else lambda _case: None


def _line(each: Checked, today: date, number: Numbered) -> HandoverLine:
    chain = each.chain
    last = chain.reviews[-1] if chain.reviews else None
    return HandoverLine(
        case=chain.case,
        number=number(chain.case),
        handover=chain.id,
        recipient=chain.recipient,
        status=chain.status.value,
        status_label=chain.status.label,
        proposed_at=chain.proposal.said_at,
        due=chain.due,
        answered_at=chain.answer.said_at if chain.answer is not None else None,
        overdue=chain.overdue_on(today),
        package=list(chain.package),
        flaws=sorted(str(flaw) for flaw in each.flaws),
        flaw_labels=sorted(flaw.label for flaw in each.flaws),
        reviewed_at=last.said_at if last is not None else None,
        reviewed_by=str((last.a or {}).get("actor", "")) if last is not None else None,
    )


def _chain(lotse: Lotse, person: Person, found: Checked) -> ChainView:
    entries = found.chain.entries
    present = [entry.seq for entry in entries if entry.incarnation is None]
    proofs = {each.seq: each.proof for each in proofs_of(lotse, present)}
    remarks = remarks_of(lotse, found) if Role.SUPERVISOR in person.roles else {}
    process = lotse.office.network_now.profile.process

    def shown(entry: Recorded) -> ChainEntry:
        known = ACTIONS.get(entry.action)
        proof = proofs.get(entry.seq) if entry.incarnation is None else None
        return ChainEntry(
            seq=entry.seq,
            incarnation=entry.incarnation,
            at=entry.said_at,
            action=str(known) if known else in_url(entry.action),
            label=known.label if known else process.label(entry.action),
            actor=str((entry.a or {}).get("actor", "")),
            remark=remarks.get((entry.incarnation, entry.seq)),
            proof=proof.decode() if proof is not None else None,
        )

    line = _line(found, lotse.moment.day, _numbers(lotse, person))
    return ChainView(line=line, entries=[shown(entry) for entry in entries], vkey=lotse.verifier.vkey)
