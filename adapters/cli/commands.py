"""The commands of a case as one types them: `reach_family`, `assess_risk-yes`, `propose-handover --to yildiz`.

The table's names hold brackets and colons, which a shell takes for its own; both ways of writing are understood, the
German label too, and the beginning of only one step. Of a judgement every outcome is named, never the harmless alone.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches

from adapters.cli.failures import NotFound, UsageProblem
from states.process import Process
from states.vocabulary import PER_RECIPIENT, Command

_SIGNS = re.compile(r"[^0-9a-zäöüß]+")
_RECEIPTS = "receive("
_OUTCOME = re.compile(r"\((?:yes|no)\)$")
_NEAR, _LEAST_NEAR = 3, 0.6


def typed(name: str) -> str:
    """How a command is typed in a shell: `assess_risk(yes)` as `assess_risk-yes`, `accept:r` as `accept`."""
    return name.removesuffix(PER_RECIPIENT).replace("(", "-").replace(")", "")


def outcomes(process: Process, name: str) -> tuple[str, ...]:
    """A judgement with each of its outcomes, yes first; any other command alone."""
    if not _OUTCOME.search(name):
        return (name,)
    stem = _OUTCOME.sub("", name)
    return tuple(each for each in (f"{stem}(yes)", f"{stem}(no)") if each in process.commands)


def _key(text: str) -> str:
    return _SIGNS.sub("-", text.casefold()).strip("-")


def command_named(process: Process, text: str, *, to_recipient: bool) -> str:
    """The command that was typed, by name, German label, or the beginning of one.

    Raises UsageProblem where several are meant, and NotFound with those that are near.
    """
    wanted = _key(text.removesuffix(PER_RECIPIENT))
    names = [
        name for name in process.commands if not name.startswith(_RECEIPTS) and name != Command.FLAG_OVERDUE
    ]
    words = {name: (_key(typed(name)), _key(process.label(name))) for name in names}
    exact = [name for name in names if wanted in words[name]]
    begun = [name for name in names if wanted and any(word.startswith(wanted) for word in words[name])]
    for hits in (exact, begun):
        fitting = [name for name in hits if name.endswith(PER_RECIPIENT) == to_recipient] or hits
        if len(fitting) == 1 or (fitting and hits is exact):
            return fitting[0]
        if fitting:
            raise UsageProblem(f"Welcher Schritt ist gemeint?\n{_lines(process, fitting)}")
    raise NotFound(f"Diesen Schritt gibt es nicht.{_near(process, wanted, words)}")


def _near(process: Process, wanted: str, words: dict[str, tuple[str, str]]) -> str:
    known = [word for pair in words.values() for word in pair]
    near = get_close_matches(wanted, known, n=_NEAR, cutoff=_LEAST_NEAR)
    meant = [name for word in near for name in words if word in words[name]]
    both = [outcome for name in meant for outcome in outcomes(process, name)]
    ask = f" Meinten Sie:\n{_lines(process, both)}" if both else ""
    return f"{ask}\nAlle Schritte: lotse case steps NUMMER"


def _lines(process: Process, names: Iterable[str]) -> str:
    return "\n".join(f"  {typed(name)} – {process.label(name)}" for name in dict.fromkeys(names))
