"""The commands of a case as one types them: `reach_family`, `assess_risk-yes`, `propose-handover --to yildiz`.

The table's names hold brackets and colons, which a shell takes for its own; both ways of writing are understood.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches

from adapters.cli.failures import NotFound
from states.process import Process
from states.vocabulary import PER_RECIPIENT, Command

_SIGNS = re.compile(r"[^0-9a-zäöüß]+")
_RECEIPTS = "receive("


def typed(name: str) -> str:
    """How a command is typed in a shell: `assess_risk(yes)` as `assess_risk-yes`, `accept:r` as `accept`."""
    return name.removesuffix(PER_RECIPIENT).replace("(", "-").replace(")", "")


def _key(text: str) -> str:
    return _SIGNS.sub("-", text.casefold()).strip("-")


def command_named(process: Process, text: str, *, to_recipient: bool) -> str:
    """The command that was typed, by name or German label. Raises NotFound with those there are."""
    wanted = _key(text.removesuffix(PER_RECIPIENT))
    names = [
        name for name in process.commands if not name.startswith(_RECEIPTS) and name != Command.FLAG_OVERDUE
    ]
    hits = [name for name in names if wanted in (_key(typed(name)), _key(process.label(name)))]
    fitting = [name for name in hits if name.endswith(PER_RECIPIENT) == to_recipient]
    if fitting or hits:
        return (fitting or hits)[0]
    near = get_close_matches(text.casefold(), listed(names), n=1)
    ask = f" Meinten Sie {near[0]}?" if near else ""
    raise NotFound(f"Diesen Schritt gibt es nicht.{ask}\nEs gibt: {', '.join(listed(names))}.")


def listed(names: Iterable[str]) -> list[str]:
    """The names as they are typed, each once, in their order."""
    return list(dict.fromkeys(typed(name) for name in names))
