"""Go's tlog and note judge as we do: over all probes, prepared notes, and notes altered at random.

Where Go is more lenient than we are, it is known where; nothing that Go refuses do we accept.
"""

import base64
import json
import os
import random
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from audit.errors import MalformedNote
from audit.note import open_note
from tests.audit.probes import FILE as PROBES
from tests.audit.test_hostile_notes import GOOD, HOSTILE, LINE, OURS, STRICTER, WITNESS, under
from tests.system.golang import built

SOURCE = Path(__file__).with_name("go") / "judge.go"

ROOT = base64.b64encode(bytes(32)).decode()


@pytest.fixture(scope="module")
def go(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(SOURCE, tmp_path_factory.mktemp("go"))


def judged(go: Path, questions: Iterable[object]) -> list[bool]:
    lines = "\n".join(map(json.dumps, questions))
    done = subprocess.run(
        [str(go), OURS.vkey], input=lines, capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [line == "true" for line in done.stdout.splitlines()]


def accepted(note: bytes) -> bool:
    try:
        open_note(note, OURS)
    except MalformedNote:
        return False
    return True


def asked(notes: Iterable[bytes]) -> list[dict[str, str]]:
    return [{"note": base64.b64encode(note).decode()} for note in notes]


def agrees(go: Path, probes: dict[str, list[dict[str, Any]]]) -> None:
    """Go has no form for a root that is no hash; one public probe accepts such a one, equal to itself."""
    for kind in ("inclusion", "consistency"):
        found = [
            probe for probe in probes[kind] if probe["wantErr"] or len(probe.get("root1", ROOT)) == len(ROOT)
        ]
        assert len(found) >= len(probes[kind]) - 1
        verdicts = judged(go, found)
        wrong = [
            probe["name"] for probe, holds in zip(found, verdicts, strict=True) if holds is probe["wantErr"]
        ]
        assert wrong == []


def test_go_judges_our_own_probes_as_they_say(go: Path) -> None:
    agrees(go, json.loads(PROBES.read_text()))


def test_go_judges_the_public_probes_as_they_say(go: Path) -> None:
    folder = os.environ.get("LOTSE_VECTORS")
    if folder is None:
        pytest.skip("LOTSE_VECTORS nennt keinen Ordner: Die öffentlichen Proben laufen nicht.")
    agrees(go, json.loads(Path(folder, "merkle-probes.json").read_text()))


def test_go_refuses_every_prepared_note_that_we_refuse(go: Path) -> None:
    verdicts = judged(go, asked(HOSTILE.values()))
    assert [name for name, holds in zip(HOSTILE, verdicts, strict=True) if holds] == []
    assert judged(go, asked((GOOD, under(LINE, WITNESS)))) == [True, True]


def test_where_we_are_stricter_than_go_is_known(go: Path) -> None:
    """Each of these would be a second file for one and the same note, or a name that deceives the eye."""
    assert all(judged(go, asked(STRICTER.values())))


def altered(rng: random.Random) -> bytes:
    """A note with something taken out, put in, doubled or turned over, at one to three places."""
    note = rng.choice((GOOD, under(LINE, WITNESS), under(WITNESS, LINE)))
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(note) + 1)
        to = min(len(note), at + rng.randint(1, 12))
        piece = note[at:to]
        inserted = rng.choice(
            (b"", piece, piece * 2, b"\n", b" ", b"+", b"=", b"\xc2\xa0", bytes([rng.randrange(256)]))
        )
        turned = bytes([piece[0] ^ 1 << rng.randrange(8)]) + piece[1:] if piece else b""
        note = note[:at] + rng.choice((inserted, inserted + piece, turned)) + note[to:]
    return note


def test_of_ten_thousand_altered_notes_we_accept_none_that_go_refuses(go: Path) -> None:
    rng = random.Random(6962)  # noqa: S311 - the same notes in every run
    notes = [altered(rng) for _ in range(10_000)]
    verdicts = judged(go, asked(notes))
    ours = [accepted(note) for note in notes]
    assert [note for note, we, they in zip(notes, ours, verdicts, strict=True) if we and not they] == []
    lenient = sum(they and not we for we, they in zip(ours, verdicts, strict=True))
    assert lenient < len(notes) / 50
    # Some are whole: what was altered is a signature of a witness, whom nobody asked.
    assert 10 < sum(ours) < len(notes) / 3
