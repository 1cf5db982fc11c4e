"""The frozen example of the format: known keys and nonces, so that every byte is known.

`python -m tests.audit.golden` writes it anew; then the format has changed, and every log ever written with it.
"""

import json
from pathlib import Path
from typing import Any

from audit.log import Draft
from audit.proof import log_range_root, prove
from tests.audit.world import World, a_step, an_access

FILE = Path(__file__).with_name("data") / "lts1.json"
CASE = "5eed" * 8


def build() -> dict[str, Any]:
    """Give a log of five entries with all that stands beside it, bytes as hex."""
    world = World()
    world.record(a_step(world, CASE, 1, action="receive", purpose="Übernahme"))
    world.record(an_access(), a_step(world, CASE, 2))
    world.now_ms -= 120_000
    world.record(Draft("access", {"action": "open_case", "case": CASE, "outcome": "done"}))
    world.record(Draft("steps", {"action": "note", "case": CASE, "version": 3, "text": "x" * 300}))
    note = world.sign()
    contents = dict(world.log.contents)
    return {
        "origin": world.origin,
        "tenant": "0b5e",
        "kek": {"version": 1, "secret": (bytes([7]) * 32).hex()},
        "signing_key": (bytes([8]) * 32).hex(),
        "vkey": world.verifier.vkey,
        "keys": {
            purpose: {
                "kek_version": version,
                "wrapped": wrapped.hex(),
                "key_id": key_id.hex(),
                "secret": world.ring.key(purpose).secret.hex(),
            }
            for purpose, (version, wrapped, key_id) in world.log.keys.items()
        },
        "case_key": {
            "case": CASE,
            "secret": world.case(CASE).secret.hex(),
            "wrapped": world.log.case_keys[CASE][0].hex(),
        },
        "entries": [
            {
                "seq": seq,
                "leaf": leaf.hex(),
                "mac": mac.hex(),
                "body_a": body_a.hex(),
                "body_b": contents[seq].hex() if seq in contents else None,
            }
            for seq, leaf, mac, body_a in world.log.entries
        ],
        "frontier": world.log.stored_head.frontier.hex(),
        "last_time_ms": world.log.stored_head.last_time_ms,
        "checkpoint": note.decode(),
        "proof_of_3": prove(3, note, world.verifier, log_range_root(world.log)).to_bytes().decode(),
    }


def text() -> str:
    """Give the file's text."""
    return json.dumps(build(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(text())
