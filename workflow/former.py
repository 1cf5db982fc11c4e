"""What records and log entries of earlier versions say, in the words of today.

Until 0.3 two obligations took turns for the review of a support, with a fact for each; today `review:r` begins anew, and
no fact is needed. What was written then is read as what it means now, and never rewritten.
`tests/contracts/test_of_before.py` replays such a case.
"""

from collections.abc import Mapping
from typing import Any

from states.vocabulary import FORMER, FORMER_FACTS

_FACTS = ("set", "cleared")
_DUTIES = ("opened", "met", "fallen")


def obligation_today(name: str) -> str:
    """What an obligation is called today."""
    return FORMER.get(name, name)


def as_told_today(a: Mapping[str, Any]) -> Mapping[str, Any]:
    """Body A of a step as it would be written today: obligations by today's names, facts that are gone left out."""
    told: dict[str, Any] = {}
    for name in _FACTS:
        facts = _listed(a, name)
        if any(_gone(fact) for fact in facts):
            told[name] = [fact for fact in facts if not _gone(fact)]
    for name in _DUTIES:
        duties = _listed(a, name)
        if any(_former(duty) for duty in duties):
            told[name] = [{**duty, "obligation": _today(duty)} if _former(duty) else duty for duty in duties]
    return {**a, **told} if told else a


def _listed(a: Mapping[str, Any], name: str) -> list[Any]:
    """What stands there; a body A that is not as Lotse writes it is for the replay to refuse."""
    value = a.get(name)
    return value if isinstance(value, list) else []


def _gone(fact: object) -> bool:
    return isinstance(fact, str) and fact.startswith(FORMER_FACTS)


def _former(duty: object) -> bool:
    name = duty.get("obligation") if isinstance(duty, Mapping) else None
    return isinstance(name, str) and name in FORMER


def _today(duty: Mapping[str, Any]) -> str:
    return obligation_today(duty["obligation"])
