"""Every error that Maya raises on purpose.

    MayaError
        Refusal              we will not do it; the text is written for the guest
            Busy                 the database is locked or away: asking again may help
        ProviderError        an external provider failed
            ProviderDown         may work if asked again, or asked elsewhere
            ProviderRejected     our request was wrong: asking again cannot help
            ProviderUnclear      it may have been done or not: look before asking again

Anything else that escapes is a bug. Let it reach the log with its traceback.
"""

from django.utils.translation import gettext as _


class MayaError(Exception):
    pass


class Refusal(MayaError):
    """An expected “no”. str(error) is safe to show to a guest and to hand to a brain as a tool's result."""


class Busy(Refusal):
    def __init__(self) -> None:
        super().__init__(_("The bar is very busy right now. Please say that again."))


class ProviderError(MayaError):
    """`kind` is for metrics and for deciding what to do next; `retry_after` is the wait in seconds that the
    provider asked for."""

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
    """`was_answered` is true if the provider answered with a fault of its own, and would answer so again to
    the same key."""

    def __init__(self, provider: str, reason: str, *, was_answered: bool = False) -> None:
        super().__init__(provider, reason)
        self.was_answered = was_answered
