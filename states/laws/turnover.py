"""Law F5: an obligation begins with its event only, and ends by what meets it or falls away by what may end it.

What one step meets and begins anew is lawful only where the step is there for nothing else and the obligation runs
wholly within another that nothing renews: then no loop lives on it (docs/decisions/0016). That this suffices is
walked by tests/states/test_renewal.py.
"""
# ruff: noqa: N817 - the table's own short words

from collections.abc import Iterator

from states.base import FALLS_WITH, MAY_FALL_AWAY
from states.laws.finding import Finding
from states.laws.running import Running, Times
from states.laws.words import place, step
from states.process import OWN, STEP
from states.space import Move
from states.vocabulary import LAPSE
from states.vocabulary import Command as C
from states.vocabulary import Obligation as O

_MET_BY: dict[str, frozenset[str]] = {
    O.FIRST_CONTACT: frozenset({C.ATTEMPT_CONTACT, C.REACH_FAMILY}),
    O.REACH: frozenset({C.REACH_FAMILY}),
    O.CONSENT: frozenset({C.RECORD_CONSENT, C.RECORD_CONSENT_PARTNER, C.REFUSE_CONSENT}),
    O.WIND_UP: frozenset({C.CLOSE, C.RECORD_CONSENT}),
    O.CLARIFY: frozenset({C.ACCEPT, C.CLOSE}),
    O.ANSWER: frozenset({C.ACCEPT, C.DECLINE, C.REVOKE}),
    O.SUPPORT: frozenset({C.END_SUPPORT}),
    O.REVIEW: frozenset({C.REVIEW}),
    O.DANGER: frozenset({C.ASSESS_RISK_NO, C.ESCALATE, C.ESCALATE_URGENT}),
    O.RECEIPT: frozenset({C.CONFIRM_RECEIPT}),
    O.FEEDBACK: frozenset({C.RETURN_CASE, C.RETURN_CASE_SUPPORT, C.CLOSE}),
    O.QUESTION: frozenset({C.REPLY}),
    O.RECORD: frozenset({C.COMPLETE_RECORD}),
}
"""F5: what may count as done, stated apart: a closed case is not a kept first contact, a no meets nothing."""
_NEVER_MEETS = frozenset(
    {C.WITHDRAW_CONSENT, C.WITHDRAW_CONSENT_FOR, C.WITHDRAW_REFERRAL, C.FLAG_OVERDUE, LAPSE}
)
_RENEWED_BY: dict[str, frozenset[str]] = {O.REVIEW: frozenset({C.REVIEW})}
"""F5: what may begin anew by being met, and by what; beside it a profile's own obligation by its own step alone."""


def turnover_findings(times: Times) -> Iterator[Finding]:
    """Check F5 on every move, then on every event an obligation names."""
    begun: dict[str, int] = {}
    met: dict[str, int] = {}
    for move in times.space.moves:
        begins, meets, ends = _masks(times, move)
        # What meets something is looked at also where it changes nothing.
        for before, after in times.pairs(move) if meets or times.asks(move) else ():
            anew = before & after & meets & begins
            new, gone = after & ~before, before & ~after
            begun[move.command] = begun.get(move.command, 0) | new | anew
            met[move.command] = met.get(move.command, 0) | gone | anew
            fault = (new & ~begins) | (gone & ~ends) | (before & after & meets & ~begins)
            if fault:
                yield _mistimed(times, move, fault, (before, after))
                return
    yield from _idle(times, begun, met)
    yield from _counting(times)
    yield from _begun_anew(times)


def _masks(times: Times, move: Move) -> tuple[int, int, int]:
    """Give what the move may begin, what it meets, and what may end with it."""
    begins = meets = falls = 0
    for one in times.obligations:
        if one.concerns(move):
            begins |= one.bit if move.command in one.spec.begun_by else 0
            meets |= one.bit if move.command in one.spec.met_by else 0
        falls |= one.bit if _may_fall(one, move) else 0
    return begins, meets, meets | falls


