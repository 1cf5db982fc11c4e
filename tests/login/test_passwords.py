"""What a password must not be, and that what it is costs an attacker the office's effort."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.login.passwords import MOST, Passwords, WeakPasswordError, check, told
from adapters.settings import SettingsError, read_settings

AROUND = ("brandt", "Frau Brandt", "Klinikum Nordstadt", "Frühe Hilfen Bergkamen")
CHEAP = Passwords((8, 1, 1), b"pepper")


@pytest.mark.parametrize(
    "password",
    [
        "vier lila Kähne im Nebel",
        "korrektpferdbatterieheftklammer",
        "mäuse ohne großbuchstaben und ziffern",
        "x7Kq#9vLp2mNw",
        "パスワードは長いほうが強い",
        "🦊🦔🐿🦡🦝🐗🦌🦇🐺🦉🐢🦎",
        "  Leerzeichen zählen mit   ",
    ],
)
def test_long_and_unknown_is_enough_whatever_the_characters(password: str) -> None:
    check(password, AROUND)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", "zu kurz"),
        ("elfzeichen!", "zu kurz"),
        ("a" * 129, "zu lang"),
        ("passwort1234", "bekannt"),
        ("Passw0rt!2026", "bekannt"),
        ("qwertzuiopasdf", "bekannt"),
        ("123456789012", "bekannt"),
        ("aaaaaaaaaaaaaaaa", "bekannt"),
        ("password12345", "bekannt"),
        ("Bergkamen2026!", "bekannt"),
        ("BrandtBrandt", "bekannt"),
        ("FrueheHilfen1", "bekannt"),
        ("Nordstadt2026", "bekannt"),
        ("Lotse-Lotse-Lotse", "bekannt"),
        ("Sommer2026!!!", "bekannt"),
        ("iloveyou1234", "bekannt"),
        ("\ud800" * 12, "kein Text"),
    ],
)
def test_short_known_and_obvious_is_refused_with_a_sentence(password: str, why: str) -> None:
    with pytest.raises(WeakPasswordError, match=why) as caught:
        check(password, AROUND)
    assert not password or password not in str(caught.value)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=MOST + 10))
def test_whatever_is_typed_is_taken_or_refused_with_a_sentence(password: str) -> None:
    taken = True
    with suppress(WeakPasswordError):
        taken = False
        check(password, AROUND)
        taken = True
    raw = told(password)
    assert not taken or (raw is not None and 12 <= len(raw.decode()) <= MOST)


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=MOST), st.text(min_size=1, max_size=MOST))
def test_a_password_fits_itself_and_no_other(one: str, other: str) -> None:
    if told(one) is None or len(one) > MOST:
        return
    hashed = CHEAP.hash(one)
    assert CHEAP.fits(one, hashed)
    assert CHEAP.fits(other, hashed) is (told(other) == told(one))
    assert not CHEAP.fits(one, None)
    assert not Passwords((8, 1, 1), b"another key").fits(one, hashed)


def test_what_lies_in_the_place_of_a_hash_by_hand_fits_nothing() -> None:
    for known in ("", "x", "$argon2id$v=19$m=8,t=1,p=1$$", "$2b$12$abc"):
        assert not CHEAP.fits("vier lila Kähne im Nebel", known)


@pytest.mark.parametrize("effort", ["m=19456,t=2,p=1", "m=47104,t=1,p=1", "m=65536,t=3,p=4"])
def test_the_effort_is_the_offices_to_raise(effort: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOTSE_ARGON2", effort)
    memory, passes, lanes = read_settings().argon2
    assert f"m={memory},t={passes},p={lanes}" == effort


@pytest.mark.parametrize(
    "effort", ["m=19456,t=1,p=1", "m=4096,t=9,p=1", "m=47104", "t=2", "m=19456,t=2,p=0", ""]
)
def test_and_not_to_lower_below_what_owasp_asks(effort: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOTSE_ARGON2", effort)
    if not effort:
        assert read_settings().argon2 == (19_456, 2, 1)
        return
    with pytest.raises(SettingsError, match="LOTSE_ARGON2"):
        read_settings()
