"""The log: verifying beside what it cannot do without, with one process and with two, and what memory it takes.

The entries are as steps write them; their cases are real, so their keys are too.
"""

import os
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from orjson import dumps, loads

from adapters.bootstrap import open_lotse
from adapters.db.plan import Batch, Plan
from adapters.db.reader import SqlReader
from adapters.lotse import Lotse
from adapters.settings import read_settings
from adapters.verification import Asked, verify_store
from adapters.verification_workers import RANGE, WORTH, Processes, cores
from audit.keys import KeyRing
from audit.log import Draft, append
from audit.reader import PAGE, StoredRow
from audit.seal import NONCE_SIZE, SECRET_SIZE, DataKey, pad
from audit.verify import verify
from tests.bench import office
from tests.bench.figure import Figure, Line, Skipped, Target, german
from tests.bench.places import in_process, peak_mb
from tests.bench.scale import Scale
from tests.bench.timing import Contender, Timing, interleaved, tell, wall

GROUP = "Das Protokoll: prüfen"
CASES = 100
AT_ONCE = 1000
SMALL = 10
"""The short log, for memory, is this many times shorter."""
LONG, LONG_ROUNDS = 100_000, 3
_CONTENT = {"text": "angerufen, niemand erreicht, morgen noch einmal"}
_Look = Callable[[Sequence[StoredRow], Sequence[tuple[int, bytes]]], None]
"""What is done with the rows and the contents of a page."""


