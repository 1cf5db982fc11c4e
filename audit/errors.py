"""The errors of the log that a caller can do something about.

A failed verification has one type of its own, `audit.verify.VerificationError`.
"""


class AuditError(Exception):
    """Base of everything the log refuses."""


class MalformedLeaf(AuditError):
    """Die Bytes sind kein Eintrag im Format LTS1."""


class MalformedTree(AuditError):
    """Die Bytes oder Zahlen beschreiben keinen Merkle-Baum."""


class UnreadableBody(AuditError):
    """Der Inhalt lässt sich mit diesem Schlüssel an dieser Stelle nicht öffnen."""


class MalformedNote(AuditError):
    """Der Prüfpunkt ist nicht lesbar oder nicht gültig unterschrieben."""


class WrongKey(AuditError):
    """Der Schlüssel ist nicht der, als der er abgelegt ist, oder seine Hülle wurde verändert."""


class KeyDestroyed(AuditError):
    """Die Version des Hauptschlüssels, die diesen Schlüssel umhüllt, gibt es nicht mehr."""
