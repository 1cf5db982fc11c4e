"""Signs that a child may be in danger: a mark under "Dringlich", a strong word in the free text.

It errs on the side of danger: a human triages what is found, nobody triages what is missed. Hence no negation
is understood ("keine Gewalt" is a sign too), and whatever stands under "Dringlich" counts unless it plainly
says no. Proven by a table of wordings, and by a property: a strong word is found whatever stands around it.
"""

import re
import unicodedata

from workflow.intake.wording import fold, tidy

_NOT_URGENT = frozenset(
    {"nein", "n", "no", "nicht", "nicht dringend", "nicht eilig", "kein", "keine", "keine eile"}
    | {"keine dringlichkeit", "0", "normal", "regulaer", "niedrig", "gering", "mittel", "k a", "entfaellt"}
    | {"false", "falsch"}
)
# Stems as they stand in text of small letters with ae for ä.
STRONG = (
    "verletz", "misshand", "missbrauch", "geschlagen", "schlaege", "schlaegt", "pruegel", "blaue fleck",
    "blauer fleck", "blauen fleck", "blutergu", "haematom", "vernachlaessig", "verwahrlos", "gewalt",
    "schuettel", "suizid", "selbstmord", "selbsttoet", "umbringen", "umzubringen", "bewusstlos", "kindeswohl",
    "gefaehrd", "§8a", "§ 8a", "§ 8 a", "8a sgb", "8 a sgb", "lebensgefahr", "in gefahr",
    "akute gefahr", "gefahr im verzug", "gefahr fuer", "gewuergt", "uebergriff",
    "eingesperrt", "alleingelassen", "allein gelassen", "unbeaufsichtigt", "unterernaehr", "dehydrier",
    "ausgetrocknet", "apathisch", "knochenbruch", "brandwunde", "bisswunde", "bedroht", "bedrohung", "toeten",
    "ersticken", "inobhut", "in obhut", "notfall",
)  # fmt: skip
_ANYWHERE = (*STRONG, "dringend", "sofort", "eilig", "akut", "notruf")
# Words that hold such a stem and never mean it.
_HARMLESS = ("vorschlaeg", "ratschlaeg", "schuettelfrost")
_SHOWN = 200
_MARK = re.compile(r"[^\s.,;:/_–—\-☐□]")


def _first(small: str, stems: tuple[str, ...]) -> str | None:
    for stem in stems:
        if stem in small:
            return stem
    return None


def _found(text: str, stems: tuple[str, ...]) -> str | None:
    small = text.casefold()
    if not small.isascii():
        small = unicodedata.normalize("NFC", small)
        small = small.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
    if "\n" in small or "  " in small or "\xa0" in small:
        small = " ".join(small.split())
    if _first(small, stems) is None:
        return None
    for word in _HARMLESS:
        small = small.replace(word, " ")
    return _first(small, stems)


def says_urgent(text: str) -> bool:
    """Whether a cell under "Dringlich" says anything but no."""
    wording = fold(text)
    return "!" in text or (wording not in _NOT_URGENT if wording else bool(_MARK.search(text)))


def sign_of_danger(urgent: str, *texts: str) -> str | None:
    """Find the sign: the text under "Dringlich" (at most 200 characters), else the first strong word's stem.

    The answer may hold what a partner wrote about a family: it is personal. None if there is no sign.
    """
    if says_urgent(urgent):
        return tidy(urgent)[:_SHOWN]
    for text in texts:
        if text and (stem := _found(text, STRONG)):
            return stem
    return None


def sign_in_damaged(texts: tuple[str, ...]) -> str | None:
    """Find any strong or urgent word in a row whose cells may stand in the wrong columns."""
    return _found("\n".join(texts), _ANYWHERE)
