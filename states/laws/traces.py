"""Laws on histories: „after any of these, and without any of those since, none of these“.

A trace knows nothing of facts, only of the commands that were entered. So these laws check the facts
themselves: a fact that is set too easily, or not cleared, shows here.
"""
# ruff: noqa: E501, N817 - one trace reads like one sentence, in the table's own short words

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from states.bits import RECIPIENTS
from states.laws.evidence import is_ours
from states.laws.finding import Finding
from states.laws.words import place, step
from states.space import Move, Space
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
_OTHERS = tuple(f":{recipient}" for recipient in RECIPIENTS[1:])


def trace_findings(space: Space) -> Iterator[Finding]:
    """Check all traces at once: each configuration carries a mask of the traces still open there.

    At first configurations count as one where they differ only in what no forbidden step asks for. More is possible
    then and never less, so where no trace is broken even so, none is; else each is looked at by itself.
    """
    arms, lets, bans = (
        [_mask(space, move, part) for move in space.moves] for part in ("after", "until", "never")
    )
    if any(_broken(space, arms, lets, bans, _asked(space, bans))):
        for number, broken in enumerate(_broken(space, arms, lets, bans, -1)):
            if broken:
                yield _told(space, TRACES[(broken & -broken).bit_length() - 1], number)


def _asked(space: Space, bans: list[int]) -> int:
    """Give the state and the facts for which a forbidden step asks, but those of the recipient that is not followed."""
    bits = space.bits
    asked = 0
    for move, ban in zip(space.moves, bans, strict=True):
        if ban and move.row is not None:
            for mask, _ in bits.conditions(move.row.guard, move.recipient):
                asked |= mask
    others = sum(bit for name, bit in bits.place.items() if name.endswith(_OTHERS))
    return asked & ~others | -1 << bits.width


def _broken(space: Space, arms: list[int], lets: list[int], bans: list[int], kept: int) -> list[int]:
    """Give for each move the first traces that it breaks, where only the bits of `kept` tell configurations apart."""
    fired = [{here & kept: None for here in heres} for heres in space.fired]
    pending = _spread(space, fired, (arms, lets), kept)
    return [
        next((pending[here] & ban for here in heres if pending[here] & ban), 0) if ban else 0
        for heres, ban in zip(fired, bans, strict=True)
    ]


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


def _spread(
    space: Space, fired: list[dict[int, None]], masks: tuple[list[int], list[int]], kept: int
) -> dict[int, int]:
    """Carry the masks (what each move opens, what it ends) along every move until nothing changes."""
    pending = {here & kept: 0 for here in (space.start, *space.configurations)}
    ways: dict[int, dict[int, int]] = {here: {} for here in pending}
    for number, (heres, arm, ended) in enumerate(zip(fired, *masks, strict=True)):
        keep, add, through = space.keep[number], space.add[number], ~ended
        for here in heres if arm or number in space.changing else ():
            there = (here & keep | add) & kept
            pending[there] |= arm
            if there != here:
                ways[here][there] = ways[here].get(there, 0) | through
    queue = deque(here for here, mask in pending.items() if mask)
    waiting = set(queue)
    while queue:
        here = queue.popleft()
        waiting.remove(here)
        mask = pending[here]
        for there, through in ways[here].items():
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
