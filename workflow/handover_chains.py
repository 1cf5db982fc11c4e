"""Each handover as a chain of entries: proposed, with which package on which consent, answered by whom, and its end.

Read off the bodies A alone, so that it can be told for ever. An entry of version 0.1 names no handover; then the step
itself says what became of it. `tests/workflow/test_handover_chains.py` holds the chains against the cases of walks.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from states.vocabulary import Command, Obligation
from workflow.audited import Audited, Recorded
from workflow.calendar import local_date
from workflow.case import HandoverStatus
from workflow.disclosures import Ground, grounds

S = HandoverStatus
_AFTER: Mapping[str, S] = {
    Command.PROPOSE_HANDOVER: S.PROPOSED,
    Command.ACCEPT: S.ACCEPTED,
    Command.DECLINE: S.DECLINED,
    Command.REVOKE: S.REVOKED,
    Command.END_SUPPORT: S.ENDED,
    Command.WITHDRAW_CONSENT_FOR: S.FALLEN,
}
_ENDS: Mapping[str, frozenset[S]] = {
    Command.WITHDRAW_CONSENT: frozenset({S.PROPOSED, S.ACCEPTED}),
    Command.REFUSE_CONSENT: frozenset({S.PROPOSED, S.ACCEPTED}),
    Command.WITHDRAW_REFERRAL: frozenset({S.PROPOSED, S.ACCEPTED}),
    Command.ESCALATE: frozenset({S.PROPOSED}),
    Command.ESCALATE_URGENT: frozenset({S.PROPOSED}),
}
"""What falls with these steps, for every recipient."""


@dataclass(frozen=True, slots=True)
class Chain:
    """One handover from its proposal to its end.

    `entries` are its own, oldest first; the first is the proposal. `package` is what was offered, then what was taken
    over. `due` is the local day until which an answer was owed; `flagged_at` when it was marked overdue. `reviews`
    are the entries by which somebody has looked into it.
    """

    case: str
    id: str
    recipient: str
    role: str
    institution: str
    status: HandoverStatus
    entries: tuple[Recorded, ...]
    package: tuple[str, ...] = ()
    consent: str = ""
    grounds: tuple[Ground, ...] = ()
    due: date | None = None
    answer: Recorded | None = None
    end: Recorded | None = None
    flagged_at: datetime | None = None
    erased_at: datetime | None = None
    reviews: tuple[Recorded, ...] = ()

    @property
    def proposal(self) -> Recorded:
        """The entry with which it began."""
        return self.entries[0]

    @property
    def is_open(self) -> bool:
        """Whether nobody has answered yet."""
        return self.status is S.PROPOSED

    @property
    def has_basis(self) -> bool:
        """Whether the log names the consent on which it rests."""
        return bool(self.consent)

    def overdue_on(self, day: date) -> bool:
        """Whether an answer is still owed after its last local day, or came after it; what ended is owed no more."""
        if self.due is None:
            return False
        over = self.answer or self.end
        last = local_date(over.said_at) if over else day
        return last > self.due


def chains(entries: Iterable[Recorded]) -> list[Chain]:
    """Every handover that was proposed in these entries, in that order; they come in the order of the log.

    Where they are only the end of a log, a handover proposed before them is none of theirs.
    """
    found: dict[tuple[str, str], Chain] = {}
    of_case: dict[str, list[tuple[str, str]]] = {}
    for entry in entries:
        case, a = entry.case, entry.a
        if case is None or a is None or not entry.done:
            continue
        keys = of_case.get(case, [])
        for told in _told(a, [found[key] for key in keys]):
            key = (case, str(told["id"]))
            chain = found.get(key)
            if chain is None and told.get("status", S.PROPOSED) != S.PROPOSED:
                continue  # of a chain that began before these entries
            if chain is None:
                of_case.setdefault(case, []).append(key)
                found[key] = _begun(case, entry, a, told)
            else:
                found[key] = _turned(chain, entry, told)
        for key in of_case.get(case, []):
            found[key] = _beside(found[key], entry, a)
    return list(found.values())


def _told(a: Mapping[str, Any], known: list[Chain]) -> list[Mapping[str, Any]]:
    """What an entry says of handovers; one of version 0.1 leaves it to the step."""
    if "handovers" in a:
        return [each for each in a["handovers"] if isinstance(each, Mapping) and "id" in each]
    action, recipient = a.get("action"), a.get("recipient")
    if action == Command.PROPOSE_HANDOVER:
        number = sum(chain.recipient == recipient for chain in known) + 1
        return [{"id": f"{recipient}/{number}", "recipient": recipient, "package": a.get("fields", ())}]
    ends = _ENDS.get(str(action))
    status = S.FALLEN if ends else _AFTER.get(str(action))
    if status is None:
        return []
    running = ends or {S.PROPOSED, S.ACCEPTED}
    return [
        {"id": chain.id, "status": str(status), "package": chain.package}
        for chain in known
        if chain.status in running and (ends or chain.recipient == recipient)
    ]


def _begun(case: str, entry: Recorded, a: Mapping[str, Any], told: Mapping[str, Any]) -> Chain:
    recipient = str(told.get("recipient", ""))
    due = next(
        (
            date.fromisoformat(duty["due"])
            for duty in a.get("opened", ())
            if (duty.get("obligation"), duty.get("recipient")) == (Obligation.ANSWER, recipient)
        ),
        None,
    )
    return Chain(
        case,
        str(told["id"]),
        recipient,
        str(a.get("recipient_role", "")),
        str(a.get("recipient_institution", "")),
        S.PROPOSED,
        (entry,),
        tuple(told.get("package", ())),
        str(told.get("consent", "")),
        _grounds(a, recipient),
        due,
    )


def _turned(chain: Chain, entry: Recorded, told: Mapping[str, Any]) -> Chain:
    status = S(told["status"])
    package = tuple(told.get("package", chain.package))
    grown = replace(chain, status=status, package=package, entries=(*chain.entries, entry))
    if chain.answer is None and status in (S.ACCEPTED, S.DECLINED):
        return replace(grown, answer=entry, grounds=_grounds(entry.a or {}, chain.recipient) or chain.grounds)
    return replace(grown, end=entry)


def _beside(chain: Chain, entry: Recorded, a: Mapping[str, Any]) -> Chain:
    """What concerns a chain without being a step of it: marked overdue, looked into, its case erased."""
    if a.get("action") == Audited.ERASED:
        return replace(chain, erased_at=entry.said_at)
    if (a.get("action"), a.get("handover")) == (Audited.HANDOVER_CHECKED, chain.id):
        return replace(chain, entries=(*chain.entries, entry), reviews=(*chain.reviews, entry))
    late = chain.is_open and chain.due is not None and local_date(entry.said_at) > chain.due
    if late and (a.get("action"), a.get("obligation")) == (Command.FLAG_OVERDUE, Obligation.ANSWER):
        grown = replace(chain, entries=(*chain.entries, entry))
        return replace(grown, flagged_at=entry.said_at) if chain.flagged_at is None else chain
    return chain


def _grounds(a: Mapping[str, Any], recipient: str) -> tuple[Ground, ...]:
    """The consents that the entry names for what this recipient was told."""
    return tuple(
        ground for told in a.get("disclosed", ()) if told.get("to") == recipient for ground in grounds(told)
    )
