"""An office with a login, for every test of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.login.house import House, a_house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """An office whose Fachkraft logs in with a password alone."""
    with a_house(tmp_path) as house:
        yield house
