"""Which disks a power cut can leave: at each moment, nothing, everything, each piece alone, torn, in chosen disorder.

What is not sure just before a sync contains what was not sure at any moment since the one before it; so these moments
are enough, and chance tries the others too.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from zlib import crc32

from tests.system.diary import Call, Line
from tests.system.platter import KEPT, LOST, Fate, Image, Piece, Platter

Choice = Callable[[Piece], Fate]
_SECTORS = (512, 4096)


@dataclass(frozen=True, slots=True)
class Cut:
    """One image: the power goes before this line of the diary, and so it was chosen."""

    line: int
    name: str
    image: Image


def moments(lines: Sequence[Line], watched: str) -> list[int]:
    """The lines before which most is uncertain: each sync, each line after a word in the `watched` file, the end."""
    syncs = {at for at, line in enumerate(lines) if line.call is Call.SYNC}
    said = {at + 1 for at, line in enumerate(lines) if line.path == watched and line.call is Call.WRITE}
    return sorted(syncs | said | {len(lines)})


def nothing(_piece: Piece) -> Fate:
    """The poorest disk: only what was synced."""
    return LOST


def everything(_piece: Piece) -> Fate:
    """The richest: as after a kill without a power cut."""
    return KEPT


def systematic(pending: Sequence[Piece], dice: random.Random) -> Iterator[tuple[str, Choice]]:
    """Every plain way to lose what is pending, and one of each mixed kind."""
    yield "nothing arrives", nothing
    yield "everything arrives", everything
    yield "only lengths arrive, with zeros", partial(_lengths, bytes)
    yield "only lengths arrive, with rubbish", partial(_lengths, dice.randbytes)
    yield "names without data", partial(_by_kind, KEPT, LOST)
    yield "data without names", partial(_by_kind, LOST, KEPT)
    for one in pending:
        yield f"all but {one.order}", partial(_one, one, LOST, KEPT)
        yield f"only {one.order}", partial(_one, one, KEPT, LOST)
        yield f"up to {one.order}", partial(_up_to, one.order)
        if one.data is not None and len(one.data) > _SECTORS[0]:
            for name, torn in _torn(dice):
                yield f"{one.order} torn, {name}", partial(_one, one, torn, KEPT)
                yield f"only {one.order} torn, {name}", partial(_one, one, torn, LOST)


def _lengths(filler: Callable[[int], bytes], piece: Piece) -> Fate:
    return Fate(arrives=piece.data is None, filler=filler)


def _by_kind(names: Fate, data: Fate, piece: Piece) -> Fate:
    return data if piece.names is None else names


def _one(one: Piece, fate: Fate, others: Fate, piece: Piece) -> Fate:
    return fate if piece is one else others


def _up_to(order: int, piece: Piece) -> Fate:
    return KEPT if piece.order <= order else LOST


def _torn(dice: random.Random) -> Iterator[tuple[str, Fate]]:
    salt = dice.getrandbits(32)
    yield "odd sectors", Fate(sectors=lambda number: number % 2 == 1)
    yield "even sectors", Fate(sectors=lambda number: number % 2 == 0)
    yield "any sectors", Fate(sectors=lambda number: bool(hash((salt, number)) & 4))


def at_random(dice: random.Random) -> tuple[str, Choice]:
    """A disk on which chance decides about each piece, from nearly nothing to nearly everything, torn or whole."""
    arriving, tearing, sector = (
        dice.choice((0.1, 0.5, 0.9)),
        dice.choice((0.0, 0.3, 1.0)),
        dice.choice(_SECTORS),
    )
    filler = dice.choice((None, bytes, dice.randbytes))
    salt = dice.getrandbits(32)

    def choice(piece: Piece) -> Fate:
        if _draw(salt, piece.order, "torn") >= tearing:
            return Fate(arrives=_draw(salt, piece.order, "arrives") < arriving, filler=filler)
        part = partial(_draw, salt, piece.order)
        return Fate(sector=sector, sectors=lambda number: part(str(number)) < arriving, filler=filler)

    return f"chance {salt:x}", choice


def _draw(salt: int, order: int, what: str) -> float:
    """A number between 0 and 1, the same each time one image asks: a piece has one fate."""
    return crc32(f"{salt}/{order}/{what}".encode()) / 2**32


Plan = Callable[[int, list[Piece]], Iterable[tuple[str, Choice]]]
"""Which images to make at a moment, of what is pending there."""


def cuts(
    lines: Sequence[Line], at: Sequence[int], plan: Plan, platter: Platter | None = None
) -> Iterator[Cut]:
    """Give the images that `plan` chooses at each of these moments; `platter` is the disk before the first line."""
    disk, done = platter or Platter(), 0
    for moment in at:
        for line in lines[done:moment]:
            disk.take(line)
        done = moment
        for name, choice in plan(moment, disk.pending()):
            yield Cut(moment, name, disk.image(choice))
