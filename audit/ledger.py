"""The books of one log while it is verified: stretch after stretch is taken in, at the end they must balance.

Whatever read the stretches, this process or several, they are taken in here in their order, and the first thing
that is wrong, by the number of the entry, is the one that is said.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from audit.checkpoint import Checkpoint
from audit.cursor import pages
from audit.entries import altered_node, kept_root, rolled_back
from audit.errors import MalformedTree
from audit.faults import FaultClass, Step, VerificationError
from audit.note import Verifier
from audit.page import Question
from audit.reader import LogReader, StoredHead
from audit.replay import Replay
from audit.stretch import Claim, Stretch, account, forget, grafted, over
from audit.tree import EMPTY_ROOT, HEIGHT, Frontier, Node


class Ledger:
    """What is known of a log so far. `elsewhere` are checkpoints kept outside, by size.

    `earlier` are the ledgers of the incarnations before: what is erased now accounts for gaps in them too.
    """

    def __init__(
        self,
        question: Question,
        elsewhere: Sequence[Checkpoint],
        replay: Replay | None,
        earlier: Sequence["Ledger"] = (),
        past: str | None = None,
    ) -> None:
        self.question = question
        self.past = past
        """The origin, where it is the log of an earlier incarnation."""
        self.tree = Frontier()
        self.last_ms = 0
        self.all = Stretch(0, 0, 0)
        """Only the sums in it, and what is erased, missing or unreadable."""
        self.claimed = 0
        self._elsewhere = deque(elsewhere)
        self._replay = replay
        self._earlier = earlier
        self._nodes: list[Node] = []

    @property
    def size(self) -> int:
        """How many entries were taken in."""
        return self.tree.size

    def take(self, stretch: Stretch) -> None:
        """Take in the next stretch; VerificationError for the first thing in it that is wrong."""
        if (stretch.start, stretch.before_ms) != (self.size, self.last_ms):
            message = "Der Eintrag davor war während der Prüfung ein anderer."
            raise VerificationError(Step.ENTRIES, stretch.start, FaultClass.MOVED, message)
        claims = self._claims(stretch)
        for seq, a in stretch.told:
            self._compare(claims, seq)
            self._follow(seq, a)
        self._compare(claims, stretch.end)
        self.tree, nodes = grafted(self.tree, stretch.tree)
        self.last_ms = stretch.last_ms
        self._nodes += (*stretch.across, *nodes)
        self._account(stretch)
        if stretch.fault:
            raise stretch.fault

    def _claims(self, stretch: Stretch) -> deque[tuple[int, bytes, bytes]]:
        """Give size, claimed and actual root of each checkpoint within the stretch, by size."""
        claims = [(claim.size, claim.root, over(self.tree, claim.local)) for claim in stretch.claims]
        while self._elsewhere and self._elsewhere[0].size <= stretch.end:
            size, root = self._elsewhere[0].size, self._elsewhere[0].root
            self._elsewhere.popleft()
            actual = over(self.tree, stretch.roots[size]) if size > stretch.start else self.tree.root()
            claims.append((size, root, actual))
        return deque(sorted(claims))

    def _compare(self, claims: deque[tuple[int, bytes, bytes]], end: int) -> None:
        """Compare the roots of checkpoints over at most so many entries."""
        while claims and claims[0][0] <= end:
            size, claimed, actual = claims.popleft()
            if claimed != actual:
                message = f"Mit {size} Einträgen war die Wurzel bei der Unterschrift eine andere."
                raise VerificationError(Step.CHECKPOINTS, max(0, size - 1), FaultClass.DIVERGED, message)
            self.claimed += 1

    def _follow(self, seq: int, a: Mapping[str, Any]) -> None:
        if self._replay:
            self._replay.take(seq, a)

    def _account(self, stretch: Stretch) -> None:
        account(self.all.missing, self.all.unreadable, stretch)
        for erasure in stretch.erasures:
            for ledger in self._earlier:
                forget(ledger.all.missing, ledger.all.unreadable, erasure)
        self.all.erasures += stretch.erasures
        self.all.restored += stretch.restored
        self.all.add(stretch)

    def end(self, reader: LogReader, head: StoredHead, claimed: Frontier) -> None:
        """Say that the log has no further entries: compare with head, checkpoints, and what stands beside it."""
        self._no_more_notes(reader)
        if self.size != claimed.size:
            fault = FaultClass.MISSING if self.size < claimed.size else FaultClass.SURPLUS
            message = f"Der Kopf nennt {claimed.size} Einträge, vorhanden sind {self.size}."
            raise VerificationError(Step.TREE, min(self.size, claimed.size), fault, message)
        if self.tree != claimed:
            message = "Der Baum über die Einträge ist nicht der, den der Kopf nennt."
            raise VerificationError(Step.TREE, None, FaultClass.TREE, message)
        if self.last_ms != head.last_time_ms:
            message = "Der Kopf nennt eine andere letzte Zeit als der letzte Eintrag."
            raise VerificationError(Step.HEAD, None, FaultClass.HEAD, message)
        last = self.size - 1 if self.size else None
        _no_more(reader.bodies_b(last, 1), Step.BODIES)
        if self.question.keyed:
            _no_more(reader.index(last, 1), Step.INDEX)
        if reader.keeps_nodes:
            self._compare_nodes(reader)

    def _no_more_notes(self, reader: LogReader) -> None:
        """Raise ROLLED_BACK where more is signed than there is, here or elsewhere."""
        if not self.size:
            self._take_notes_of_nothing(reader)
        beyond = [checkpoint.size for checkpoint in self._elsewhere]
        for rows in pages(lambda after, _count: reader.notes(after, 1), Step.CHECKPOINTS, self.size or None):
            note = rows[0]
            if note[0] > self.size:
                kept_root(note, self.question)
                beyond.append(note[0])
                break
        if beyond:
            raise rolled_back(min(beyond), self.size)

    def _take_notes_of_nothing(self, reader: LogReader) -> None:
        """Compare the checkpoints over the empty log."""
        nothing = Stretch(0, 0, 0)
        for rows in pages(lambda after, _count: reader.notes(after, 1, 0), Step.CHECKPOINTS):
            root = kept_root(rows[0], self.question)
            nothing.claims.append(Claim(rows[0][0], root, EMPTY_ROOT))
        self.take(nothing)

    def _compare_nodes(self, reader: LogReader) -> None:
        """Compare the nodes that lie over several pages, and see that there are no more than the log completes."""
        for level, number, node in self._nodes:
            before = number - 1 if number else None
            if list(reader.nodes(level, before, 1)) != [(number, node)]:
                raise altered_node(level, number)
        self.all.nodes += len(self._nodes)
        levels = range(1, 1 + (self.size.bit_length() - 1) // HEIGHT)
        for level in levels:
            number = self.size >> HEIGHT * level
            if reader.nodes(level, number - 1, 1):
                raise altered_node(level, number)
        foreign = [level for level in reader.node_levels() if type(level) is not int or level not in levels]
        if foreign:
            message = "Von einer Ebene sind Prüfsummen abgelegt, die der Baum nicht hat."
            raise VerificationError(Step.TREE, None, FaultClass.NODE, message)


def _no_more(rows: Sequence[tuple[Any, ...]], step: Step) -> None:
    if rows:
        seq = rows[0][0] if type(rows[0][0]) is int else None
        message = "Hier steht etwas, wozu es im Protokoll nichts gibt."
        raise VerificationError(step, seq, FaultClass.SURPLUS, message)


def checked_head(head: StoredHead | None, verifier: Verifier) -> tuple[StoredHead, Frontier]:
    """Check the head by itself; give it and the tree it claims."""
    if head is None:
        raise VerificationError(Step.HEAD, None, FaultClass.HEAD, "Der Kopf des Protokolls fehlt.")
    if head.origin != verifier.name:
        message = "Der Kopf nennt eine andere Herkunft als der Prüfschlüssel."
        raise VerificationError(Step.HEAD, None, FaultClass.HEAD, message)
    numbers = (head.size, head.last_time_ms)
    if any(type(number) is not int for number in numbers) or type(head.frontier) is not bytes:
        raise VerificationError(Step.HEAD, None, FaultClass.HEAD, "Der Kopf ist unlesbar abgelegt.")
    try:
        return head, Frontier.from_bytes(head.size, head.frontier)
    except MalformedTree as error:
        raise VerificationError(Step.HEAD, None, FaultClass.HEAD, str(error)) from None


def gaps(ledgers: Sequence[Ledger]) -> Iterator[VerificationError]:
    """Give a fault for each log in which contents or bodies A are gone that nobody erased."""
    for ledger in ledgers:
        if ledger.all.unreadable:
            message = "Den Schlüssel des Inhalts A gibt es nicht mehr, und keine Löschung nennt ihn."
            first = min(ledger.all.unreadable.values())
            yield VerificationError(Step.KEYS, first, FaultClass.KEY, message, ledger.past)
        if ledger.all.missing:
            message = "Der Inhalt B fehlt, und keine Löschung nennt ihn."
            first = min(ledger.all.missing.values())
            yield VerificationError(Step.BODIES, first, FaultClass.BODY_MISSING, message, ledger.past)
