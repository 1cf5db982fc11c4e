"""A page judged entry by entry: what counts as a fault is said here, and which is the first.

It is slow and complete. `audit.glance` says of an unaltered page the same at once, and nothing of any other.
"""

from collections import deque
from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import Any, TypeVar

from audit.checkpoint import open_checkpoint
from audit.cursor import Beside, pages
from audit.entry import Leaf, log_id
from audit.errors import MalformedNote
from audit.faults import FaultClass, Step, VerificationError
from audit.note import Verifier
from audit.page import Page, Question
from audit.reader import StoredNote, StoredRow
from audit.replay import told
from audit.stretch import Claim, Stretch, forget
from audit.succession import checked_hash, checked_leaf
from audit.tree import EMPTY_ROOT, HEIGHT, Frontier, Node, leaf_hash
from audit.unseal import RESTORED, Bodies, erasable, erasure_of, no_key

R = TypeVar("R", bound=tuple[object, ...])


def entry_by_entry(page: Page, question: Question, bodies: Bodies | None, before_ms: int) -> Stretch:
    """Judge a page; `before_ms` is the time of the entry before it. The first fault is in what is given."""
    return _EntryByEntry(page, question, bodies, before_ms).judged()


class _EntryByEntry:
    """One walk through one page."""

    def __init__(self, page: Page, question: Question, bodies: Bodies | None, before_ms: int) -> None:
        self._page = page
        self._question = question
        self._bodies = bodies
        self._found = Stretch(page.start, before_ms, before_ms)
        self._leaves: list[bytes] = []
        self._kept: dict[int, bytes] = {}

    def judged(self) -> Stretch:
        """Walk, and keep the fault that ended it."""
        found = self._found
        try:
            self._walk()
        except VerificationError as fault:
            found.fault = fault
        found.tree, nodes, found.roots = local_tree(self._page.start, self._leaves, self._sizes())
        if found.fault is None:
            found.fault = node_fault(self._page, nodes)
            found.nodes = len(nodes) if self._page.nodes is not None else 0
        found.claims = [Claim(size, root, found.roots[size]) for size, root in self._kept.items()]
        return found

    def _sizes(self) -> set[int]:
        asked = (size for size in self._question.sizes if self._page.start < size <= self._end)
        return {*asked, *self._kept}

    @property
    def _end(self) -> int:
        return self._page.start + len(self._leaves)

    def _walk(self) -> None:
        page = self._page
        mac = None
        if self._bodies:
            self._bodies.refresh(page.keys, page.case_keys)
            mac = self._bodies.mac_key()
        log = log_id(self._question.origin)
        contents, index = Beside(_once(page.contents), Step.BODIES), Beside(_once(page.index), Step.INDEX)
        notes = deque(row for rows in pages(_once(page.notes), Step.CHECKPOINTS) for row in rows)
        self._claims(notes)
        for row in (row for rows in pages(_once(page.rows), Step.ENTRIES) for row in rows):
            leaf = checked_leaf(row, self._end, self._found.last_ms, log, mac)
            self._entry(leaf, row, contents, index)
            self._found.last_ms = leaf.time_ms
            self._leaves.append(leaf_hash(row[1]))
            self._claims(notes)
        contents.end()
        index.end()
        if notes:
            kept_root(notes[0], self._question)
            raise rolled_back(notes[0][0], self._end)

    def _entry(
        self,
        leaf: Leaf,
        row: StoredRow,
        contents: "Beside[tuple[int, bytes]]",
        index: "Beside[tuple[int, str]]",
    ) -> None:
        """Check one entry and all that stands beside it."""
        _, raw, _, body_a = row
        checked_hash(body_a, leaf.hash_a, leaf.seq, FaultClass.BODY_A)
        body_b = self._body_b(leaf, contents.at(leaf.seq))
        if self._bodies is None:
            self._found.unjudged += leaf.key_b is not None and body_b is None
            return
        indexed = index.at(leaf.seq)
        if leaf.key_a in self._bodies.of_day(leaf.time_ms, leaf.seq):
            a = self._bodies.open_a(leaf, raw, body_a)
            self._found.opened += 1
            self._accountability(self._bodies, leaf, raw, a, indexed, body_b)
        else:
            self._dark(leaf, indexed)
        if leaf.key_b is not None and body_b is None:
            self._found.gone += 1
            self._found.missing.setdefault(leaf.key_b, leaf.seq)

    def _body_b(self, leaf: Leaf, stored: tuple[int, bytes] | None) -> bytes | None:
        """Check the hash of body B; None where there is none or where it is gone."""
        if stored is None:
            return None
        if leaf.hash_b is None:
            message = "Der Eintrag hat keinen Inhalt B, in den Tabellen steht einer."
            raise VerificationError(Step.BODIES, leaf.seq, FaultClass.SURPLUS, message)
        checked_hash(stored[1], leaf.hash_b, leaf.seq, FaultClass.BODY_B)
        self._found.contents += 1
        return stored[1]

    def _accountability(
        self,
        bodies: Bodies,
        leaf: Leaf,
        raw: bytes,
        a: dict[str, Any],
        indexed: tuple[int, str] | None,
        body_b: bytes | None,
    ) -> None:
        """Check what body A says against index and contents, and keep what later entries and tables depend on."""
        case, found = a.get("case"), self._found
        if (indexed and indexed[1]) != case:
            message = "Das Verzeichnis nennt für diesen Eintrag einen anderen Fall oder keinen."
            raise VerificationError(Step.INDEX, leaf.seq, FaultClass.INDEX, message)
        if body_b is not None:
            found.opened += bodies.open_b(leaf, raw, case, body_b)
        erasure = erasure_of(leaf.seq, a)
        found.indexed += indexed is not None
        if erasure:
            found.erasures.append(erasure)
            forget(found.missing, found.unreadable, erasure)
        if a.get("action") == RESTORED and a.get("outcome") == "done":
            found.restored.append((leaf.seq, a))
        replayed = told(a) if self._question.told else None
        if replayed is not None:
            found.told.append((leaf.seq, replayed))

    def _dark(self, leaf: Leaf, indexed: tuple[int, str] | None) -> None:
        """Body A has no key: a fault, unless its year of accesses was erased, and with it the lines of the index."""
        if indexed is not None:
            raise no_key(leaf.seq)
        self._found.dark += 1
        which = (erasable(leaf.time_ms, leaf.seq), leaf.key_a)
        self._found.unreadable.setdefault(which, leaf.seq)

    def _claims(self, notes: deque[StoredNote]) -> None:
        """Open the checkpoints that the log keeps over as many entries as there are by now."""
        while notes and notes[0][0] <= self._end:
            note = notes.popleft()
            self._kept[note[0]] = kept_root(note, self._question)


