"""The parts of `lotse serve` where everything is on one machine: the notary each second, and the scheduler's jobs.

The notary keeps to a connection that cannot write.
"""

from collections.abc import Callable, Sequence

from adapters.scheduler.jobs import Rounds
from adapters.service import Part
from adapters.service_notary import ReadingNotary
from adapters.settings import Settings

SECOND = 1.0


def notary_part(settings: Settings, ends: tuple[type[Exception], ...] = ()) -> Part:
    """The notary; its state is tidied up once."""
    notary = ReadingNotary(settings)
    notary.file.tidy()

    def sign() -> Sequence[str]:
        notary.sign()
        return ()

    return Part("Notar", SECOND, sign, ends)


def serving_parts(settings: Settings, going_on: Callable[[], bool]) -> tuple[Part, ...]:
    """Everything that runs by itself; `going_on` is asked between the portions of a round."""
    return (notary_part(settings), *Rounds(settings, going_on).parts())
