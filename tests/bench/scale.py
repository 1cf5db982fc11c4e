"""How much is measured: usual, large, and so little that a test can see that every bench runs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """Sizes and rounds of all benches. `portion` steps of one command are one portion, and one batch."""

    rounds: int = 5
    portion: int = 64
    commands: int = 2
    repeats: int = 20
    proofs: int = 7
    rows: int = 10_000
    more_rows: int = 50_000
    imports: int = 3
    entries: int = 20_000
    cases: int = 5_000
    starts: int = 9
    disks: int = 2
    tenants: int = 16
    land: int = 60
    peers: bool = True
    """Whether other programs do the same work in the same run; starting them takes seconds."""


USUAL = Scale()
LARGE = Scale(more_rows=100_000, entries=1_000_000, cases=100_000, land=600)
TINY = Scale(
    rounds=1,
    portion=2,
    repeats=1,
    proofs=1,
    rows=30,
    more_rows=40,
    imports=1,
    entries=40,
    cases=100,
    starts=1,
    disks=1,
    tenants=2,
    land=3,
    peers=False,
)
