"""What can keep a list from being read or a quarantine from being written; the message is a German sentence.

No message repeats what stands in a cell.
"""


class IntakeError(Exception):
    """A list or a quarantine file cannot be used."""


class UnreadableList(IntakeError):
    """The file is no list of referrals; the message says what to do about it."""


class UnwritableQuarantine(IntakeError):
    """The quarantine file cannot be written here; the message says why."""
