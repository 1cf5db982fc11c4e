"""Brakes on guessing: a moving window per account and address, per address, and per account among strangers.

Only failures count, so nobody is held up by having logged in. Whoever hammers an account is stopped by their own
address and cannot lock its person out: she comes from elsewhere, and a device she has logged in from before (its cookie
is proof) is counted by itself. `tests/login/test_brakes.py` tries a thousand wrong ones and logs her in.
"""

import ipaddress
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

_V6_NETWORK = 64


class BrakedError(Exception):
    """Zu viele Versuche."""

    def __init__(self, seconds: int) -> None:
        super().__init__("Zu viele Versuche. Nächster Schritt: warten.")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Stranger:
    """Who tries: the account's keyed hash (also of one that does not exist), the address, the device if it is known."""

    account: str
    address: str
    device: str | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """How many failures each window bears."""

    pair: RateLimitItem = field(default_factory=lambda: RateLimitItemPerMinute(5, 15))
    device: RateLimitItem = field(default_factory=lambda: RateLimitItemPerMinute(10, 15))
    address: RateLimitItem = field(default_factory=lambda: RateLimitItemPerMinute(50, 15))
    account: RateLimitItem = field(default_factory=lambda: RateLimitItemPerHour(100))


class Brakes:
    """Counts failures, in memory: a restart forgets them, and guesses still cost Argon2id each."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._windows = MovingWindowRateLimiter(MemoryStorage())

    def check(self, stranger: Stranger) -> None:
        """Raise BrakedError, with the seconds to wait, where too much went wrong lately."""
        for item, *names in self._of(stranger):
            self._check(item, *names)

    def failed(self, stranger: Stranger) -> None:
        """Count a failure."""
        for item, *names in self._of(stranger):
            self._windows.hit(item, *names)

    def succeeded(self, stranger: Stranger) -> None:
        """Forget what this person mistyped from here."""
        item, *names = next(self._of(stranger))
        self._windows.clear(item, *names)

    def check_place(self, address: str) -> None:
        """Raise BrakedError where too much went wrong from an address, whoever it was about."""
        self._check(self._limits.address, "address", network_of(address), "")

    def failed_at(self, address: str) -> None:
        """Count a failure that is nobody's in particular."""
        self._windows.hit(self._limits.address, "address", network_of(address), "")

    def _check(self, item: RateLimitItem, *names: str) -> None:
        if not self._windows.test(item, *names):
            reset = self._windows.get_window_stats(item, *names).reset_time
            raise BrakedError(max(1, int(reset - time.time()) + 1))

    def _of(self, stranger: Stranger) -> Iterator[tuple[RateLimitItem, str, str, str]]:
        if stranger.device is not None:
            yield self._limits.device, "device", stranger.account, stranger.device
            return
        place = network_of(stranger.address)
        yield self._limits.pair, "pair", stranger.account, place
        yield self._limits.address, "address", place, ""
        yield self._limits.account, "account", stranger.account, ""


def network_of(address: str) -> str:
    """An address as one party holds it: of IPv6 its network of 64 bits."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "?"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((int(found), _V6_NETWORK), strict=False))
    return str(found)
