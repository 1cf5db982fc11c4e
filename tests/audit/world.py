"""A log in memory for the tests, with the columns a database has and an attacker can write to."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit.checkpoint import Checkpoint
from audit.clock import ClockWatch
from audit.errors import KeyDestroyed, WrongKey
from audit.faults import FaultClass, VerificationError
from audit.keys import KekVersion, KeyRing, Random, log_verifier
from audit.log import Draft, Head, append
from audit.note import Verifier
from audit.reader import StoredHead, StoredKey, StoredNote, StoredRow
from audit.replay import CaseImage, Replay
from audit.seal import DataKey
from audit.verify import Report, verify

R = TypeVar("R", bound=tuple[Any, ...])
ORIGIN = "lotse/0b5e/1"
NOON = 1_793_620_800_000
"""2 November 2026, 12:00 UTC, in Unix milliseconds."""


class FixedKeys:
    """A key provider whose secrets are known: the same bytes in every run."""

    def __init__(self, seed: int = 7) -> None:
        self._keks = {1: AESGCM(bytes([seed]) * 32)}
        self._signing = Ed25519PrivateKey.from_private_bytes(bytes([seed + 1]) * 32)
        self._count = 0

    def current_version(self) -> int:
        return max(self._keks)

    def versions(self) -> tuple[KekVersion, ...]:
        return tuple(KekVersion(number, NOON + number) for number in sorted(self._keks))

    def add_version(self) -> int:
        version = self.current_version() + 1
        self._keks[version] = AESGCM(bytes([89 + version]) * 32)
        return version

    def wrap(self, version: int, context: bytes, secret: bytes) -> bytes:
        if version not in self._keks:
            raise KeyDestroyed
        self._count += 1
        nonce = self._count.to_bytes(12)
        return nonce + self._keks[version].encrypt(nonce, secret, context)

    def unwrap(self, version: int, context: bytes, wrapped: bytes) -> bytes:
        if version not in self._keks:
            raise KeyDestroyed
        try:
            return self._keks[version].decrypt(wrapped[:12], wrapped[12:], context)
        except (InvalidTag, ValueError):
            raise WrongKey from None

    def destroy_version(self, version: int) -> None:
        if version not in self._keks:
            raise KeyDestroyed
        del self._keks[version]

    def sign(self, message: bytes) -> bytes:
        return self._signing.sign(message)

    def public_key(self) -> bytes:
        return self._signing.public_key().public_bytes_raw()


class Counting:
    """Random bytes that are none: 1, 2, 3 … in blocks, the same in every run."""

    def __init__(self) -> None:
        self._next = 0

    def __call__(self, size: int) -> bytes:
        self._next += 1
        return bytes((self._next * 31 + place) % 256 for place in range(size))


class MemoryKeys(dict[str, tuple[int, bytes, bytes]]):
    """Wrapped keys by purpose."""

    def put(self, purpose: str, kek_version: int, wrapped: bytes, key_id: bytes) -> None:
        if purpose in self:
            raise KeyError(purpose)
        self[purpose] = (kek_version, wrapped, key_id)


@dataclass
class MemoryLog:
    """All columns of all log tables, open to anyone."""

    stored_head: StoredHead
    entries: list[StoredRow] = field(default_factory=list)
    contents: list[tuple[int, bytes]] = field(default_factory=list)
    cases: list[tuple[int, str]] = field(default_factory=list)
    kept: list[StoredNote] = field(default_factory=list)
    tree: dict[int, list[tuple[int, bytes]]] = field(default_factory=dict)
    keys: MemoryKeys = field(default_factory=MemoryKeys)
    case_keys: dict[str, tuple[bytes, int]] = field(default_factory=dict)
    with_nodes: bool = True

    def head(self) -> StoredHead | None:
        return self.stored_head

    def stand(self) -> StoredHead | None:
        return self.stored_head

    def rows(self, after: int | None, count: int) -> Sequence[StoredRow]:
        return _page(self.entries, after, count)

    def leaves(self, after: int | None, count: int) -> Sequence[tuple[int, bytes]]:
        return [(seq, leaf) for seq, leaf, *_ in self.rows(after, count)]

    @property
    def keeps_nodes(self) -> bool:
        return self.with_nodes

    def bodies_b(
        self, after: int | None, count: int, through: int | None = None
    ) -> Sequence[tuple[int, bytes]]:
        return _page(self.contents, after, count, through)

    def index(self, after: int | None, count: int, through: int | None = None) -> Sequence[tuple[int, str]]:
        return _page(self.cases, after, count, through)

    def nodes(self, level: int, after: int | None, count: int) -> Sequence[tuple[int, bytes]]:
        return _page(self.tree.get(level, []), after, count)

    def node_levels(self) -> Sequence[int]:
        return [level for level, nodes in self.tree.items() if nodes]

    def notes(self, after: int | None, count: int, through: int | None = None) -> Sequence[StoredNote]:
        return _page(self.kept, after, count, through)

    def wrapped_keys(self) -> Sequence[StoredKey]:
        return [(purpose, *stored) for purpose, stored in self.keys.items()]

    def case_key(self, case: str) -> tuple[bytes, int] | None:
        return self.case_keys.get(case)

    def content_of(self, case: str) -> int | None:
        kept = {seq for seq, _ in self.contents}
        return next((seq for seq, named in self.cases if named == case and seq in kept), None)


def _page(table: Sequence[R], after: int | None, count: int, through: int | None = None) -> list[R]:
    found = (row for row in table if after is None or row[0] > after)
    return sorted((row for row in found if through is None or row[0] <= through), key=lambda row: row[0])[
        :count
    ]


class World:
    """A town's office whose log grows in memory; `random` makes keys and nonces."""

    def __init__(
        self, origin: str = ORIGIN, keys: FixedKeys | None = None, random: Random | None = None
    ) -> None:
        self.origin = origin
        self.random = random or Counting()
        self.provider = keys or FixedKeys()
        self.log = MemoryLog(StoredHead(origin, 0, b"", 0))
        self.ring = KeyRing(self.provider, self.log.keys, "0b5e", self.random)
        self.current = Head(origin)
        self.now_ms = NOON
        self.open_keys: dict[str, DataKey] = {}

    def copied(self) -> "World":
        """Copy the database; the keys stay where they are."""
        twin = World(self.origin, self.provider, self.random)
        twin.log = copy.deepcopy(self.log)
        twin.ring = self.ring.over(twin.log.keys)
        twin.current, twin.now_ms, twin.open_keys = self.current, self.now_ms, dict(self.open_keys)
        return twin

    @property
    def verifier(self) -> Verifier:
        return log_verifier(self.origin, self.provider)

    def case(self, case: str) -> DataKey:
        """The key of a case, made with its first entry."""
        if case not in self.open_keys:
            self.open_keys[case], wrapped, version = self.ring.new_case_key(case)
            self.log.case_keys[case] = (wrapped, version)
        return self.open_keys[case]

    def record(self, *drafts: Draft, watch: ClockWatch | None = None) -> None:
        """Append in one batch, a second later."""
        self.now_ms += 1000
        rows, self.current = append(
            self.current, drafts, self.ring, self.now_ms, watch=watch, random=self.random
        )
        self.ring.settle()
        for row in rows:
            self.log.entries.append((row.seq, row.leaf, row.mac, row.body_a))
            if row.body_b is not None:
                self.log.contents.append((row.seq, row.body_b))
            if row.case is not None:
                self.log.cases.append((row.seq, row.case))
        for level, number, node in self.current.completed:
            self.log.tree.setdefault(level, []).append((number, node))
        self.log.stored_head = stored(self.current)

    def sign(self) -> bytes:
        """Keep a checkpoint over all entries."""
        frontier = self.current.frontier
        note = Checkpoint(self.origin, frontier.size, frontier.root()).sign(self.verifier, self.provider.sign)
        self.log.kept = [kept for kept in self.log.kept if kept[0] != frontier.size] + [(frontier.size, note)]
        return note

    def verify(
        self, *, keys: bool = True, replay: Sequence[CaseImage] | None = None, **how: object
    ) -> Report:
        """Verify as a new process would, with nothing cached."""
        ring = KeyRing(self.provider, self.log.keys, "0b5e") if keys else None
        return verify(
            self.log, self.verifier, ring, replay=Replay(replay) if replay is not None else None, **how
        )


