"""The one registry of providers: whoever takes money, thinks, speaks, listens or remembers for the bar.

An adapter describes itself in a `ProviderSpec`, in a module that imports no vendor's SDK, and is named in
`settings.PROVIDERS`, best first. Everything else asks this registry by kind and knows no vendor: which one
answers, `check_services`, `/healthz`, the badges of the page, the system checks, prices, guests' own keys.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from django.conf import settings
from django.core.checks import CheckMessage
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from maya_site.core.errors import ProviderDown, ProviderError

T = TypeVar("T")
S = TypeVar("S", bound="ProviderSpec[Any]")


class ProviderKind(StrEnum):
    PAYMENTS = "payments"
    LANGUAGE_MODEL = "language model"
    TTS = "text to speech"
    STT = "speech to text"
    EMBEDDER = "embedder"
    STORE = "memory store"


@dataclass(frozen=True)
class OwnKeySupport(Generic[T]):
    """How a key that a guest brought is tried and used.

    `check(key, timeout_seconds)` asks the vendor once, cheaply, and blocks: what keeps the key from working,
    as a kind of failure ("auth": the key is wrong), or "" where it works. `build(key)` makes what works
    with it.
    """

    check: Callable[[str, float], str]
    build: Callable[[str], T]


def _no_checks() -> Iterator[CheckMessage]:
    return iter(())


@dataclass(frozen=True, kw_only=True)
class ProviderSpec(Generic[T]):
    """All that the bar knows of an adapter before it is used. Each kind has a subclass beside its protocol.

    `name`: in rows, metrics, settings and RTVI messages; it never changes.
    `display_name`: for people. Where it has words in it, it is a message id with a Spanish translation;
    `short_name` is then the bare name.
    `build`: makes the adapter by the settings; it imports the SDK, so nothing else does.
    `settings`: every setting that the adapter reads.
    `enabled_by`: any one of these settings being set makes it configured; none: it needs no settings.
    `url_settings`: those of them that are web addresses.
    `packages`, `has_files`: what must be installed.
    `is_stand_in`: of this machine, or of play money: told as “simulated”, never as “real”.
    `probe`: asks over the network whether it answers; words for staff, or ProviderError. It blocks.
    `prices`: a YAML file of what the vendor asks; see bartender/costs/prices.py.
    `check_settings`: system checks of settings that contradict one another.
    """

    kind: ClassVar[ProviderKind]
    protocol: ClassVar[type[Any]]

    name: str
    display_name: str
    build: Callable[[], T]
    short_name: str = ""
    settings: tuple[str, ...] = ()
    enabled_by: tuple[str, ...] = ()
    url_settings: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    has_files: Callable[[], bool] | None = None
    is_stand_in: bool = False
    probe: Callable[[], str] | None = None
    probe_interval_seconds: float = 30.0
    prices: Path | None = None
    own_key: OwnKeySupport[T] | None = None
    check_settings: Callable[[], Iterator[CheckMessage]] = _no_checks

    @property
    def is_installed(self) -> bool:
        has_packages = all(map(is_package_installed, self.packages))
        return has_packages and (self.has_files is None or self.has_files())

    @property
    def has_settings(self) -> bool:
        return not self.enabled_by or any(getattr(settings, name, "") for name in self.enabled_by)

    @property
    def is_configured(self) -> bool:
        return self.has_settings and self.is_installed

    def find_gaps(self) -> list[str]:
        """What is missing in this description, one sentence each."""
        gaps = [f"settings.{one} does not exist" for one in self.settings if not hasattr(settings, one)]
        unlisted = {*self.enabled_by, *self.url_settings} - set(self.settings)
        gaps += [f"{one} is missing in its settings" for one in sorted(unlisted)]
        if not self.name.isidentifier() or self.name != self.name.lower():
            gaps.append("its name must be lower-case letters, digits and _")
        if not self.display_name:
            gaps.append("it has no display_name")
        if self.enabled_by and self.is_stand_in:
            gaps.append("a stand-in needs no settings")
        if self.prices is not None and not self.prices.is_file():
            gaps.append(f"its prices, {self.prices.name}, do not exist")
        return gaps

    def find_missing_probe(self) -> list[str]:
        """For kinds that `check_services` and `/healthz` ask over the network."""
        if self.is_stand_in or self.probe is not None:
            return []
        return ["nobody can ask whether it answers: it has no probe"]


def providers(spec_type: type[S]) -> tuple[S, ...]:
    """Of one kind, in the order of `settings.PROVIDERS`: the best first. Raises ImproperlyConfigured for an
    entry of it that is no description."""
    return tuple(spec for spec in _load_specs(tuple(settings.PROVIDERS)) if isinstance(spec, spec_type))


def configured_providers(spec_type: type[S]) -> list[S]:
    return [spec for spec in providers(spec_type) if spec.is_configured]


def find_provider(spec_type: type[S], name: str) -> S | None:
    return next((spec for spec in providers(spec_type) if spec.name == name), None)


@cache
def _load_specs(paths: tuple[str, ...]) -> tuple[ProviderSpec[Any], ...]:
    found: dict[tuple[ProviderKind, str], ProviderSpec[Any]] = {}
    for path in paths:
        try:
            spec = import_string(path)
        except ImportError as error:
            raise ImproperlyConfigured(f"PROVIDERS names {path}, which cannot be imported.") from error
        if not isinstance(spec, ProviderSpec):
            raise ImproperlyConfigured(f"PROVIDERS names {path}, which is no ProviderSpec.")
        if (spec.kind, spec.name) in found:
            raise ImproperlyConfigured(f"PROVIDERS names two of kind {spec.kind} called {spec.name}.")
        found[spec.kind, spec.name] = spec
    return tuple(found.values())


@cache  # asked at every look at a tab, and it searches the disk
def is_package_installed(name: str) -> bool:
    return find_spec(name) is not None


@dataclass
class _CachedAnswer:
    lock: threading.Lock = field(default_factory=threading.Lock)
    valid_until: float = 0.0
    answer: str | ProviderError = ""


@dataclass
class ProbeCache:
    """What each provider answered last, and until when it stands: monitors look more often than a vendor
    would like. By the values of its settings: changed ones are tried at once. A failure is kept as well."""

    _answers: dict[Hashable, _CachedAnswer] = field(default_factory=dict, repr=False)

    def probe(self, spec: ProviderSpec[Any]) -> str:
        """Words for staff; "" where there is nobody to ask. Raises ProviderDown. Blocks for some seconds."""
        if spec.probe is None:
            return ""
        key = (spec, *(str(getattr(settings, name, "")) for name in spec.settings))
        cached = self._answers.setdefault(key, _CachedAnswer())
        with cached.lock:
            if time.monotonic() >= cached.valid_until:
                cached.answer = _probe_uncached(spec.probe)
                cached.valid_until = time.monotonic() + spec.probe_interval_seconds
            answer = cached.answer
        if isinstance(answer, ProviderError):
            raise ProviderDown(spec.name, answer.reason, answer.kind) from answer
        return answer

    def clear(self) -> None:
        self._answers.clear()


def _probe_uncached(probe: Callable[[], str]) -> str | ProviderError:
    try:
        return probe()
    except ProviderError as error:
        return error


PROBE_CACHE = ProbeCache()
