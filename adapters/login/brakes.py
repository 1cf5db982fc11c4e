"""Brakes on guessing: a moving window per account and address, per address, and per account among strangers.

Only failures count, so nobody is held up by having logged in. Whoever hammers an account is stopped by their own
networks (of IPv6 those of 64, 56 and 48 bits). Who tries from many slows every stranger to that account down, by a minute
at most, and a device its person has logged in from before (its cookie is proof) is counted by itself.
`tests/login/test_brakes.py` tries a thousand wrong ones and logs her in.
"""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil
from time import monotonic, time

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

_V6_NETWORKS = (64, 56, 48)
LONGEST_WAIT = 60
"""Seconds that a stranger waits at most for what others did to an account."""
_FORGOTTEN, _MANY = 900, 10_000


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
        self._waiting: dict[tuple[str, str], float] = {}

    def check(self, stranger: Stranger) -> None:
        """Raise BrakedError, with the seconds to wait, where too much went wrong lately."""
        for item, *names in self._of(stranger):
            self._check(item, *names)
        if stranger.device is None:
            self._slow_down(stranger)

    def failed(self, stranger: Stranger) -> None:
        """Count a failure."""
        for item, *names in self._of(stranger):
            self._windows.hit(item, *names)
        if stranger.device is None:
            self._windows.hit(self._limits.account, "account", stranger.account)
            self._waiting.pop(_waits(stranger), None)

    def succeeded(self, stranger: Stranger) -> None:
        """Forget what this person mistyped from here."""
        for item, kind, *names in self._of(stranger):
            if kind != "address":
                self._windows.clear(item, kind, *names)
        self._waiting.pop(_waits(stranger), None)

    def check_place(self, address: str) -> None:
        """Raise BrakedError where too much went wrong from an address, whoever it was about."""
        for place in networks_of(address):
            self._check(self._limits.address, "address", place, "")

    def failed_at(self, address: str) -> None:
        """Count a failure that is nobody's in particular."""
        for place in networks_of(address):
            self._windows.hit(self._limits.address, "address", place, "")

    def _check(self, item: RateLimitItem, *names: str) -> None:
        if not self._windows.test(item, *names):
            reset = self._windows.get_window_stats(item, *names).reset_time
            raise BrakedError(max(1, int(reset - time()) + 1))

    def _of(self, stranger: Stranger) -> Iterator[tuple[RateLimitItem, str, str, str]]:
        if stranger.device is not None:
            yield self._limits.device, "device", stranger.account, stranger.device
            return
        for place in networks_of(stranger.address):
            yield self._limits.pair, "pair", stranger.account, place
            yield self._limits.address, "address", place, ""

    def _slow_down(self, stranger: Stranger) -> None:
        """Raise BrakedError until this network has waited its turn since it first came, whoever else tries meanwhile.

        The wait grows from nothing, at half of what the account bears in an hour, to a minute. A failure spends it.
        """
        limit = self._limits.account
        used = limit.amount - self._windows.get_window_stats(limit, "account", stranger.account).remaining
        wait = LONGEST_WAIT * max(0, 2 * used - limit.amount) // limit.amount
        if not wait:
            return
        now = monotonic()
        if len(self._waiting) > _MANY:
            self._waiting = {who: at for who, at in list(self._waiting.items()) if now - at < _FORGOTTEN}
        left = wait - (now - self._waiting.setdefault(_waits(stranger), now))
        if left > 0:
            raise BrakedError(ceil(left))


def _waits(stranger: Stranger) -> tuple[str, str]:
    return stranger.account, networks_of(stranger.address)[0]


def networks_of(address: str) -> tuple[str, ...]:
    """An address as one party may hold it: of IPv6 its networks of 64, 56 and 48 bits, the narrowest first."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ("?",)
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return (str(found.ipv4_mapped),)
        return tuple(str(ipaddress.ip_network((int(found), bits), strict=False)) for bits in _V6_NETWORKS)
    return (str(found),)