def measure(folder: Path, scale: Scale) -> list[Line]:
    """Take the figures over a log of `scale.entries` entries."""
    sizes = [scale.entries // times for times in ((100, 10, 1) if scale.entries > LONG else (SMALL, 1))]
    for size in sizes:
        tell(f"log: {size} Einträge schreiben")
        fill_log(folder / f"log-{size}", size)
    tell("log: prüfen")
    lotse = open_lotse(read_settings(folder / f"log-{scale.entries}"))
    rounds = LONG_ROUNDS if scale.entries > LONG else scale.rounds
    with lotse.store.keys() as keys, lotse.store.log_reader() as reader:
        lines: list[Line] = [*_verifying(lotse, keys, reader, rounds)]
    office.close(lotse)
    lines += _with_two(folder / f"log-{scale.entries}", rounds, scale.entries)
    peaks = [in_process("log", "peak", folder=str(folder / f"log-{size}")) for size in sizes]
    lines += [
        Figure(
            GROUP, f"Speicher beim Prüfen von {german(size)} Einträgen", peak, "MB", peaks[0],
            f"bei {german(sizes[0])} Einträgen", peak / peaks[0], Target("≤", 1.2),
        )
        for size, peak in list(zip(sizes, peaks, strict=True))[1:]
    ]  # fmt: skip
    return lines


def fill_log(folder: Path, size: int) -> None:
    """Make an office whose log has at least `size` entries, nearly all of them notes with their content.

    The entries are made as every step's are, but written without the step: a million in a minute.
    """
    lotse = office.new_office(folder)
    cases = office.fill(lotse, min(CASES, size // 4 or 1))
    actor, at = lotse.person().id, lotse.moment.at.isoformat()
    with lotse.store.work() as work:
        keys, head = {case: work._key_of(case) for case in cases}, work._head()
        for start in range(0, size, AT_ONCE):
            drafts = []
            for number in range(start, min(size, start + AT_ONCE)):
                case = cases[number % len(cases)]
                drafts.append(Draft("steps", _a_note(case, number, actor, at), _CONTENT, keys[case]))
            rows, head = append(head, drafts, work._ring, lotse.store._now_ms())
            work._write_log(Batch(Plan(), (), rows, head, {}))
        work._connection.commit()
    lotse.countersign()
    office.close(lotse)


def _a_note(case: str, number: int, actor: str, at: str) -> dict[str, object]:
    """What body A says of one note."""
    return {
        "action": "note", "actor": actor, "role": "case_worker", "outcome": "done", "case": case,
        "number": number, "state": "consent_checked", "at": at, "basis": "Konzept Bergkamen, Z. 205",
    }  # fmt: skip


def _verifying(lotse: Lotse, keys: KeyRing, reader: SqlReader, rounds: int) -> list[Line]:
    def verifying(*, opened: bool, decrypt: bool) -> Contender:
        def contender() -> int:
            return verify(reader, lotse.verifier, keys if opened else None, decrypt=decrypt).size

        return contender

    timing = interleaved(
        {
            "fetch": lambda: _fetch(reader),
            "hash": lambda: _fetch(reader, _hashed),
            "bare": lambda: _fetch(reader, _opener()),
            "tree": verifying(opened=False, decrypt=False),
            "keys": verifying(opened=True, decrypt=False),
            "all": verifying(opened=True, decrypt=True),
        },
        rounds,
    )
    bare = "lesen, SHA-256, AES-GCM und JSON"
    limits = {"fetch": "nur lesen", "hash": "lesen und SHA-256"}
    names: tuple[tuple[str, str, Target | None, dict[str, str]], ...] = (
        ("Baum und Prüfsummen, ohne Schlüssel", "tree", Target("≥", 0.45), limits),
        ("dazu Beglaubigung, Inhalt A und Verzeichnis", "keys", None, limits),
        ("dazu Inhalt B entschlüsselt", "all", None, {**limits, "bare": f"{bare} allein"}),
        (f"zum Vergleich: {bare} allein", "bare", None, {"fetch": "nur lesen"}),
    )
    head = reader.head()
    note = f"{german(head.size if head else 0)} Einträge, ein Kern"
    return [
        Figure(
            GROUP, name, timing.rate(who), "/s", timing.rate(limit), limit_name, timing.share(who, limit),
            target if limit == "fetch" else None, note,
        )
        for name, who, target, limits_of in names
        for limit, limit_name in limits_of.items()
    ]  # fmt: skip


def _fetch(reader: SqlReader, look: _Look | None = None) -> int:
    """Read all that verification reads, page by page, and do that with each page."""
    after, count = -1, 0
    while rows := reader.rows(after, PAGE):
        contents, index = reader.bodies_b(after, PAGE), reader.index(after, PAGE)
        after, count = rows[-1][0], count + len(rows)
        if look:
            look(rows, contents)
        assert len(index) <= len(rows)
    return count


def _hashed(rows: Sequence[StoredRow], contents: Sequence[tuple[int, bytes]]) -> None:
    """Hash every leaf and body once."""
    for _, leaf, _, body in rows:
        sha256(leaf).digest()
        sha256(body).digest()
    for _, body in contents:
        sha256(body).digest()


def _opener() -> _Look:
    """Do what nobody can spare who opens everything: two hashes of the tree, a MAC, and of each body hash, AES-GCM, JSON.

    Nothing is compared. The cipher works the other way round, which costs the same: one key opens nothing here.
    """
    key, cipher, nonce = DataKey(os.urandom(SECRET_SIZE)), AESGCM(os.urandom(32)), bytes(NONCE_SIZE)
    a, b = pad(dumps(_a_note("0f" * 16, 1, "fachkraft", "2026-11-02T12:00:00+00:00"))), pad(dumps(_CONTENT))

    def look(rows: Sequence[StoredRow], contents: Sequence[tuple[int, bytes]]) -> None:
        for _, leaf, _, body in rows:
            sha256(leaf).digest()
            sha256(leaf[:65]).digest()
            key.mac(leaf)
            sha256(body).digest()
            cipher.encrypt(nonce, a, leaf)
            loads(a)
        for _, body in contents:
            sha256(body).digest()
            cipher.encrypt(nonce, b, nonce)
            loads(b)

    return look


def _with_two(folder: Path, rounds: int, entries: int) -> list[Line]:
    """Verify with two processes beside fetching with one, both by the wall clock and with all that starting costs.

    In a process of its own, as the command is one: another process imports what the first has as its main module.
    """
    name = "alles, mit zwei Prozessen"
    if cores() < 2:
        return [Skipped(GROUP, name, "der Rechner hat nur einen Kern")]
    if WORTH > entries > CASES:
        return [Skipped(GROUP, name, f"lohnt erst ab {german(WORTH)} Einträgen: --large")]
    length = RANGE if entries > LONG else PAGE
    told = in_process("log", "beside_two", folder=str(folder), rounds=rounds, length=length)
    timing = Timing({who: tuple(seconds) for who, seconds in told.items()})
    note = f"{german(entries)} Einträge, zwei Kerne, Wanduhr"
    return [
        Figure(
            GROUP, what, timing.rate(who), "/s", timing.rate("fetch"), "nur lesen, ein Kern",
            timing.share(who, "fetch"), Target("≥", 0.6), note,
        )
        for what, who in (("Baum, Beglaubigung, Inhalt A", "keys"), ("dazu Inhalt B entschlüsselt", "all"))
    ]  # fmt: skip


def beside_two(folder: str, rounds: int, length: int) -> dict[str, tuple[float, ...]]:
    """Give the seconds an entry of fetching with one process, and of verifying with two, in each round."""
    lotse = open_lotse(read_settings(Path(folder)))

    def verifying(asked: Asked) -> Contender:
        two = Processes(lotse.settings, 2, length).stretches
        return lambda: verify_store(lotse.store, lotse.verifier, asked, None, two).size

    def fetching() -> int:
        with lotse.store.log_reader() as reader:
            return _fetch(reader)

    contenders = {"fetch": fetching, "keys": verifying(Asked()), "all": verifying(Asked(decrypt=True))}
    timing = interleaved(contenders, rounds, wall)
    office.close(lotse)
    return dict(timing.seconds)


def peak(folder: str) -> float:
    """Verify everything, bodies opened, and give the peak of this process in megabytes."""
    lotse = open_lotse(read_settings(Path(folder)))
    with lotse.store.keys() as keys, lotse.store.log_reader() as reader:
        verify(reader, lotse.verifier, keys, decrypt=True)
    office.close(lotse)
    return peak_mb()