def _once(rows: Sequence[R]) -> Callable[[int | None, int], Sequence[R]]:
    """Give the rows of a page as a table that has no more than them."""
    return lambda after, _count: rows if after is None else ()


def rolled_back(signed: int, size: int) -> VerificationError:
    """Say that more entries were signed than there are."""
    message = f"Unterschrieben sind {signed} Einträge, vorhanden {size}."
    return VerificationError(Step.CHECKPOINTS, size, FaultClass.ROLLED_BACK, message)


def kept_root(note: StoredNote, question: Question) -> bytes:
    """Open a checkpoint that the log itself keeps and give its root; CHECKPOINT where it is not what it should be."""
    size, signed = note
    try:
        verifier = Verifier(question.origin, question.public_key)
        checkpoint = open_checkpoint(signed if type(signed) is bytes else b"", verifier, alone=True)
    except MalformedNote as error:
        raise VerificationError(Step.CHECKPOINTS, None, FaultClass.CHECKPOINT, str(error)) from None
    if checkpoint.size != size:
        message = f"Der Prüfpunkt über {checkpoint.size} Einträge liegt unter der Größe {size}."
        raise VerificationError(Step.CHECKPOINTS, None, FaultClass.CHECKPOINT, message)
    return checkpoint.root


def local_tree(
    start: int, leaves: list[bytes], sizes: set[int]
) -> tuple[Frontier, list[Node], dict[int, bytes]]:
    """Give the tree over these leaf hashes, its nodes, and its roots at these sizes of the log."""
    tree, done = Frontier(), 0
    nodes: list[Node] = []
    roots: dict[int, bytes] = {}
    for size in sorted(sizes):
        tree, some = tree.grow(leaves[done : size - start])
        nodes += some
        done = size - start
        roots[size] = tree.root() if done else EMPTY_ROOT
    tree, some = tree.grow(leaves[done:])
    return tree, [*nodes, *some], roots


def node_fault(page: Page, nodes: list[Node]) -> VerificationError | None:
    """Compare the kept nodes of a page with the computed ones; NODE for the first that differs."""
    if page.nodes is None:
        return None
    start = page.start
    expected = sorted((level, (start >> HEIGHT * level) + place, node) for level, place, node in nodes)
    pairs = zip_longest(expected, page.nodes)
    wrong = next((one or other for one, other in pairs if one != other), None)
    return altered_node(wrong[0], wrong[1]) if wrong else None


def altered_node(level: int, number: int) -> VerificationError:
    """Say that a kept node is missing, altered or one too many."""
    message = f"Die abgelegte Prüfsumme {number} der Ebene {level} fehlt, ist zu viel oder eine andere."
    seq = number << HEIGHT * level if number >= 0 else None
    return VerificationError(Step.TREE, seq, FaultClass.NODE, message)
