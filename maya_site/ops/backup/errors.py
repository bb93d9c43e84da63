"""Why there is no backup, or why a restore failed: one sentence that says what to do."""


class BackupError(Exception):
    pass


class RestoreError(Exception):
    pass
