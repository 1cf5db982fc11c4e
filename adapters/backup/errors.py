"""What can be wrong with a backup or a restore: one class per thing that somebody can do something about."""

from workflow.errors import WorkflowError


class BackupError(WorkflowError):
    """With this backup something is wrong."""


class NotABackup(BackupError):
    """Das ist keine Sicherung von Lotse."""


class BackupDamaged(BackupError):
    """Die Sicherung ist beschädigt oder wurde verändert."""


class BackupLocked(BackupError):
    """Die Schlüssel, mit denen diese Sicherung verschlossen ist, sind hier nicht."""


class BackupExists(BackupError):
    """Eine Datei dieses Namens gibt es schon; überschrieben wird nie."""


class RestoreRefused(BackupError):
    """Wiederherstellen dürfen nur zwei verschiedene, berechtigte Personen, und nur, was sie beide meinen."""


class RestoreConflict(BackupError):
    """Während der Wiederherstellung haben andere weitergearbeitet; nichts ist geändert."""
