"""What a check of the doctor finds: a light, a German sentence, and what to do about it."""

from dataclasses import dataclass
from enum import Enum


class Light(Enum):
    """How it stands with one thing; the value is its German."""

    GREEN = "gut"
    YELLOW = "Hinweis"
    RED = "FEHLER"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found, in a German sentence, and what to do about it."""

    light: Light
    sentence: str
    next_step: str = ""


def green(sentence: str) -> Finding:
    """All is well."""
    return Finding(Light.GREEN, sentence)


def yellow(sentence: str, next_step: str = "") -> Finding:
    """Something to think of."""
    return Finding(Light.YELLOW, sentence, next_step)


def red(sentence: str, next_step: str) -> Finding:
    """Something to do now."""
    return Finding(Light.RED, sentence, next_step)
