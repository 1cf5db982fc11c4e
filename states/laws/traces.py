"""Laws on histories: „after any of these, and without any of those since, none of these“.

A trace knows nothing of facts, only of the commands that were entered. So these laws check the facts
themselves: a fact that is set too easily, or not cleared, shows here.
"""
# ruff: noqa: E501, N817 - one trace reads like one sentence, in the table's own short words

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from states.laws.evidence import is_ours
from states.laws.finding import Finding
from states.laws.words import place, step
from states.space import RECIPIENTS, Move, Space
from states.vocabulary import LAPSE, PER_RECIPIENT
from states.vocabulary import Command as C

_RECEIPTS = (C.RECEIVE_SELF, C.RECEIVE_CONSENT, C.RECEIVE_UNCLEAR)
_LOOKS = (C.TRIAGE_NO, C.TRIAGE_YES, C.ASSESS_RISK_NO, C.ASSESS_RISK_YES)
_ALARMS = (C.TRIAGE_YES, C.RAISE_CONCERN, C.ASSESS_RISK_YES)
_NOTICES = (C.ESCALATE, C.ESCALATE_URGENT)
_RETURNS = (C.RETURN_CASE, C.RETURN_CASE_SUPPORT)
_NO = (C.REFUSE_CONSENT, C.WITHDRAW_CONSENT, C.WITHDRAW_REFERRAL)
_CONTACTS = (C.ATTEMPT_CONTACT, C.REACH_FAMILY)
_CHECKS = (C.CHECK_CONSENT_YES, C.CHECK_CONSENT_NO)


@dataclass(frozen=True, slots=True)
class Trace:
    """After any of `after`, and without any of `until` since, none of `never`.

    With `ours`, `never` counts only where the case is in our hands. Commands for a recipient count for one and
    the same recipient throughout.
    """

    law: str
    after: tuple[str, ...]
    until: tuple[str, ...]
    never: tuple[str, ...]
    saying: str
    ours: bool = False


TRACES = (
    Trace("C1", _NO, (C.RECORD_CONSENT,),
          (*_CONTACTS, C.QUERY_CONSENT, C.CHECK_CONSENT_YES, C.PROPOSE_HANDOVER, C.ACCEPT),
          "nach einem Nein, ohne ein neues Ja der Familie"),
    Trace("C1", (C.RECEIVE_UNCLEAR, LAPSE), (C.RECORD_CONSENT, C.RECORD_CONSENT_PARTNER),
          (*_CONTACTS, C.CHECK_CONSENT_YES), "ohne dass eine Einwilligung eingegangen ist"),
    Trace("C2", (*_RECEIPTS, *_NO, C.WITHDRAW_CONSENT_FOR, LAPSE + PER_RECIPIENT), (C.RECORD_CONSENT_FOR,), (C.PROPOSE_HANDOVER,),
          "ohne ein Ja der Familie zu genau dieser Stelle"),
    Trace("C3", (*_RECEIPTS, *_NO, *_NOTICES, C.WITHDRAW_CONSENT_FOR, C.ACCEPT, C.DECLINE, C.REVOKE),
          (C.PROPOSE_HANDOVER,), (C.ACCEPT,), "ohne dass diese Stelle gefragt wurde"),
    Trace("E1", (*_RECEIPTS, C.ASSESS_RISK_NO), _ALARMS, _NOTICES, "ohne dass jemand eine Gefährdung gesehen hat"),
    Trace("E1", (*_RECEIPTS, C.ASSESS_RISK_NO, *_RETURNS, C.CLOSE), (C.ASSESS_RISK_YES,), (C.ESCALATE,),
          "ohne frische Gefährdungseinschätzung"),
    Trace("E1", (*_RECEIPTS, C.ASSESS_RISK_NO, *_RETURNS, C.CLOSE), (C.INVOLVE_FAMILY,), (C.ESCALATE,),
          "ohne dass Eltern und Kind beteiligt sind oder der Grund genannt ist, warum nicht"),
    Trace("K1", (C.PROPOSE_HANDOVER,),
          (C.ACCEPT, C.DECLINE, C.REVOKE, C.WITHDRAW_CONSENT_FOR, *_NO, *_NOTICES), (C.CLOSE,),
          "während eine Übergabeanfrage unbeantwortet ist"),
    Trace("K1", (C.ACCEPT,), (C.END_SUPPORT, C.WITHDRAW_CONSENT_FOR, *_NO), (C.CLOSE,),
          "während eine Begleitung läuft"),
    Trace("K1", _ALARMS, (C.ASSESS_RISK_NO,), (C.CLOSE,), "während eine Gefährdung offen ist", ours=True),
    Trace("K1", (C.ESCALATE_URGENT,), (C.COMPLETE_RECORD,), (C.CLOSE,), "während die Dokumentation fehlt"),
    Trace("K3", _NOTICES, (C.CONFIRM_RECEIPT, *_RETURNS), (C.CLOSE,),
          "bevor ein Mensch beim ASD den Empfang bestätigt hat"),
    Trace("T", (*_RECEIPTS, C.REOPEN, C.RETURN_CASE), (*_LOOKS, *_NOTICES),
          (*_CONTACTS, *_CHECKS, C.PROPOSE_HANDOVER, C.ACCEPT, C.CLOSE),
          "bevor jemand auf eine Gefährdung geschaut hat"),
    Trace("T", (*_CHECKS, *_NO, C.QUERY_CONSENT, C.ATTEMPT_CONTACT), (*_LOOKS, C.REACH_FAMILY, *_NOTICES),
          (C.CLOSE,), "ohne Kontakt und ohne zweiten Blick auf eine Gefährdung", ours=True),
)  # fmt: skip
_NAMED = RECIPIENTS[0]


