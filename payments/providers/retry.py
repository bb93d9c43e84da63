"""Retries calls to payment providers, with jittered exponential backoff, where that is safe."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from django.conf import settings

from maya_site.core.errors import ProviderDown, ProviderError, ProviderUnclear

T = TypeVar("T")
RETRYABLE: tuple[type[ProviderError], ...] = (ProviderDown,)
# With an idempotency key an unclear failure can be retried as well.
RETRYABLE_WITH_KEY: tuple[type[ProviderError], ...] = (ProviderDown, ProviderUnclear)


def call_with_retry(call: Callable[[], T], retry_on: tuple[type[ProviderError], ...] = RETRYABLE) -> T:
    """Retries `call` on the given errors, and raises the last one, or the last unclear one.

    An unclear failure stays unclear: a later ProviderDown does not prove that nothing was done.
    """
    unclear: ProviderUnclear | None = None
    for tried in range(settings.TILL_TRIES):
        try:
            return call()
        except retry_on as error:
            unclear = error if isinstance(error, ProviderUnclear) else unclear
            if tried + 1 == settings.TILL_TRIES:
                raise unclear or error from error
            sleep_with_backoff(tried)
    raise AssertionError("TILL_TRIES is at least 1")


def find_with_retry(find: Callable[[], T | None]) -> T | None:
    """After an unclear failure, looks several times: the request may still be on its way.

    Returns None if nothing is found; errors while looking are ignored, as the outcome then stays unclear.
    """
    for tried in range(settings.TILL_TRIES):
        sleep_with_backoff(tried)
        with suppress(ProviderError):
            if found := find():
                return found
    return None


def sleep_with_backoff(attempt: int) -> None:
    time.sleep(settings.TILL_PAUSE_SECONDS * 2**attempt * random.uniform(0.5, 1.5))
