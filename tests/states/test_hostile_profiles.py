"""A file from outside: too big, too deep, doubled, misspelt, disguised; each refused with a German sentence."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import states.profile as module
from states.profile import BadProfile, load, read_profile
from states.prover import Unlawful, prove

DEFAULT = load("default").text.decode()
STEP = """
[[step]]
name = "x_visit"
label = "Besuch"
from = "in_contact"
by = "case_worker"
source = "own"
"""
STATE = """
[[state]]
name = "x_waiting"
label = "Warten"
like = "in_contact"
source = "own"
"""
TIGHTER = """
[[tighten]]
command = "note"
from = "received"
also = "looked | danger"
source = "own"
"""


def with_entry(entry: str) -> bytes:
    """Give the default profile with one entry more, before its days."""
    head, days = DEFAULT.split("\n[days]", 1)
    return f"{head}\n{entry}\n[days]{days}".encode()


def refusal(text: bytes) -> str:
    with pytest.raises(BadProfile) as refused:
        read_profile(text)
    return str(refused.value)


def test_an_ordinary_step_and_state_are_read() -> None:
    read = read_profile(with_entry(STATE + STEP))
    assert read.process.label("x_visit") == "Besuch"
    assert read.process.kin("x_waiting") == "in_contact"


@pytest.mark.parametrize(
    ("text", "saying"),
    [
        (b"#" * 70_000, "größer als 64 KiB"),
        (b"\xff\xfe", "nicht in UTF-8"),
        (b"name = ", "kein gültiges TOML"),
        (DEFAULT.encode() + b"[office]\n", "doppelt"),
        (b"name = 'x'\nname = 'y'\n", "doppelt"),
        (b"a = " + b"[" * 30_000, "zu tief"),
        (b"a = " + b"{ a = " * 10_000, "zu tief"),
        (b"", "„name“ fehlt"),
        (DEFAULT.replace('"default"', '"Default!"', 1).encode(), "Kleinbuchstaben"),
        (DEFAULT.replace("version = 4", "version = true").encode(), "ganze Zahl"),
        (DEFAULT.replace("version = 4", "version = 0").encode(), "1 bis"),
        (DEFAULT.replace('"NW"', '"Nordrhein"').encode(), "möglich ist: BB"),
        (DEFAULT.replace('"arbeitstage"', '"tage"', 1).encode(), "möglich ist: arbeitstage"),
        (DEFAULT.replace("closing_days = []", 'closing_days = ["24.12."]').encode(), "MM-TT"),
        (DEFAULT.replace("holiday_parts = []", 'holiday_parts = ["köln"]').encode(), "katholisch"),
        (DEFAULT.replace("reach = { days = 15", "reach = { days = 0").encode(), "1 bis 366"),
        (DEFAULT.replace("reach = {", "reached = {").encode(), "„days“ fehlt"),
        (DEFAULT.replace("days = 3, aim = 1", "days = 3, aim = 4").encode(), "1 bis 3"),
        (DEFAULT.replace('role = "family_nurse"', 'role = "family_midwife"').encode(), "steht doppelt"),
        (DEFAULT.replace('role = "family_nurse"', 'role = "planner"').encode(), "möglich ist: family_midwife"),
        (DEFAULT.replace("[[recipient]]", "[[recipients]]").encode(), "unbekannt"),
        (DEFAULT.encode() + b"surprise = 1\n", "unbekannt: „surprise“"),
        (DEFAULT.replace("source =", "quelle =").encode(), "„source“ fehlt"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_file_that_is_none_is_refused(text: bytes, saying: str) -> None:
    assert saying in refusal(text)


@pytest.mark.parametrize(
    ("entry", "saying"),
    [
        (STEP.replace("x_visit", "close"), "kein eigener Name"),
        (STEP.replace("x_visit", "x_besüch"), "kein eigener Name"),
        (STEP + STEP.replace("Besuch", "Anderes"), "kaum zu unterscheiden"),
        (STEP + STEP.replace("x_visit", "x_v1sit").replace("Besuch", "Anderes"), "kaum zu unterscheiden"),
        (STEP.replace("x_visit", "x_close"), "kaum zu unterscheiden"),
        (STEP.replace('"Besuch"', '"Аbschließen"'), "gewöhnlicher Schrift"),
        (STEP.replace('"Besuch"', '"Abschliessen "'), "gewöhnlicher Schrift"),
        (STEP.replace('"Besuch"', '"Besuch\\u202e"'), "gewöhnlicher Schrift"),
        (STEP.replace('"Besuch"', '"Besuch\\nAbschließen"'), "gewöhnlicher Schrift"),
        (STEP.replace('"Besuch"', '"ABSCHLIEßEN"'), "sehen gleich aus"),
        (STATE.replace('"Warten"', '"Abgeschl0ssen"'), "sehen gleich aus"),
        (STATE.replace('"in_contact"', '"closed"'), "möglich ist: received"),
        (STEP.replace('"in_contact"', '"nowhere"'), "kein Zustand"),
        (STEP.replace('"case_worker"', '"nobody"'), "Rollen"),
        (STEP.replace("by =", "by = []\n#"), "Rollen"),
        (STEP + 'when = "pregnant"\n', "nennt nichts, was es gibt"),
        (STEP + 'when = "offered:r"\n', "braucht einen Schritt, der eine Stelle nennt"),
        (STEP + 'when = "a | "\n', "leere Alternative"),
        (STEP + f'when = "{"looked " * 25}"\n', "mehr als 24 Teile"),
        (STEP + 'when = "looked | danger | owed | receipt | consent"\n', "mehr als 4 Alternativen"),
        (TIGHTER * 3, "mehr als 4 Alternativen"),
        (STEP + 'sets = "x_unknown"\n', "nichts, was ein Schritt setzen"),
        (STEP + "priority = 1\n", "unbekannt: „priority“"),
        ('[[fact]]\nname = "x_a"\nlabel = "a"\n' * 7, "mehr als 6 Einträge"),
        ("".join(STATE.replace("x_waiting", f"x_{a}{b}").replace("Warten", f"Warten {a}{b}")
                 for a in "abcdefg" for b in "abcdefgh") + STATE, "mehr als 64 Zustände"),
        ('[[remove]]\ncommand = "close"\nfrom = "handed_over"\n', "dort steht keine solche Zeile"),
        ('[[remove]]\ncommand = "stay"\n', "möglich ist: receive(self)"),
        ('[[row]]\ncommand = "note"\n', "„from“ fehlt"),
        (('[[obligation]]\nname = "x_o"\nlabel = "o"\nsource = "own"\nin = "OPEN"\nbegun_by = "x"\n'
         'met_by = "note"\ndays = 1\n'), "ist kein Schritt"),
        ('[labels]\nhandover = "x"\n', "anderen Namen bekommen"),
        ('[labels]\nclosed = "Eingegangen"\n', "sehen gleich aus"),
        ('labels = "x"\n', "eine Tabelle"),
        ("step = 1\n", "eine Liste"),
        ("step = [1]\n", "Tabellen [[step]]"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 60 else "",
)  # fmt: skip
def test_an_entry_that_deceives_or_overreaches_is_refused(entry: str, saying: str) -> None:
    before = entry.startswith(("labels =", "step ="))
    text = (entry + DEFAULT).encode() if before else with_entry(entry)
    assert saying in refusal(text)


def test_a_process_of_too_many_configurations_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Six own facts, each flipped by steps everywhere, multiply the configurations by 64."""
    monkeypatch.setattr("states.space.MOST", 50_000)
    entry = ""
    for name in ("red", "green", "blue", "gold", "pink", "grey"):
        entry += f'[[fact]]\nname = "x_{name}"\nlabel = "{name}"\n'
        for verb, when in (("sets", "looked"), ("clears", f"looked x_{name}")):
            entry += STEP.replace("x_visit", f"x_{verb}_{name}").replace("Besuch", f"{verb} {name}")
            entry = entry.replace('from = "in_contact"', 'from = "OURS"')
            entry += f'{verb} = "x_{name}"\nwhen = "{when}"\n'
    with pytest.raises(Unlawful) as refused:
        prove(read_profile(with_entry(entry)).process)
    assert refused.value.breaches[0].law == "X"


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_and_nothing_else(noise: bytes) -> None:
    with pytest.raises(BadProfile):
        read_profile(noise)


@given(st.integers(0, len(DEFAULT.encode()) - 1), st.integers(0, 255))
def test_a_flipped_byte_is_read_or_refused_in_german(place: int, value: int) -> None:
    text = bytearray(DEFAULT.encode())
    text[place] = value
    outcome: bytes | str
    try:
        outcome = read_profile(bytes(text)).text
    except BadProfile as refused:
        outcome = str(refused)
    assert outcome == bytes(text) or (isinstance(outcome, str) and outcome.endswith("."))


def test_profiles_ship_with_the_package() -> None:
    folder = Path(module.__file__).parent / "profiles"
    assert {file.stem for file in folder.glob("*.toml")} == set(module.SHIPPED)


def test_a_chain_of_a_thousand_keys_is_refused_before_it_is_read() -> None:
    """Forty kilobytes of dotted keys would take gigabytes."""
    with pytest.raises(BadProfile, match="verschachtelt"):
        read_profile(b"a" + b".a" * 1000 + b" = 1\n")