def _may_fall(one: Running, move: Move) -> bool:
    """Whether the obligation may end unmet with this move; some only with what concerns them."""
    if one.name in FALLS_WITH:
        return move.command in FALLS_WITH[one.name] and one.concerns(move)
    return move.command in MAY_FALL_AWAY


def _mistimed(times: Times, move: Move, fault: int, pair: tuple[int, int]) -> Finding:
    process, runs = times.space.process, times.runs
    fired, leads = times.space.fired[move.number], times.space.leads
    here = next(each for each in fired if (runs[each], runs[leads(move.number, each)]) == pair)
    one = next(each for each in times.obligations if each.bit & fault)
    name = f"‚{process.obligation_label(one.name)}‘"
    doing = step(process, move.command) if move.row else "Zeitablauf"
    began = pair[1] & ~pair[0] & fault
    told = (
        f"Durch {doing} in {place(process, move.state)} begänne die Frist {name} neu"
        if began
        else f"Durch {doing} in {place(process, move.state)} endete die Frist {name} nicht, wie sie soll"
    )
    return Finding("F5", told, at=here, then=move.command)


def _idle(times: Times, begun: dict[str, int], met: dict[str, int]) -> Iterator[Finding]:
    """Every event named in an obligation does begin or meet it somewhere."""
    process = times.space.process
    for one in times.obligations:
        for events, did, verb in ((one.spec.begun_by, begun, "beginnt"), (one.spec.met_by, met, "erfüllt")):
            for event in sorted(events):
                if not did.get(event, 0) & one.bit:
                    name = process.obligation_label(one.name)
                    told = f"{step(process, event)} {verb} die Frist ‚{name}‘ in keinem Fall"
                    yield Finding("F5", told)


def _counting(times: Times) -> Iterator[Finding]:
    """What meets an obligation is what the law says; what meets a profile's own is at least somebody's doing."""
    process = times.space.process
    for one in times.obligations:
        met_by = one.spec.met_by
        for event in sorted(met_by ^ _MET_BY.get(one.name, met_by - _NEVER_MEETS)):
            counts = "gälte" if event in met_by else "gälte nicht mehr"
            told = f"{step(process, event)} {counts} als Erfüllung der Frist ‚{process.obligation_label(one.name)}‘"
            _, here = next(_happening(times, one, event), (None, None))
            yield Finding("F5", told, at=here, then=event if here is not None else None)


def _happening(times: Times, one: Running, event: str) -> Iterator[tuple[Move, int]]:
    """Give the moves by which the event happens while the obligation runs, each with its nearest configuration."""
    found = []
    for move in times.space.moves:
        if move.command == event and one.concerns(move):
            here = next((each for each in times.space.fired[move.number] if times.runs[each] & one.bit), None)
            if here is not None:
                found.append((move, here))
    yield from sorted(found, key=lambda each: len(times.space.way(each[1])))


def _begun_anew(times: Times) -> Iterator[Finding]:
    """What a step meets and begins anew: only by a step kept for it, only wholly within what nothing renews."""
    process = times.space.process
    lasting = sum(one.bit for one in times.obligations if not one.spec.renewed_by)
    for one in times.obligations:
        for event in sorted(one.spec.renewed_by):
            kept = event in _RENEWED_BY.get(one.name, ()) or (
                one.name.startswith(OWN)
                and event in process.commands
                and process.commands[event].kind == STEP
            )
            if kept and _around(times, one) & lasting:
                continue
            for move, here in _happening(times, one, event):
                told = (
                    f"Mit {step(process, event)} in {place(process, move.state)} begänne die Frist"
                    f" ‚{process.obligation_label(one.name)}‘ immer wieder neu"
                )
                yield Finding("F5", told + (_UNHELD if kept else ""), at=here, then=event)
                break


_UNHELD = ", ohne dass ringsum eine andere durchläuft"


def _around(times: Times, one: Running) -> int:
    """Give what runs in every configuration in which the obligation runs."""
    around = -1
    for running in set(times.runs.values()):
        if running & one.bit:
            around &= running
    return around
