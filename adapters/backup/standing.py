"""How a backup stands to what runs today: older is normal, different is not.

The notary's files and the running log are held against the log of the backup; where they contradict each other it says
which of them cannot be right.
"""

from dataclasses import dataclass

from adapters.backup.checking import Opened, same_beginning
from adapters.backup.lineage import Known, known_beside
from adapters.backup.live import UNREADABLE, Live, looked_at
from adapters.bootstrap import open_lotse
from adapters.settings import Settings
from audit.checkpoint import Checkpoint, open_checkpoint

_FORKED = (
    "Der Notar hat über so viele Einträge etwas anderes unterschrieben, als in dieser Sicherung steht: Sie gehört nicht "
    "zu diesem Protokoll. Nächster Schritt: lotse audit verify."
)
_NOTARY_BEHIND = (
    "In dieser Sicherung sind {signed} Einträge unterschrieben, die Akte des Notars kennt nur {known}: Sie wurde "
    "zurückgesetzt. Nächster Schritt: die Akte aus einer Sicherung der Schlüssel zurückholen."
)
_ROLLED_BACK = (
    "Die Datenbank hat {live} Einträge, diese Sicherung {size}: Die Datenbank wurde von Hand zurückgesetzt. Nächster "
    "Schritt: lotse audit verify; rechtmäßig zurückgeholt wird mit lotse backup restore."
)
_DIFFERENT = (
    "Das laufende Protokoll geht nicht aus dem dieser Sicherung hervor: Die Datenbank wurde verändert oder von Hand "
    "zurückgesetzt. Nächster Schritt: lotse audit verify; rechtmäßig zurückgeholt wird mit lotse backup restore."
)


@dataclass(frozen=True, slots=True)
class Standing:
    """How many entries have come `since`, None where nobody knows; `wrong` says in German what contradicts the backup."""

    since: int | None
    wrong: str | None


def standing(settings: Settings, opened: Opened) -> Standing:
    """Compare a proven backup with the notary's files and the running log; nothing is changed."""
    known = known_beside(settings.notary, opened.header.origin)
    live = looked_at(settings, sign=False)
    wrong = _by_notary(known, opened) or _by_live(settings, live, opened)
    return Standing(known.signed_beyond(opened.header.origin, opened.header.size), wrong)


def _by_notary(known: Known, opened: Opened) -> str | None:
    header, state = opened.header, known.of(opened.header.origin)
    signed: Checkpoint = open_checkpoint(header.checkpoint.encode(), header.verifier)
    if state is None:
        return None
    if state.size < signed.size:
        return _NOTARY_BEHIND.format(signed=signed.size, known=state.size)
    forked = state.size == header.size and state.frontier.root().hex() != header.root
    return _FORKED if forked else None


def _by_live(settings: Settings, live: Live | None, opened: Opened) -> str | None:
    header = opened.header
    if live is None or live.origin != header.origin:
        return None
    if live.size < header.size:
        return _ROLLED_BACK.format(live=live.size, size=header.size)
    lotse = open_lotse(settings)
    try:
        return None if same_beginning(lotse.store, header) else _DIFFERENT
    except UNREADABLE:
        return None
    finally:
        lotse.store.engine.dispose()
