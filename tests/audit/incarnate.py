"""Lawful restores for the tests: the log moves into the past as it was in the backup, and a new one begins."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from audit.keys import KeyRing
from audit.log import Draft, Head
from audit.replay import Replay
from audit.report import Report
from audit.sources import Log
from audit.verify import verify_all
from tests.audit.world import MemoryLog, World, a_log, an_access, stored


@dataclass
class Restored:
    """A world in its newest incarnation, with the worlds before it as they lie in the past."""

    past: list[World] = field(default_factory=list)
    now: World = field(default_factory=World)

    def logs(self) -> list[Log]:
        return [
            Log(
                lambda log=world.log: nullcontext(log),
                world.verifier,
                number if world is not self.now else None,
            )
            for number, world in enumerate([*self.past, self.now], 1)
        ]

    def verify(self, *, keys: bool = True, replay: Replay | None = None, **how: object) -> Report:
        """Verify all incarnations as a new process would, with nothing cached."""
        ring = KeyRing(self.now.provider, self.now.log.keys, "0b5e") if keys else None
        return verify_all(self.logs(), ring, replay=replay, **how)


def said_of(before: World, signed: tuple[int, bytes | None], /, **other: object) -> dict[str, Any]:
    """Body A of the entry that begins an incarnation; `signed` is the last checkpoint that was known."""
    head = before.current
    size, note = signed
    return {
        "action": "restored", "outcome": "done", "actor": "leitung-1", "requested_by": "dsb-1",
        "purpose": "Platte defekt",
        "before": {
            "origin": before.origin, "size": head.size, "root": head.frontier.root().hex(),
            "vkey": before.verifier.vkey, "signed_size": size, "signed_note": note.decode() if note else None,
        },
        "lost": max(0, size - head.size), "at": "2026-11-02T13:00:00+00:00",
    } | other  # fmt: skip


def restored(
    backup: World, signed: tuple[int, bytes | None], past: Sequence[World] = (), **other: object
) -> Restored:
    """Begin the next incarnation over a backup; keys and case keys come with it."""
    before = backup.copied()
    before.log.with_nodes = False
    before.log.tree = {}
    origin = f"{before.origin.rpartition('/')[0]}/{len(past) + 2}"
    now = World(origin, backup.provider, backup.random)
    now.now_ms = backup.now_ms
    now.log = MemoryLog(stored(Head(origin)), keys=before.log.keys, case_keys=before.log.case_keys)
    now.ring = backup.ring.over(now.log.keys)
    now.open_keys = dict(backup.open_keys)
    now.record(Draft("steps", said_of(before, signed, **other)))
    return Restored([*past, before], now)


def a_restored_log(entries: int = 9, lost: int = 3) -> tuple[Restored, bytes]:
    """A log restored from a backup of so many entries, after so many more were signed; and the last note of those."""
    backup = a_log(entries)
    live = backup.copied()
    live.random = backup.random
    for _ in range(lost):
        live.record(an_access("leitung-9"))
    note = live.sign()
    return restored(backup, (entries + lost, note)), note
