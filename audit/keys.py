"""Keys: the port to whoever keeps the master keys, and the ring that hands out data keys by purpose.

Master keys (KEK versions) wrap data keys; the wrapped ones lie in the database, bound to tenant and
purpose, so none of them opens in another's place. What a rolled-back transaction wrapped is never used
again: see `KeyRing.settle`.
"""

import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from audit.errors import KeyDestroyed, WrongKey
from audit.note import Verifier
from audit.seal import SECRET_SIZE, DataKey

Random = Callable[[int], bytes]
ENTRIES_PER_KEY = 20
"""A data key seals at most 2^20 entries, as the number of the entry says."""
KEY_ID_SIZE = 32
DUPLICATES = "duplicates/"
_PURPOSE = re.compile(
    r"(steps|access)/[0-9]{4}/(0|[1-9][0-9]*)|mac|import|idempotency|login|login-sealed|"
    r"duplicates/[1-9][0-9]*|quarantine/[0-9]{4}-[0-9]{2}-[0-9]{2}"
)


@dataclass(frozen=True, slots=True)
class KekVersion:
    """A version of the master key that is still there; `made_at_ms` in Unix milliseconds, None where nobody knows."""

    number: int
    made_at_ms: int | None = None


class KeyProvider(Protocol):
    """Who keeps the master keys and the signing key: files, files under a passphrase, Vault, or the environment.

    Whoever adds or destroys a version meanwhile, in whatever process, is noticed at the next call.
    """

    def current_version(self) -> int:
        """Give the KEK version that wraps from now on (from 1)."""
        ...

    def versions(self) -> tuple[KekVersion, ...]:
        """Give the versions there are, the oldest first; those destroyed are not among them."""
        ...

    def add_version(self) -> int:
        """Make the next KEK version, current from now on, and give its number."""
        ...

    def wrap(self, version: int, context: bytes, secret: bytes) -> bytes:
        """Wrap a secret under that version, bound to the context; KeyDestroyed where the version is gone."""
        ...

    def unwrap(self, version: int, context: bytes, wrapped: bytes) -> bytes:
        """Undo `wrap`; WrongKey where context or bytes differ, KeyDestroyed where the version is gone."""
        ...

    def destroy_version(self, version: int) -> None:
        """Destroy a KEK version for ever, and with it all it still wraps; never the current one."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Give the Ed25519 signature, 64 bytes."""
        ...

    def public_key(self) -> bytes:
        """Give the raw Ed25519 public key, 32 bytes."""
        ...


class WrappedKeys(Protocol):
    """Where one tenant's wrapped data keys are kept; the caller's transaction holds around it."""

    def get(self, purpose: str) -> tuple[int, bytes, bytes] | None:
        """Give KEK version, wrapped key and key id, or None."""
        ...

    def put(self, purpose: str, kek_version: int, wrapped: bytes, key_id: bytes) -> None:
        """Insert a key; fail (and with it the transaction) where the purpose has one already."""
        ...


def log_verifier(origin: str, provider: KeyProvider) -> Verifier:
    """Give the public half of the log's signing key under the log's name."""
    return Verifier(origin, provider.public_key())


def purpose_of(kind: str, time_ms: int, seq: int) -> str:
    """Name the key of body A: `steps` or `access`, the UTC year of the entry, and its number / 2^20."""
    return f"{kind}/{_year(time_ms)}/{seq >> ENTRIES_PER_KEY}"


def known_purpose(purpose: str) -> bool:
    """Whether a key may be kept under this name."""
    return _PURPOSE.fullmatch(purpose) is not None


def _year(time_ms: int) -> int:
    return datetime.fromtimestamp(time_ms / 1000, UTC).year


