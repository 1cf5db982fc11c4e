"""A folder of key files: 0700, each file 0400, one line with a check sum, never overwritten, durable when it is there.

Made whole or not at all: it grows beside its place and is moved there in one step of the file system. A folder or
file that others can read is refused rather than used. Proven by `tests/keys/test_key_files.py`.
"""

import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from adapters.keys.errors import KeysDamaged, KeysExist, KeysMissing, KeysUnsafe
from audit import durable

LINE = re.compile(r"LOTSE-KEY-1 (\S+) ([0-9a-f]{64}) ([0-9a-f]{16})\n")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_LONGEST = 1000
_UNCHANGING = 0o400
_LEAVING = ".gone-"


def check_folder(folder: Path) -> None:
    """Raise KeysMissing, KeysDamaged or KeysUnsafe where this is no folder of the owner's alone."""
    try:
        mode = folder.lstat().st_mode
    except FileNotFoundError:
        raise KeysMissing(f"Den Schlüsselordner {folder} gibt es nicht.") from None
    if not stat.S_ISDIR(mode):
        raise KeysDamaged(f"{folder} ist kein Ordner.")
    if mode & _OTHERS:
        raise KeysUnsafe(f"Andere können den Schlüsselordner lesen. Abhilfe: chmod 700 {folder}")


def names(folder: Path) -> list[str]:
    """Give the names of all that lies in the folder."""
    try:
        return [path.name for path in folder.iterdir()]
    except OSError as error:
        raise KeysDamaged(f"Der Schlüsselordner {folder} ist nicht lesbar: {error.strerror}.") from None


def make_folder(folder: Path, fill: Callable[[Path], None]) -> None:
    """Make the folder, filled by `fill`, all or nothing; KeysExist where anything lies there already."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    growing = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        fill(growing)
        durable.sync_folder(growing)
        try:
            # Renaming replaces an empty folder and fails on a full one, in one step of the file system.
            growing.rename(folder)
        except OSError:
            raise KeysExist(f"In {folder} liegt schon etwas; Schlüssel werden nie überschrieben.") from None
        durable.sync_folder(folder.parent)
    finally:
        shutil.rmtree(growing, ignore_errors=True)


def read_text(path: Path) -> str:
    """Give what a file of the folder says. Raises KeysMissing, KeysDamaged, KeysUnsafe."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        raise KeysMissing(f"Die Schlüsseldatei {path} fehlt.") from None
    except OSError as error:
        raise KeysDamaged(f"Die Schlüsseldatei {path} ist nicht lesbar: {error.strerror}.") from None
    with os.fdopen(handle, "rb") as file:
        mode = os.fstat(handle).st_mode
        if not stat.S_ISREG(mode):
            raise KeysDamaged(f"{path} ist keine Datei.")
        if mode & _OTHERS:
            raise KeysUnsafe(f"Andere können die Schlüsseldatei lesen. Abhilfe: chmod 400 {path}")
        return file.read(_LONGEST).decode("ascii", "replace")


def write_text(path: Path, text: str) -> None:
    """Write a file that did not exist, durably, 0400; KeysExist where it does."""
    try:
        durable.fill(path, text.encode(), _UNCHANGING)
    except FileExistsError:
        raise KeysExist(f"{path} gibt es schon; Schlüssel werden nie überschrieben.") from None


def put_text(path: Path, text: str) -> None:
    """Write a file that did not exist, whole or not at all, although others may be reading the folder."""
    try:
        durable.make(path, text.encode(), _UNCHANGING)
    except FileExistsError:
        raise KeysExist(f"{path} gibt es schon; Schlüssel werden nie überschrieben.") from None


def wipe(path: Path) -> None:
    """Take a file away for ever: out of sight first, then overwritten where the disk lets one, then deleted."""
    leaving = path.with_name(f"{_LEAVING}{os.urandom(6).hex()}")
    path.rename(leaving)
    durable.sync_folder(path.parent)
    _overwrite(leaving)


def finish_wiping(folder: Path) -> None:
    """Finish what a process that was killed had begun to take away."""
    for name in names(folder):
        if name.startswith(_LEAVING):
            with suppress(FileNotFoundError):
                _overwrite(folder / name)


def _overwrite(leaving: Path) -> None:
    leaving.chmod(0o600)
    with leaving.open("r+b", buffering=0) as file:
        file.write(os.urandom(leaving.stat().st_size))
        os.fsync(file.fileno())
    leaving.unlink()
    durable.sync_folder(leaving.parent)


def line_of(name: str, secret: bytes) -> str:
    """The one line of a key file: its own name, 32 bytes, a check sum over both."""
    return f"LOTSE-KEY-1 {name} {secret.hex()} {_check_sum(name, secret)}\n"


def read_line(path: Path, line: str) -> bytes:
    """Undo `line_of`; KeysDamaged where anything was altered."""
    match = LINE.fullmatch(line)
    if match is None or match[1] != path.name:
        raise KeysDamaged(f"{path} ist keine Schlüsseldatei dieses Namens.")
    secret = bytes.fromhex(match[2])
    if _check_sum(path.name, secret) != match[3]:
        raise KeysDamaged(f"Die Prüfsumme der Schlüsseldatei {path} stimmt nicht.")
    return secret


def _check_sum(name: str, secret: bytes) -> str:
    return sha256(b"lotse/key-file\n" + name.encode() + b"\n" + secret).hexdigest()[:16]
