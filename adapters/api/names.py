"""How a command is written in an address: `assess_risk(yes)` as `assess-risk-yes`, `accept:r` as `accept`.

The recipient of a step stands in the body, so the two withdrawals, and the two consents, need names of their own.
"""

from collections.abc import Iterable, Mapping

from states.vocabulary import PER_RECIPIENT, Command

_OWN: Mapping[str, str] = {
    Command.RECORD_CONSENT_FOR: "record-consent-for",
    Command.WITHDRAW_CONSENT_FOR: "withdraw-consent-for",
}


def in_url(command: str) -> str:
    """The command as it stands in an address, and in `next_command`."""
    own = _OWN.get(command)
    plain = command.removesuffix(PER_RECIPIENT).replace("(", "-").replace(")", "").replace("_", "-")
    return own or plain


def command_of(slug: str, commands: Iterable[str]) -> str | None:
    """The command among these that is written so, or None."""
    return next((name for name in commands if in_url(name) == slug), None)