class KeyRing:
    """Data keys of one tenant, made when first asked for.

    A ring belongs to one transaction at a time: `over` gives another one the same cache. A key made in a
    transaction is read from the store each time until `settle`, so that a roll-back, also to a savepoint,
    never leaves a key in use that nobody keeps. `random` gives that many random bytes.
    """

    __slots__ = ("_cache", "_fresh", "_provider", "_random", "_store", "tenant")

    def __init__(
        self, provider: KeyProvider, store: WrappedKeys, tenant: str, random: Random = os.urandom
    ) -> None:
        self._provider = provider
        self._store = store
        self.tenant = tenant
        self._random = random
        self._cache: dict[str, DataKey] = {}
        self._fresh: set[str] = set()

    def __repr__(self) -> str:
        return f"KeyRing({self.tenant!r})"

    def over(self, store: WrappedKeys) -> "KeyRing":
        """Give a ring for another transaction, sharing the keys known to be kept."""
        ring = KeyRing(self._provider, store, self.tenant, self._random)
        ring._cache = self._cache
        return ring

    def settle(self) -> None:
        """Say that the transaction has ended, by commit or by roll-back."""
        self._fresh.clear()

    def forget(self, purpose: str) -> None:
        """Keep a key no longer at hand, here and in every ring that shares the cache: it has been erased."""
        self._cache.pop(purpose, None)
        self._fresh.discard(purpose)

    def key(self, purpose: str) -> DataKey:
        """Give the key, made and kept if there is none; WrongKey or KeyDestroyed where it does not unwrap."""
        return self._cache.get(purpose) or self.known(purpose) or self._make(purpose)

    def known(self, purpose: str) -> DataKey | None:
        """Give the key if it is kept, and make none."""
        if purpose in self._cache:
            return self._cache[purpose]
        stored = self._store.get(purpose)
        if stored is None:
            return None
        key = self.unwrap(purpose, *stored)
        if purpose not in self._fresh:
            self._cache[purpose] = key
        return key

    def unwrap(self, purpose: str, kek_version: int, wrapped: bytes, key_id: bytes) -> DataKey:
        """Unwrap a stored key past the cache; WrongKey where any of the four was altered."""
        return self._opened(self._provider.unwrap(kek_version, self._context(purpose), wrapped), key_id)

    def body_key(self, kind: str, time_ms: int, seq: int) -> DataKey:
        """Give the key of body A of the entry with that number and time."""
        return self.key(purpose_of(kind, time_ms, seq))

    def duplicates_purpose(self) -> str:
        """Name the key of the duplicates' index: bound to the KEK version, made anew with the next."""
        return f"{DUPLICATES}{self._provider.current_version()}"

    def duplicates_keys(self) -> dict[int, DataKey]:
        """Give the keys of the duplicates' index by KEK version, the current one first.

        There are older ones only while a rotation is under way, or once an old backup is back: until the index is
        whole under the new key, what is written and looked for goes by all of them.
        """
        current = self._provider.current_version()
        keys = {current: self.key(f"{DUPLICATES}{current}")}
        for older in range(current - 1, 0, -1):
            # The store is asked, not the cache: another process may have ended the rotation.
            stored = self._store.get(f"{DUPLICATES}{older}")
            if stored is not None:
                with suppress(KeyDestroyed):
                    keys[older] = self.unwrap(f"{DUPLICATES}{older}", *stored)
        return keys

    def rewrap(
        self, purpose: str, kek_version: int, wrapped: bytes, to: int, key_id: bytes | None = None
    ) -> bytes:
        """Wrap a data key anew under version `to`; the key itself stays. Raises WrongKey, KeyDestroyed.

        With `key_id` it is checked too that this is the key it is kept as.
        """
        context = self._context(purpose)
        secret = self._provider.unwrap(kek_version, context, wrapped)
        if key_id is not None:
            self._opened(secret, key_id)
        return self._provider.wrap(to, context, secret)

    def rewrap_case(self, case_id: str, kek_version: int, wrapped: bytes, to: int) -> bytes:
        """Wrap a case's key anew under version `to`; the key id before it stays. Raises WrongKey, KeyDestroyed."""
        inner = self.rewrap(f"case/{case_id}", kek_version, wrapped[KEY_ID_SIZE:], to)
        return wrapped[:KEY_ID_SIZE] + inner

    def new_case_key(self, case_id: str) -> tuple[DataKey, bytes, int]:
        """Make a case's key: the key, its wrapping (which begins with the key id) and the KEK version."""
        key = DataKey(self._random(SECRET_SIZE))
        version = self._provider.current_version()
        wrapped = self._provider.wrap(version, self._context(f"case/{case_id}"), key.secret)
        return key, key.key_id + wrapped, version

    def case_key(self, wrapped: bytes, kek_version: int, case_id: str) -> DataKey:
        """Unwrap a case's key; WrongKey where it is another case's or altered, KeyDestroyed after erasure."""
        key_id, inner = wrapped[:KEY_ID_SIZE], wrapped[KEY_ID_SIZE:]
        return self._opened(
            self._provider.unwrap(kek_version, self._context(f"case/{case_id}"), inner), key_id
        )

    def _make(self, purpose: str) -> DataKey:
        if not known_purpose(purpose):
            raise ValueError(f"No key is kept for {purpose!r}.")
        key = DataKey(self._random(SECRET_SIZE))
        version = self._provider.current_version()
        wrapped = self._provider.wrap(version, self._context(purpose), key.secret)
        self._store.put(purpose, version, wrapped, key.key_id)
        self._fresh.add(purpose)
        return key

    def _context(self, purpose: str) -> bytes:
        return f"lotse/lts1/wrap\n{self.tenant}\n{purpose}".encode()

    @staticmethod
    def _opened(secret: bytes, key_id: bytes) -> DataKey:
        if len(secret) != SECRET_SIZE:
            raise WrongKey("Ein Datenschlüssel hat 32 Bytes.")
        key = DataKey(secret)
        if key.key_id != key_id:
            raise WrongKey("Der Schlüssel gehört nicht zu der Kennung, unter der er abgelegt ist.")
        return key
