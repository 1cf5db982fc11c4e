"""Files that are there whole or not at all: whatever call fails, what was there before is what is there."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit import durable


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_is_put_in_the_place_of_the_old_one_for_its_owner_alone(tmp_path: Path) -> None:
    place = tmp_path / "notar.json"
    place.write_bytes(b"alt")
    place.chmod(0o644)
    durable.put(place, b"neu")
    assert (place.read_bytes(), mode(place), names(tmp_path)) == (b"neu", 0o600, ["notar.json"])


@pytest.mark.parametrize("make", [durable.make, durable.fill])
def test_a_file_that_is_made_never_takes_the_place_of_anything(
    tmp_path: Path, make: Callable[[Path, bytes, int], None]
) -> None:
    place, link = tmp_path / "kek-1.key", tmp_path / "kek-2.key"
    make(place, b"geheim", 0o400)
    assert (place.read_bytes(), mode(place)) == (b"geheim", 0o400)
    link.symlink_to(tmp_path / "anderswo")
    for taken in (place, link):
        with pytest.raises(FileExistsError):
            make(taken, b"anders", 0o400)
    assert place.read_bytes() == b"geheim"
    assert names(tmp_path) == ["kek-1.key", "kek-2.key"]


def test_what_is_removed_twice_is_gone_all_the_same(tmp_path: Path) -> None:
    place = tmp_path / "antrag.json"
    durable.put(place, b"x")
    durable.remove(place)
    durable.remove(place)
    assert names(tmp_path) == []


@pytest.mark.parametrize("call", ["fsync", "rename", "link", "fchmod"])
@pytest.mark.parametrize("deed", ["put", "make"])
def test_whatever_call_fails_the_place_is_as_it_was_or_as_it_should_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, deed: str
) -> None:
    """Each time the call is made it fails once; in the end it does not, and the new file is there."""
    place = tmp_path / "liste.json"
    honest, met = getattr(os, call), []

    def failing(*given: object, **named: object) -> object:
        met.append(call)
        if len(met) == number:
            raise OSError(28, "No space left on device")
        return honest(*given, **named)

    monkeypatch.setattr(os, call, failing)
    for number in range(1, 4):
        place.unlink(missing_ok=True)
        before = b"alt" if deed == "put" else None
        if before:
            place.write_bytes(before)
        met.clear()
        try:
            durable.put(place, b"neu") if deed == "put" else durable.make(place, b"neu", 0o400)
        except OSError:
            assert names(tmp_path) in ([], ["liste.json"])
            assert not place.exists() or place.read_bytes() in (before, b"neu")
        else:
            assert len(met) < number
            assert place.read_bytes() == b"neu"
            return
    pytest.fail("it failed each time")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=200), min_size=1, max_size=6))
def test_whatever_is_put_one_after_the_other_the_last_is_there_alone(
    tmp_path: Path, contents: list[bytes]
) -> None:
    for content in contents:
        durable.put(tmp_path / "liste.json", content)
    assert (tmp_path / "liste.json").read_bytes() == contents[-1]
    assert names(tmp_path) == ["liste.json"]