def stored(head: Head) -> StoredHead:
    return StoredHead(head.origin, head.size, head.frontier.to_bytes(), head.last_time_ms)


def a_step(world: World, case: str, version: int, **other: object) -> Draft:
    """A step of a case, with content of an invented family."""
    a = {
        "action": "attempt_contact",
        "actor": "fachkraft-3",
        "role": "case_worker",
        "case": case,
        "version": version,
        "profile": "standard",
        "profile_version": 1,
        "state": "consent_checked",
        "set": ["attempted"],
        "cleared": ["looked"],
        "opened": [],
        "met": [],
        "fallen": [],
        "outcome": "done",
        "purpose": "Erstkontakt",
        "basis": "Art. 6 DSGVO",
    } | other
    return Draft("steps", a, {"family": "Familie Wunderlich-Beispiel"}, world.case(case))


def an_access(actor: str = "leitung-1") -> Draft:
    """A list that was looked at: kind and count, no case, no content."""
    return Draft(
        "access", {"action": "list", "actor": actor, "role": "supervisor", "count": 12, "outcome": "done"}
    )


def erased(world: World, case: str) -> None:
    """Erase a case as the erasure command does: key, contents, entry."""
    key_id = world.case(case).key_id
    del world.log.case_keys[case]
    keys = {row[0] for row in world.log.entries if row[1][88:120] == key_id}
    world.log.contents = [row for row in world.log.contents if row[0] not in keys]
    a = {"action": "erased", "case": case, "key_id": key_id.hex(), "outcome": "done", "actor": "dsb-1"}
    world.record(Draft("steps", a))


def erased_accesses(world: World, year: int) -> None:
    """Erase a year of accesses as the erasure command does: key, lines of the index, entry."""
    purpose = f"access/{year}/0"
    key_id = world.ring.key(purpose).key_id
    del world.log.keys[purpose]
    world.ring.forget(purpose)
    sealed = {row[0] for row in world.log.entries if row[1][56:88] == key_id}
    world.log.cases = [row for row in world.log.cases if row[0] not in sealed]
    a = {"action": "erased", "purpose": purpose, "key_id": key_id.hex(), "outcome": "done", "actor": "dsb-1"}
    world.record(Draft("steps", a | {"ground": "access_log"}))


def a_log(entries: int = 12, *, signed: bool = True) -> World:
    """A log with steps of three cases and accesses between them, every third entry without content."""
    world = World()
    versions: dict[str, int] = {}
    for place in range(entries):
        if place % 3 == 2:
            world.record(an_access())
        else:
            case = f"{place % 4:032x}"
            versions[case] = versions.get(case, 0) + 1
            world.record(a_step(world, case, versions[case]))
        if signed and place % 5 == 4:
            world.sign()
    if signed:
        world.sign()
    return world


def found(world: World, **how: object) -> FaultClass:
    """Verify and give the class of the fault."""
    with pytest.raises(VerificationError) as caught:
        world.verify(**how)
    assert str(caught.value)
    return caught.value.fault
