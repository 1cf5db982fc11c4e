"""The way to a step that is blocked now („Nächster Schritt: …“), searched in the table the engine executes.

Breadth-first from the case's configuration; first by what the Fachkraft may enter herself, then by what others
answer, both without grave commands (nobody is told to raise an alarm or to close a case in order to get on), then
with them. Where a partner referred without consent and the family was not reached yet, the way goes by the partner,
though it may be longer: the family is never asked. A refusal can never name a step that the engine forbids.
"""
# ruff: noqa: N817 - the table's own short words

from collections.abc import Set as AbstractSet
from functools import lru_cache

from states.bits import RECIPIENTS
from states.process import NEW, Process
from states.space import Space
from states.vocabulary import Command as C
from states.vocabulary import Fact as F
from states.vocabulary import Role as R

GRAVE: frozenset[str] = frozenset({
    C.TRIAGE_YES, C.RAISE_CONCERN, C.ASSESS_RISK_YES, C.REFUSE_CONSENT, C.WITHDRAW_CONSENT,
    C.WITHDRAW_CONSENT_FOR, C.WITHDRAW_FEEDBACK, C.WITHDRAW_REFERRAL, C.ESCALATE, C.ESCALATE_URGENT, C.CLOSE, C.REOPEN,
    C.RETURN_CASE, C.RETURN_CASE_SUPPORT,
})  # fmt: skip
"""Never proposed only to get somewhere else, as long as there is another way."""
_NAMED, _OTHER = RECIPIENTS


def next_step(
    process: Process, state: str, facts: AbstractSet[str], command: str, recipient: str | None = None
) -> tuple[str, ...] | None:
    """Give the shortest sequence of commands (of those a colleague would name) after which `command` is possible.

    Empty: it is possible now. None: no way leads there. `facts` are the case's run-time facts, `eligible:<id>`
    included. A command for a recipient in the answer may concern another one who stands in the way.
    """
    space = _space(process)
    bits = sum({_bit(space, fact, recipient) for fact in facts})
    here = (space.index(state) << space.bits.width) | bits
    return _way(process, here, command)


@lru_cache(maxsize=16)
def _space(process: Process) -> Space:
    return Space(process, judged_open=False)


def _bit(space: Space, fact: str, recipient: str | None) -> int:
    """Give the bit of a run-time fact: the recipient named is `a`, everybody else is `b`."""
    name, colon, whose = fact.partition(":")
    if not colon:
        return space.bits.place.get(name, 0)
    return space.bits.place.get(f"{name}:{_NAMED if whose == recipient else _OTHER}", 0)


@lru_cache(maxsize=100_000)
def _way(process: Process, start: int, command: str) -> tuple[str, ...] | None:
    space = _space(process)
    if process.commands[command].stands_in == (NEW,):
        return None
    goal = frozenset(
        move.number for move in space.moves if move.command == command and move.recipient in {None, _NAMED}
    )
    every = frozenset(move.number for move in space.moves if move.row)
    calm = frozenset(move.number for move in space.moves if move.row and move.command not in GRAVE)
    own = frozenset(number for number in calm if R.CASE_WORKER in space.moves[number].roles)
    family = frozenset(number for number in own if space.moves[number].command == C.RECORD_CONSENT)
    by_partner = (own - family, calm - family, every - family) if _asks_partner(space, start) else ()
    for allowed in (*by_partner, own, calm, every):
        way = space.shortest(start, goal, allowed)
        if way is not None:
            return tuple(move.command for move in way)
    return None


def _asks_partner(space: Space, start: int) -> bool:
    """Whether consent is the partner's to bring: it referred, and there has been neither a yes, a no nor contact."""
    place = space.bits.place
    return bool(start & place[F.BY_PARTNER]) and not any(
        start & place[fact] for fact in (F.CONSENT, F.WITHDRAWN, F.REACHED)
    )
