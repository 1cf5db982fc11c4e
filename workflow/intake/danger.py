"""Signs that a child may be in danger, as lists carry them: a mark under "Dringlich", a strong word in the free text.

It errs on the side of danger: a human triages what is found, nobody triages what is missed. Hence no negation is
understood ("keine Gewalt" is a sign too), and whatever stands under "Dringlich" counts unless it plainly says no.
"""

import unicodedata

from workflow.intake.wording import fold, tidy

_NOT_URGENT = {
    "", "nein", "n", "no", "nicht", "nicht dringend", "nicht eilig", "kein", "keine", "keine eile", "keine dringlichkeit",
    "0", "normal", "regulaer", "niedrig", "gering", "mittel", "k a", "entfaellt", "false", "falsch",
}  # fmt: skip
_STRONG = (
    "verletz", "misshand", "missbrauch", "geschlagen", "schläge", "schlaege", "schlägt", "schlaegt", "prügel", "pruegel",
    "blaue fleck", "blauer fleck", "blauen fleck", "blutergu", "hämatom", "haematom", "vernachlässig", "vernachlaessig",
    "verwahrlos", "gewalt", "schüttel", "schuettel", "suizid", "selbstmord", "selbsttötung", "umbringen", "umzubringen",
    "bewusstlos", "kindeswohl", "gefährd", "gefaehrd", "§8a", "§ 8a", "8a sgb", "8 a sgb", "lebensgefahr", "in gefahr", "akute gefahr",
    "gewürgt", "gewuergt", "übergriff", "uebergriff", "eingesperrt", "alleingelassen", "allein gelassen", "unbeaufsichtigt",
    "unterernähr", "unterernaehr", "dehydrier", "ausgetrocknet", "apathisch", "knochenbruch", "brandwunde", "bisswunde",
    "bedroht", "bedrohung", "töten", "toeten", "ersticken", "inobhut", "in obhut", "notfall",
)  # fmt: skip
_URGENT = ("dringend", "sofort", "eilt", "akut", "notruf")
_SHOWN = 200


def _found(text: str, stems: tuple[str, ...]) -> str | None:
    small = text.casefold()
    if not small.isascii():
        small = unicodedata.normalize("NFC", small)
    if "\n" in small or "  " in small or "\xa0" in small:
        small = " ".join(small.split())
    for stem in stems:
        if stem in small:
            return stem
    return None


def says_urgent(text: str) -> bool:
    """Whether a cell under "Dringlich" says anything but no."""
    return bool(text) and (any(mark in text for mark in "!⚠") or fold(text) not in _NOT_URGENT)


def sign_of_danger(urgent: str, *texts: str) -> str | None:
    """The sign found, or None: the text under "Dringlich" (at most 200 characters), else the first strong word's stem.

    The answer may hold what a partner wrote about a family: it is personal.
    """
    if says_urgent(urgent):
        return tidy(urgent)[:_SHOWN]
    for text in texts:
        if text and (stem := _found(text, _STRONG)):
            return stem
    return None


def sign_in_damaged(texts: tuple[str, ...]) -> str | None:
    """The sign in a row whose cells cannot be trusted to stand in their columns: any strong or urgent word anywhere."""
    return _found("\n".join(texts), _STRONG + _URGENT)
