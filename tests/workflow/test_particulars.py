"""What an entry says beside who and when, as an auditor reads it; whatever stands in it, it is read without an error."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.audited import Audited, Recorded
from workflow.particulars import particulars

NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)
NAMES = {"okafor": "Frau Okafor (okafor)", "brandt": "Frau Brandt (brandt)"}


def told(action: str, **a: object) -> list[str]:
    entry = Recorded(7, NOON, {"action": action, "outcome": "done", **a})
    return list(particulars(entry, lambda person: NAMES.get(str(person), str(person))))


@pytest.mark.parametrize(
    ("action", "a", "expected"),
    [
        ("user", {"roles_before": ["case_worker"], "roles": ["case_worker", "supervisor"]},
         ["Rolle: Fachkraft Frühe Hilfen → Fachkraft Frühe Hilfen, Leitung"]),
        ("user", {"roles_before": [], "roles": ["dpo"]}, ["Rolle: keine → Datenschutzbeauftragte"]),
        ("user", {"roles_before": ["dpo"], "roles": ["dpo"]}, ["Rolle unverändert: Datenschutzbeauftragte"]),
        ("user", {"roles": ["dpo"]}, ["Rolle: Datenschutzbeauftragte"]),
        ("substitution", {"absent": "brandt", "first": "2026-12-01", "last": "2026-12-24"},
         ["vertritt Frau Brandt (brandt)", "vom 01.12.2026 bis 24.12.2026"]),
        ("keys_rotated", {"part": "begun", "from": [1, 2], "to": 3}, ["von Version 1, 2 auf 3", "begonnen"]),
        ("keys_rotated", {"part": "done", "from": [1], "to": 2, "cases": 12, "keys": 5, "names": 12, "left": 0},
         ["von Version 1 auf 2", "abgeschlossen",
          "12 Fälle, 5 Schlüssel des Protokolls, 12 Namen neu verschlüsselt"]),
        ("keys_escrowed", {"kek_versions": [1, 2], "recovery_key": "ab" * 32},
         ["Version 1, 2", "für den Schlüssel abababababab…"]),
        ("key_destroyed", {"kek_version": 1}, ["Version 1"]),
        ("backup", {"entries": 40, "kek_version": 2, "sha256": "0f" * 32},
         ["40 Einträge", "unter Version 2 des Hauptschlüssels", "SHA-256 0f0f0f0f0f0f…"]),
        ("restore_requested", {"actor": "brandt", "sha256": "0f" * 32},
         ["beantragt von Frau Brandt (brandt)", "SHA-256 0f0f0f0f0f0f…"]),
        ("restored", {"actor": "okafor", "requested_by": "brandt", "here": True, "lost": 2, "given_up": None,
                      "skipped": {"2026": 100}},
         ["freigegeben von Frau Okafor (okafor)", "die Datenbank, wie sie lag",
          "2 unterschriebene Einträge verloren", "wie viele Einträge fehlen, weiß niemand",
          "100 Nummern von 2026 ausgelassen"]),
        ("erased", {"actor": "okafor", "ground": "family_request", "kek_version": 1},
         ["genehmigt von Frau Okafor (okafor)", "Grund: Verlangen der Familie (Art. 17 DSGVO)",
          "Schlüssel unter Version 1"]),
        ("clock_jumped", {"jump_ms": -3_600_000}, ["um −1 h"]),
        ("open", {"dry_run": True}, ["zur Probe"]),
        ("triage(no)", {"state": "in_contact"}, []),
    ],
)  # fmt: skip
def test_an_entry_says_what_an_auditor_asks(action: str, a: dict[str, object], expected: list[str]) -> None:
    assert told(action, **a) == expected


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
FIELDS = (
    "actor", "roles", "roles_before", "absent", "first", "last", "kinds", "ids", "profile", "profile_version",
    "configurations", "sha256", "part", "from", "to", "cases", "keys", "names", "left", "count", "kek_versions",
    "recovery_key", "kek_version", "entries", "here", "lost", "given_up", "skipped", "ground", "jump_ms", "size",
    "recipients", "halted", "dry_run", "outcome", "accepted", "known",
)  # fmt: skip


@given(st.sampled_from(list(Audited)), st.dictionaries(st.sampled_from(FIELDS), anything))
def test_no_entry_of_an_older_or_newer_program_is_an_error(action: Audited, a: dict[str, object]) -> None:
    entry = Recorded(1, NOON, {**a, "action": str(action)})
    assert all(isinstance(word, str) and word for word in particulars(entry, str))
    assert particulars(Recorded(1, NOON, None), str) == ()
