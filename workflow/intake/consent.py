"""What a list says about the family's consent, read so that doubt never becomes a yes and never a no.

A wording counts only if **every** word of it is understood ("ja, aber noch nicht schriftlich" has "noch", so it is
unclear). Proven by a table of wordings, and by a property: a foreign word makes any yes or no unclear.
"""

import re
from enum import StrEnum
from functools import lru_cache

from workflow.intake.wording import fold

_LONGEST = 120


class ConsentWord(StrEnum):
    """What the cell says; the text itself is kept beside it."""

    WRITTEN = "written"
    ORAL = "oral"
    UNCLEAR = "unclear"
    REFUSED = "refused"
    NOT_ASKED = "not_asked"
    SELF_REFERRAL = "self_referral"

    @property
    def forbids_storing(self) -> bool:
        """The family said no or was never asked: nothing personal may be stored."""
        return self in {ConsentWord.REFUSED, ConsentWord.NOT_ASKED}


_YES = {
    "ja",
    "j",
    "einverstanden",
    "zugestimmt",
    "zustimmung",
    "erteilt",
    "gegeben",
    "liegt",
    "vorhanden",
    "anbei",
    "beigefuegt",
}
_WRITTEN = {
    "schriftlich",
    "schriftl",
    "schriftliche",
    "schriftliches",
    "schr",
    "unterschrieben",
    "unterschrift",
    "unterzeichnet",
}
_ORAL = {"muendlich", "muendl", "muendliche", "mdl", "mundlich", "telefonisch", "telef", "fernmuendlich"}
_FILLING = set(
    "vor bei am vom in kopie original anlage formular einwilligung einverstaendnis einverstaendniserklaerung "
    "einwilligungserklaerung schweigepflichtentbindung erklaerung der die das des ist wurde hat von und mutter vater "
    "eltern kindsmutter kindsvater familie km kv".split()
)
_NO = {"nein", "n", "abgelehnt", "verweigert", "widerrufen", "widerruf", "ablehnung"}
_NO_FILLING = set(
    "mutter vater eltern kindsmutter kindsvater km kv familie frau sie er moechte will wuenscht wollen moechten das dies es "
    "keine keinen kein kontakt weitergabe einwilligung einverstaendnis zustimmung nicht danke lehnt lehnen ab leider "
    "ausdruecklich hat haben wurde wird von der die am".split()
)
_REFUSALS = re.compile(
    r"(?:(?:die )?(?:mutter|eltern|familie|kindsmutter|km|vater) )?"
    r"(?:nicht einverstanden|lehnt ab|lehnen ab|lehnt es ab|will nicht|moechte nicht|wuenscht (?:das )?nicht|"
    r"moechte keinen kontakt|will keinen kontakt|keine (?:einwilligung|weitergabe|zustimmung)|kein einverstaendnis|"
    r"(?:einwilligung |zustimmung )?(?:nicht erteilt|wurde abgelehnt|wird abgelehnt)|hat abgelehnt|haben abgelehnt)"
)
_NOT_ASKED = re.compile(
    r"(?:nein )?(?:(?:bisher|bislang|wurde|wurden|mutter|eltern|familie) )*(?:noch )?(?:nicht|n|nich) "
    r"(?:(?:mit )?(?:der |den )?(?:mutter|eltern|familie) )?(?:gefragt|angefragt|angesprochen|besprochen|erfragt)(?: worden)?"
    r"|ungefragt|(?:wird|muss|ist) noch (?:ge|er|zu er|zu )fragt?(?:en)?(?: werden)?|noch zu (?:er)?fragen"
)
_NOT_NEEDED = {
    "",
    "entfaellt",
    "nicht noetig",
    "nicht erforderlich",
    "selbst",
    "selbstmeldung",
    "selbstmelder",
    "kommt selbst",
}


@lru_cache(maxsize=1024)
def _read(text: str) -> ConsentWord:
    wording = fold(text)
    if not wording or "?" in text:
        return ConsentWord.UNCLEAR
    if _NOT_ASKED.fullmatch(wording):
        return ConsentWord.NOT_ASKED
    words = {word for word in wording.split() if not word.isdecimal()}
    if wording.split()[0] in _NO and words <= _NO | _NO_FILLING or _REFUSALS.fullmatch(wording):
        return ConsentWord.REFUSED
    written, oral = words & _WRITTEN, words & _ORAL
    if bool(written) != bool(oral) and words <= _YES | _WRITTEN | _ORAL | _FILLING:
        return ConsentWord.WRITTEN if written else ConsentWord.ORAL
    return ConsentWord.UNCLEAR


def _one(text: str) -> ConsentWord:
    return _read(text) if len(text) <= _LONGEST else ConsentWord.UNCLEAR


def read_consent(*texts: str, from_family: bool = False) -> ConsentWord:
    """What the cells of one row say together; `from_family` where the family came by itself.

    Several columns (release from confidentiality, consent to be contacted) must agree: one no is a no, anything
    else that differs is unclear. A family that came by itself has consented by coming, unless the list says no;
    a wording beside it that is not understood stays unclear.
    """
    said = {_one(text) for text in texts} or {ConsentWord.UNCLEAR}
    for refusal in (ConsentWord.REFUSED, ConsentWord.NOT_ASKED):
        if refusal in said:
            return refusal
    if from_family:
        silent = all(
            _one(text) is not ConsentWord.UNCLEAR or fold(text) in _NOT_NEEDED | _YES for text in texts
        )
        return ConsentWord.SELF_REFERRAL if silent else ConsentWord.UNCLEAR
    return said.pop() if len(said) == 1 else ConsentWord.UNCLEAR
