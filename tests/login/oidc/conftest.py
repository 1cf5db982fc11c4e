"""An office that logs in at an identity provider, by the machine's clock: the provider has no other."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.login.house import House, a_house
from tests.login.oidc.providers import ForgingProvider, RealProvider, a_forging_provider, a_real_provider


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with a_house(tmp_path) as house:
        house.world.now = datetime.now(UTC)
        yield house


@pytest.fixture(scope="package")
def real() -> Iterator[RealProvider]:
    with a_real_provider() as provider:
        yield provider


@pytest.fixture
def forging() -> Iterator[ForgingProvider]:
    with a_forging_provider() as provider:
        yield provider
