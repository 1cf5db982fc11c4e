"""Why something was refused, as an auditor reads it in the log: one German sentence for every code that body A holds.

The code is all that the log keeps of a refusal, so names of cases and days are missing here. Complete for every code that
the source can write: `tests/workflow/test_refusals.py` reads the source.
"""

from collections.abc import Callable, Mapping

from states.guard import BadGuard, Literal
from workflow.wording import missing

GUARD = "guard:"
"""What a condition of the table is told by: `guard:consent !withdrawn`."""
_ELIGIBLE = (
    "{who} kann die Familie nicht übernehmen: Alter des Kindes, Vereinbarung oder Netzwerk sprechen dagegen."
)

_A_NO = "Die Familie hatte abgelehnt oder widerrufen, oder die Meldung war zurückgezogen."
"""Which of the two, the code does not say."""

_SENTENCES: Mapping[str, str] = {
    "denied": "Dazu fehlte die Berechtigung.",
    "unreviewed": "Es war noch nicht durchgesehen, was die Familie lesen darf.",
    "unknown": "Diesen Schritt gibt es nicht.",
    "recipient": "Die Empfängerin fehlte, war zu viel oder steht nicht im Verzeichnis.",
    "state": "Der Schritt war in diesem Stand nicht vorgesehen.",
    "agreement": "Mit der meldenden Einrichtung galt keine Netzwerkvereinbarung.",
    "taken": "Die Kennung war der Anmeldename einer anderen Person.",
    "comes_in": "Die eingeladene Person hatte schon einen Zugang.",
    "not_yet": "Die Familie hatte noch nicht eingewilligt; gespeichert wurde nichts.",
    "own_handover": "Prüfen wollte, wer die Übergabe selbst angefragt oder beantwortet hat.",
    "erased": "Der Fall war schon gelöscht.",
    "scope": "Das Paket ging über die Einwilligung hinaus.",
    "assign_self": "Einen Fall ohne Zuständige kann man nur selbst übernehmen.",
    "not_overdue": "Diese Frist war nicht überfällig oder schon markiert.",
    "closing_reason": "Der Abschlussgrund passte nicht zu dem, was festgehalten ist.",
    "ahead": "Der angegebene Zeitpunkt lag in der Zukunft.",
    "before_last": "Der angegebene Zeitpunkt lag vor dem letzten Schritt des Falls.",
    "same_person": "Eine Löschung brauchen zwei Personen; genehmigen wollte, wer sie beantragt hat.",
    "deputy": "Genehmigen wollte, wer die beantragende Person vertritt oder von ihr vertreten wird.",
    "gone": "Wer die Löschung beantragt hat, war inzwischen gesperrt.",
    "held": "Der Fall, oder einer dieses Jahres, war von der Löschung gesperrt.",
    "no_hold": "Der Fall war nicht von der Löschung gesperrt.",
    "requested": "Diese Löschung war schon beantragt.",
    "no_request": "Es war keine Löschung beantragt.",
    "ground": "Der genannte Grund passte nicht.",
    "no_term": "Für diese Klasse hat das Netzwerk keine Frist festgelegt.",
    "not_due": "Die Aufbewahrungsfrist lief noch.",
    "open": "Der Fall war noch nicht abgeschlossen.",
    "altered": "Antrag oder Sperre standen anders in den Tabellen als im Protokoll.",
    "damaged": "Der Fall ließ sich nicht öffnen.",
    "no_backup": "Genannt war keine Sicherung, die ohne diese Version des Hauptschlüssels aufgeht.",
    "contradicts": "Die Angaben widersprachen sich.",
    "last": "Es war die letzte Fachkraft.",
    "ended": "Dieser Zugriff war schon beendet.",
    "kind": "Geprüft wird nur ein Notfallzugriff.",
    "own": "Den eigenen Notfallzugriff prüft jemand anderes.",
    "reviewed": "Dieser Notfallzugriff war schon geprüft.",
    "holder": "Das geht nur für eine Person in einer anderen Rolle.",
    "not_asked": "Bei dieser Meldung war nach der Einwilligung nicht gefragt worden.",
    "entered_since": "Genehmigen wollte, wer erst nach dem Antrag eingetragen oder geändert wurde.",
    "entered_lately": "Eine der beiden Personen hatte die andere kurz zuvor eingetragen oder geändert.",
    "no_longer": "Der Fall war dieser Person nicht (mehr) zugeordnet.",
    "ConflictError": "Der Fall war inzwischen von jemand anderem geändert.",
    "UnknownCaseError": "Diesen Fall gibt es nicht.",
    "KeyReusedError": "Der Schlüssel der Anfrage gehörte schon zu einer anderen.",
}
CODES = frozenset(_SENTENCES)


def why_refused(code: str, who: str, label: Callable[[str], str]) -> str:
    """The sentence for a code, empty for one that is not known here; the code itself stands in `--json`.

    `who` is the recipient whom the step named, as a person reads it; `label` names the facts of the network.
    """
    if code.startswith(GUARD):
        return " ".join(_condition(word, who, label) for word in code.removeprefix(GUARD).split())
    return _SENTENCES.get(code, "")


def _condition(word: str, who: str, label: Callable[[str], str]) -> str:
    try:
        literal = Literal.parse(word)
    except BadGuard:
        return ""
    if literal.fact == "eligible":
        return _ELIGIBLE.format(who=who)
    if word == "!withdrawn":
        return _A_NO
    return missing(literal, who, label)
