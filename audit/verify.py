"""Verifying a log: numbered steps, one exception type, page after page, constant memory.

Without keys it proves form, order, hashes, tree and checkpoints; with keys also that nobody forged an entry
(MAC), that keys and index are as they were, and by replay that the cases are what the log says. Each attack
of the format's description has a test, as has every byte of every column: `tests/audit/test_attacks.py`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext

from audit.checkpoint import Checkpoint
from audit.faults import FaultClass, Step, VerificationError
from audit.incarnations import Restored, check_chain, earlier_of, elsewhere_of, first_entry
from audit.keys import KeyRing
from audit.ledger import Ledger, checked_head, gaps
from audit.note import Verifier
from audit.page import Question
from audit.reader import LogReader
from audit.replay import Replay
from audit.report import Report
from audit.sources import Log, Stretches, next_stretch, own_stretches
from audit.unseal import Bodies

__all__ = [
    "FaultClass", "Log", "Progress", "Report", "Step", "Stretches", "VerificationError", "own_stretches", "verify",
    "verify_all",
]  # fmt: skip

Progress = Callable[[int, int], None]
"""Called after each page with entries done and entries in all."""


def verify(
    reader: LogReader,
    verifier: Verifier,
    keys: KeyRing | None = None,
    *,
    notes: Sequence[bytes] = (),
    decrypt: bool = False,
    replay: Replay | None = None,
    progress: Progress | None = None,
) -> Report:
    """Verify a log that has no earlier incarnation, in one transaction; VerificationError for the first fault.

    `verifier` is the log's public key under its origin; `notes` are checkpoints kept elsewhere. With `keys`
    bodies A are opened in memory (for index and replay) and shown to nobody; `decrypt` opens bodies B too.
    """
    logs = [Log(lambda: nullcontext(reader), verifier)]
    return verify_all(logs, keys, notes=notes, decrypt=decrypt, replay=replay, progress=progress)


def verify_all(
    logs: Sequence[Log],
    keys: KeyRing | None = None,
    *,
    notes: Sequence[bytes] = (),
    decrypt: bool = False,
    replay: Replay | None = None,
    progress: Progress | None = None,
    stretches: Stretches | None = None,
) -> Report:
    """Verify a log and its earlier incarnations, oldest first; VerificationError for the first fault.

    `notes` may be of any of them. With `stretches` (`own_stretches`, or those of several processes) full pages are
    read in transactions of their own, and only what came last, and what needs one moment, in the last one.
    """
    if keys is None and (decrypt or replay):
        raise ValueError("Opening bodies and replaying need the keys.")
    return _Verification(logs, keys, decrypt=decrypt, replay=replay, stretches=stretches).run(notes, progress)


class _Verification:
    """One run over a log and its earlier incarnations."""

    def __init__(
        self,
        logs: Sequence[Log],
        keys: KeyRing | None,
        *,
        decrypt: bool,
        replay: Replay | None,
        stretches: Stretches | None,
    ) -> None:
        self._logs = logs
        self._keys = keys
        self._decrypt = decrypt
        self._replay = replay
        self._stretches = stretches
        self._ledgers: list[Ledger] = []
        self._restored: list[Restored | None] = []
        self._sizes: list[int] = []
        self._key_count = 0
        self._cases = 0

    def run(self, notes: Sequence[bytes], progress: Progress | None) -> Report:
        """Follow each log to its end, then look at what must come out when all are known."""
        for log in self._logs:
            with self._said_of(log):
                self._begin(log)
        verifiers = [log.verifier for log in self._logs]
        elsewhere = elsewhere_of(verifiers, self._sizes, self._restored, notes)
        for log, checkpoints in zip(self._logs, elsewhere, strict=True):
            with self._said_of(log):
                self._follow(log, checkpoints, progress)
        return self._report()

    @contextmanager
    def _said_of(self, log: Log) -> Iterator[None]:
        """Let a fault name the incarnation, where it is an earlier one."""
        try:
            yield
        except VerificationError as fault:
            raise fault if log is self._logs[-1] else fault.of(log.verifier.name) from None

    def _begin(self, log: Log) -> None:
        """Look at the head, and at what the first entry of a later incarnation says of the one before."""
        with log.snapshot() as reader:
            head, _ = checked_head(reader.head(), log.verifier)
            self._sizes.append(head.size)
            bodies = self._bodies(reader)
            first = log is self._logs[0]
            restored = None if first or bodies is None else first_entry(reader, self._question(log), bodies)
            self._restored.append(restored)

    def _bodies(self, reader: LogReader) -> Bodies | None:
        return Bodies(reader, self._keys, decrypt=self._decrypt) if self._keys else None

    def _question(self, log: Log, checkpoints: Sequence[Checkpoint] = ()) -> Question:
        return Question(
            log.verifier.name,
            log.verifier.public_key,
            keyed=self._keys is not None,
            decrypt=self._decrypt,
            told=self._replay is not None,
            sizes=tuple(sorted({checkpoint.size for checkpoint in checkpoints})),
        )

    def _follow(self, log: Log, checkpoints: Sequence[Checkpoint], progress: Progress | None) -> None:
        """Take in a log: its full pages as they come, the rest and what stands beside it in one transaction."""
        question, last = self._question(log, checkpoints), log is self._logs[-1]
        past = None if last else log.verifier.name
        ledger = Ledger(question, checkpoints, self._replay, tuple(self._ledgers), past)
        self._ledgers.append(ledger)
        if self._stretches:
            with closing(self._stretches(log, question, self._keys)) as stretches:
                for stretch in stretches:
                    ledger.take(stretch)
                    self._tell(progress)
        with log.snapshot() as reader:
            head, claimed = checked_head(reader.head(), log.verifier)
            bodies = self._bodies(reader)
            held = nullcontext(reader)
            while found := next_stretch(lambda: held, ledger.size, question, bodies, ledger.last_ms):
                ledger.take(found)
                self._tell(progress)
            ledger.end(reader, head, claimed)
            if last:
                self._close(reader, bodies)

    def _tell(self, progress: Progress | None) -> None:
        if progress:
            done = sum(ledger.size for ledger in self._ledgers)
            progress(done, max(done, sum(self._sizes)))

    def _close(self, reader: LogReader, bodies: Bodies | None) -> None:
        """Look at what depends on all incarnations: the chain, what is erased, and the cases."""
        if bodies is None:
            return
        self._key_count = bodies.key_count
        check_chain(self._ledgers, self._restored)
        self._stays_erased(reader, bodies)
        for fault in gaps(self._ledgers):
            raise fault
        if self._replay:
            self._cases = self._replay.compare(reader)

    def _stays_erased(self, reader: LogReader, bodies: Bodies) -> None:
        """Raise ERASED where the key, or a content, of what was erased lies in the tables again."""
        for ledger in self._ledgers:
            for erasure in ledger.all.erasures:
                if erasure.case is None:
                    back = bodies.is_kept(erasure.key_id)
                else:
                    back = reader.case_key(erasure.case) is not None or self._kept(reader, erasure.case)
                if back:
                    message = "Der Schlüssel oder ein Inhalt von Gelöschtem liegt wieder in den Tabellen."
                    raise VerificationError(Step.BODIES, erasure.seq, FaultClass.ERASED, message, ledger.past)

    def _kept(self, reader: LogReader, case: str) -> bool:
        """Whether any incarnation keeps a content of the case."""
        if reader.content_of(case) is not None:
            return True
        for log in self._logs[:-1]:
            with log.snapshot() as past:
                if past.content_of(case) is not None:
                    return True
        return False

    def _report(self) -> Report:
        ledgers, last = self._ledgers, self._ledgers[-1]
        entries = sum(ledger.size for ledger in ledgers)
        contents = sum(ledger.all.contents for ledger in ledgers)
        counts = [(Step.HEAD, len(ledgers)), (Step.CHECKPOINTS, sum(ledger.claimed for ledger in ledgers))]
        counts += [(Step.ENTRIES, entries), (Step.BODIES, entries + contents), (Step.TREE, entries)]
        if self._keys:
            indexed = sum(ledger.all.indexed for ledger in ledgers)
            counts += [(Step.KEYS, self._key_count), (Step.INDEX, indexed)]
        if self._replay:
            counts.append((Step.REPLAY, self._cases))
        if ledgers[:-1] and self._keys:
            counts.append((Step.INCARNATIONS, len(ledgers) - 1))
        return Report(
            origin=last.question.origin,
            size=last.size,
            root=last.tree.root(),
            last_time_ms=last.last_ms,
            checked=tuple(sorted(counts)),
            opened=sum(ledger.all.opened for ledger in ledgers),
            erased=sum(ledger.all.gone for ledger in ledgers),
            unjudged=sum(ledger.all.unjudged for ledger in ledgers),
            dark=sum(ledger.all.dark for ledger in ledgers),
            earlier=earlier_of(ledgers, self._restored),
            decrypted=self._decrypt,
        )
