"""What a keeper of keys refuses; each message names the next step and never holds a secret.

`adapters.cli.failures` ends the program with their sentence. Of a server's answer nothing is repeated: it may quote
what was sent, a token among it.
"""


class KeyFileError(Exception):
    """Basis aller Fehler der Schlüsselverwahrung."""


class KeysMissing(KeyFileError):
    """Es gibt hier keine Schlüssel."""


class KeysExist(KeyFileError):
    """Hier liegen schon Schlüssel; sie werden nie überschrieben."""


class KeysUnsafe(KeyFileError):
    """Andere können die Schlüssel lesen, oder sie sind nur zum Entwickeln da."""


class KeysDamaged(KeyFileError):
    """Ein Schlüssel ist beschädigt oder unvollständig."""


class WrongPassphrase(KeyFileError):
    """Die Passphrase ist falsch."""


class KeysUnreachable(KeyFileError):
    """Wer die Schlüssel verwahrt, antwortet nicht oder lässt Lotse nicht ein."""


class KeysFixed(KeyFileError):
    """Diese Art der Verwahrung kann das nicht."""
