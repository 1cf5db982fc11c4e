"""What a list says about the family's consent, read so that doubt never becomes a yes and never a no.

A wording counts only if **every** word of it is understood ("ja, aber noch nicht schriftlich" has "noch",
so it is unclear). Proven by a table of wordings, and by a property: a foreign word makes any yes or no
unclear.
"""

import re
from enum import StrEnum
from functools import lru_cache

from workflow.intake.wording import fold, is_plain

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
        return self in _FORBIDDING


_FORBIDDING = frozenset({ConsentWord.REFUSED, ConsentWord.NOT_ASKED})


def _words(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


_YES = _words("ja j einverstanden zugestimmt zustimmung erteilt gegeben liegt vorhanden anbei beigefuegt")
_WRITTEN = _words(
    "schriftlich schriftl schriftliche schriftliches schr unterschrieben unterschrift unterzeichnet"
)
_ORAL = _words("muendlich muendl muendliche mdl mundlich telefonisch telef fernmuendlich")
_FILLING = _words(
    "vor bei am vom in kopie original anlage formular erklaerung der die das des ist wurde hat von und",
    "einwilligung einverstaendnis einverstaendniserklaerung einwilligungserklaerung",
    "schweigepflichtentbindung mutter vater eltern kindsmutter kindsvater familie km kv",
)
_YES_WORDS = _YES | _WRITTEN | _ORAL | _FILLING
_NO = _words("nein n abgelehnt verweigert widerrufen widerruf ablehnung")
_NO_WORDS = _NO | _words(
    "mutter vater eltern kindsmutter kindsvater km kv familie frau sie er moechte will wuenscht wollen",
    "moechten das dies es keine keinen kein kontakt weitergabe einwilligung einverstaendnis zustimmung",
    "nicht danke lehnt lehnen ab leider ausdruecklich hat haben wurde wird von der die am",
)
_REFUSALS = re.compile(
    r"(?:(?:die )?(?:mutter|eltern|familie|kindsmutter|km|vater) )?"
    r"(?:nicht einverstanden|lehnt ab|lehnen ab|lehnt es ab|will nicht|moechte nicht|wuenscht (?:das )?nicht|"
    r"moechte keinen kontakt|will keinen kontakt|keine (?:einwilligung|weitergabe|zustimmung)|"
    r"kein einverstaendnis|(?:einwilligung |zustimmung )?(?:nicht erteilt|wurde abgelehnt|wird abgelehnt)|"
    r"hat abgelehnt|haben abgelehnt)"
)
_NOT_ASKED = re.compile(
    r"(?:nein )?(?:(?:bisher|bislang|wurde|wurden|mutter|eltern|familie) )*(?:noch )?(?:nicht|n|nich) "
    r"(?:(?:mit )?(?:der |den )?(?:mutter|eltern|familie) )?"
    r"(?:gefragt|angefragt|angesprochen|besprochen|erfragt)(?: worden)?|ungefragt|"
    r"(?:wird|werden) noch (?:ge|er)fragt|muss noch (?:ge|er)fragt werden|(?:ist )?noch zu (?:er)?fragen"
)
_SELF = frozenset(
    {"", "ja", "j", "entfaellt", "nicht noetig", "nicht erforderlich", "einverstanden"}
    | {"selbst", "selbstmeldung", "selbstmelder", "kommt selbst"}
)


@lru_cache(maxsize=1024)
def _read(text: str) -> ConsentWord:
    wording = fold(text)
    if not wording or not is_plain(text):
        return ConsentWord.UNCLEAR
    if _NOT_ASKED.fullmatch(wording):
        return ConsentWord.NOT_ASKED
    first, *_ = wording.split()
    words = {word for word in wording.split() if not word.isdecimal()}
    if (first in _NO and words <= _NO_WORDS) or _REFUSALS.fullmatch(wording):
        return ConsentWord.REFUSED
    written, oral = words & _WRITTEN, words & _ORAL
    if bool(written) != bool(oral) and words <= _YES_WORDS:
        return ConsentWord.WRITTEN if written else ConsentWord.ORAL
    return ConsentWord.UNCLEAR


@lru_cache(maxsize=1024)
def _read_from_family(text: str) -> ConsentWord:
    said = _read(text)
    if said.forbids_storing:
        return said
    understood = said is not ConsentWord.UNCLEAR or (is_plain(text) and fold(text) in _SELF)
    return ConsentWord.SELF_REFERRAL if understood else ConsentWord.UNCLEAR


def read_consent(*texts: str, from_family: bool = False) -> ConsentWord:
    """Read what the cells of one row say together; `from_family` where the family came by itself.

    Several columns (release from confidentiality, consent to be contacted) must agree: one no is a no,
    anything else that differs is unclear. A family that came by itself has consented by coming, unless the
    list says no; a wording beside it that is not understood stays unclear.
    """
    read = _read_from_family if from_family else _read
    said = {read(text) if len(text) <= _LONGEST else ConsentWord.UNCLEAR for text in texts or ("",)}
    if ConsentWord.REFUSED in said:
        return ConsentWord.REFUSED
    if ConsentWord.NOT_ASKED in said:
        return ConsentWord.NOT_ASKED
    return said.pop() if len(said) == 1 else ConsentWord.UNCLEAR
