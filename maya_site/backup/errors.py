"""Why there is no backup, or no way back: one sentence that says what to do."""


class CannotBackUp(Exception):
    pass


class CannotRestore(Exception):
    pass
