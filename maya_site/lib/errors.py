"""Every error Maya raises on purpose.

MayaError
    Refused              we will not do it; the text is written for the guest
        Busy                 the database is locked or away: asking again may help
    ProviderError        somebody else's machine let us down
        ProviderDown         may work if asked again, or asked elsewhere
        ProviderRejected     our request was wrong: asking again cannot help
        ProviderUnclear      it may have been done or not: look before asking again

Anything else that escapes is a bug: let it reach the log with its traceback.
"""

from django.utils.translation import gettext as _


class MayaError(Exception):
    pass


class Refused(MayaError):
    """str(error) is safe to show, and to hand to a brain as a tool result."""


class Busy(Refused):
    def __init__(self) -> None:
        super().__init__(_("The bar is very busy this second. Please say that once more."))


class ProviderError(MayaError):
    """`kind` is for metrics and for what to do next; `retry_after` is what the other side asked for."""

    def __init__(
        self, provider: str, reason: str, kind: str = "down", retry_after: float | None = None
    ) -> None:
        super().__init__(f"{provider}: {reason}")
        self.provider, self.reason, self.kind, self.retry_after = provider, reason, kind, retry_after


class ProviderDown(ProviderError):
    pass


class ProviderRejected(ProviderError):
    pass


class ProviderUnclear(ProviderError):
    """`answered`: they did answer, with a fault of their own, and would answer so again to the same key."""

    def __init__(self, provider: str, reason: str, *, answered: bool = False) -> None:
        super().__init__(provider, reason)
        self.answered = answered