def trace_findings(space: Space) -> Iterator[Finding]:
    """Check all traces at once: each configuration carries a mask of the traces still open there."""
    arms, lets, bans = (
        [_mask(space, move, part) for move in space.moves] for part in ("after", "until", "never")
    )
    pending = _spread(space, arms, lets)
    for number, ban in enumerate(bans):
        if not ban:
            continue
        for here in space.fired[number]:
            broken = pending[here] & ban
            if broken:
                yield _told(space, TRACES[(broken & -broken).bit_length() - 1], number)
                break


def _mask(space: Space, move: Move, part: str) -> int:
    """Give the traces that name the move's command in this part, for the one recipient that is followed."""
    if move.recipient not in {None, _NAMED}:
        return 0
    mask = 0
    for place_of, trace in enumerate(TRACES):
        named = move.command in getattr(trace, part)
        if named and not (part == "never" and trace.ours and not is_ours(space.process, move.state)):
            mask |= 1 << place_of
    return mask


def _spread(space: Space, arms: list[int], lets: list[int]) -> dict[int, int]:
    """Carry the masks along every move until nothing changes."""
    pending = dict.fromkeys((space.start, *space.configurations), 0)
    for number, arm in enumerate(arms):
        if arm:
            for here in space.fired[number]:
                pending[space.leads(number, here)] |= arm
    ways: dict[int, list[int]] = {here: [] for here in pending}
    for number, heres in space.changing.items():
        through = ~lets[number]
        for way, there in zip(map(ways.__getitem__, heres), space.becoming[number], strict=True):
            way.append(through)
            way.append(there)
    queue = deque(here for here, mask in pending.items() if mask)
    waiting = set(queue)
    while queue:
        here = queue.popleft()
        waiting.remove(here)
        mask, following = pending[here], iter(ways[here])
        for through, there in zip(following, following, strict=True):
            new = mask & through & ~pending[there]
            if new:
                pending[there] |= new
                if there not in waiting:
                    waiting.add(there)
                    queue.append(there)
    return pending


def _told(space: Space, trace: Trace, number: int) -> Finding:
    """Find the shortest history that breaks the trace."""
    process, last = space.process, space.moves[number]
    told = (
        f"In {place(process, last.state)} ließe sich {step(process, last.command)} eintragen, {trace.saying}"
    )
    return Finding(trace.law, told, trail=shortest_history(space, trace, number), then=last.command)


def shortest_history(space: Space, trace: Trace, number: int) -> tuple[Move, ...]:
    """Give the shortest way to a configuration where the move is possible while the trace is open."""
    numbers = range(len(space.moves))
    arms, lets = (
        [
            space.moves[each].command in part and space.moves[each].recipient in {None, _NAMED}
            for each in numbers
        ]
        for part in (trace.after, trace.until)
    )
    steps: dict[int, list[int]] = {}
    for each in numbers:
        for here in space.fired[each]:
            steps.setdefault(here, []).append(each)
    start = (space.start, False)
    came: dict[tuple[int, bool], tuple[tuple[int, bool], int]] = {}
    queue = [start]
    for node in queue:
        here, pending = node
        if pending and number in steps.get(here, ()):
            break
        for each in steps.get(here, ()):
            following = (space.leads(each, here), arms[each] or (pending and not lets[each]))
            if following not in came and following != start:
                came[following] = (node, each)
                queue.append(following)
    moves: list[Move] = []
    while node != start:
        node, each = came[node]
        moves.append(space.moves[each])
    return tuple(reversed(moves))
