"""What the combining writer has done since it began, for whoever watches: plain numbers, changed by who writes alone."""

from dataclasses import dataclass, field

SIZES = (1, 2, 4, 8, 16, 32, 64)
"""Bounds of the sizes of batches, each included."""


@dataclass(slots=True)
class Counts:
    """Batches by size (one number a bound of SIZES), the jobs in them, seconds that the first of each has waited.

    `turned_away` are the jobs that found the queue full.
    """

    sizes: list[int] = field(default_factory=lambda: [0] * len(SIZES))
    jobs: int = 0
    waited: float = 0.0
    turned_away: int = 0

    def batch(self, jobs: int, waited: float) -> None:
        """A batch begins; its first job has waited so many seconds."""
        self.sizes[min((jobs - 1).bit_length(), len(SIZES) - 1)] += 1
        self.jobs += jobs
        self.waited += waited
