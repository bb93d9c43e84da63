"""Asking a till again: with growing, uneven pauses, and only for failures that may be asked again."""

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
# Where the same key is the same deed, an unclear failure may be asked again as well.
RETRYABLE_WITH_KEY: tuple[type[ProviderError], ...] = (ProviderDown, ProviderUnclear)


def call_with_retry(call: Callable[[], T], retry_on: tuple[type[ProviderError], ...] = RETRYABLE) -> T:
    """An unclear failure stays one, whatever a later try says: being away now does not undo it."""
    unclear: ProviderUnclear | None = None
    for tried in range(settings.TILL_TRIES):
        try:
            return call()
        except retry_on as trouble:
            unclear = trouble if isinstance(trouble, ProviderUnclear) else unclear
            if tried + 1 == settings.TILL_TRIES:
                raise unclear or trouble from trouble
            sleep_with_backoff(tried)
    raise AssertionError("TILL_TRIES is at least 1")


def find_with_retry(find: Callable[[], T | None]) -> T | None:
    """After an unclear failure: what was asked for may still be on its way, so it is looked for again. Who
    cannot even look knows no more than before: it stays unclear."""
    for tried in range(settings.TILL_TRIES):
        sleep_with_backoff(tried)
        with suppress(ProviderError):
            if found := find():
                return found
    return None


def sleep_with_backoff(attempt: int) -> None:
    time.sleep(settings.TILL_PAUSE_SECONDS * 2**attempt * random.uniform(0.5, 1.5))
