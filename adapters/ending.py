"""What ends with a version of the master key: which erasures become final, which backups nobody opens any more.

And what has to stay: a backup under a later version that opens and proves whole, for without it a broken disk would end
everything else too. Proven in `tests/cli/test_keys_end.py`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from adapters.backup.checking import opened_backup, proven
from adapters.backup.making import BACKUP, Watch
from adapters.backup.standing import standing
from adapters.backup.working import working_place
from adapters.db.kek import holdings
from adapters.db.recorded import RecordedLog
from adapters.erasures import read_erasures
from adapters.lotse import Lotse
from workflow.audited import Recorded
from workflow.erasure import called_of, is_case
from workflow.errors import Blocked, RefusedError
from workflow.numbering import number_of, numbers_given

_MADE = "lotse backup create DATEI, dann lotse keys destroy {version} --backup DATEI"


@dataclass(frozen=True, slots=True)
class Known:
    """A backup as the log tells of it: when it was made (aware), its SHA-256, the version that seals it."""

    at: datetime
    sha256: str
    kek_version: int


@dataclass(frozen=True, slots=True)
class Ending:
    """What the end of a version means: erasures it makes final, by what people call them, and backups by their fate."""

    erasures: tuple[str, ...]
    lost: tuple[Known, ...]
    later: tuple[Known, ...]


@dataclass(frozen=True, slots=True)
class Proven:
    """A backup that was opened and proven just now: its SHA-256 and how many entries of the log it holds."""

    sha256: str
    entries: int


def ending_of(lotse: Lotse, version: int) -> Ending:
    """What would end with this version; the log is read through. Raises UnreadableEntry, ErasuresDamaged."""
    entries = list(_notable(RecordedLog(lotse.store).forwards()))
    names = {case: number_of(year, place) for year, place, case in numbers_given(entries)}
    backups = [each for each in map(_known, entries) if each is not None]
    return Ending(
        tuple(names.get(target, called_of(target)) for target in _completed(lotse, version)),
        tuple(each for each in backups if each.kek_version == version),
        tuple(each for each in backups if each.kek_version > version),
    )


def _notable(entries: Iterable[Recorded]) -> Iterator[Recorded]:
    """What numbers and backups are told by; a long log is not kept in memory."""
    told = (BACKUP, "restored")
    return (each for each in entries if each.action in told or each.action.startswith("receive("))


def _known(entry: Recorded) -> Known | None:
    a = entry.a or {}
    if entry.action != BACKUP or not entry.done or type(a.get("kek_version")) is not int:
        return None
    return Known(entry.at, str(a.get("sha256")), a["kek_version"])


def _completed(lotse: Lotse, version: int) -> list[str]:
    """The targets that wait for this version and for no older one."""
    numbers = sorted(each.number for each in lotse.store.provider.versions())
    known = read_erasures(lotse.settings.erasures)
    if known is None or version != numbers[0]:
        return []
    end = numbers[1] if numbers[1:] else version + 1
    return [each.target for each in known.erased if version <= each.kek_version < end]


def proven_without(lotse: Lotse, file: Path, version: int, watch: Watch | None = None) -> Proven:
    """Open and prove a backup that does not need this version or an older one.

    Raises RefusedError where it does need it, is another office's, or contradicts what runs; NotABackup, BackupDamaged,
    BackupLocked, VerificationError where it does not open or prove.
    """
    with (
        working_place(lotse.settings.data) as working,
        opened_backup(file, lotse.store.provider, working, watch) as backup,
    ):
        header = backup.header
        if header.tenant != lotse.store.tenant:
            raise _unfit("Das ist die Sicherung eines anderen Speichers.", version)
        if header.kek_version <= version:
            raise _unfit(f"Auch diese Sicherung ist mit Version {header.kek_version} verschlossen.", version)
        with backup.store.reading() as connection:
            needed = min(holdings(connection, header.tenant), default=version + 1)
        if needed <= version:
            raise _unfit(f"In dieser Sicherung hängt noch etwas an Version {needed}.", version)
        proven(backup, watch)
        contradicted = standing(lotse.settings, backup).wrong
        if contradicted is not None:
            raise RefusedError(Blocked("contradicts", contradicted))
        return Proven(backup.sha256, header.size)


def refuse_without_backup(version: int) -> RefusedError:
    """What to raise where no backup was named that would stay."""
    return _unfit(
        f"Genannt ist keine Sicherung, die ohne Version {version} aufgeht; mit ihr gingen alle.", version
    )


def _unfit(reason: str, version: int) -> RefusedError:
    made = _MADE.format(version=version)
    return RefusedError(Blocked("no_backup", reason, f"{made}; bewusst ohne eine: --without-backup"))


def names_shown(names: tuple[str, ...], most: int = 12) -> str:
    """Some of the names, and how many more there are; cases first."""
    ordered = sorted(names, key=lambda name: (not is_case(name), name))
    more = len(ordered) - most
    return ", ".join(ordered[:most]) + (f" und {more} weitere" if more > 0 else "")
